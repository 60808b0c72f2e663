"""Keys travel encrypted."""

from collections.abc import Iterator

from aua_compile.config.profiles import severity
from aua_compile.config.rules.hosts import Named, called
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity


def key_sent_in_clear(subject: Subject, named: Named, level: Severity) -> Diagnostic:
    """A key sent by plain http to a public host.

    What it checks: a backend with `auth_secret` at a public host is called by https. Profiles local-dev and workstation warn, team and
    enterprise refuse.
    Why: everyone on the way could read the key and use it.
    Example: `base_url: http://llm.example.org` with `auth_secret: LLM_KEY`.
    Instead: `base_url: https://llm.example.org`.
    """
    place = subject.place(named.path)
    message = f"The key for `{named.host.name}` travels by plain http to a public host."
    return Diagnostic(
        "AUA0292", level, message, place.span, place.path, "Call it by https.", subject.related("the profile", "profile", beside=place)
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("key_sent_in_clear", subject.config.profile)
    for named in called(subject):
        if level is not None and named.auth and named.scheme == "http" and named.host.reach == "public":
            yield key_sent_in_clear(subject, named, level)
