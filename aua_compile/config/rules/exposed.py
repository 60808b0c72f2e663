"""Who can reach the router needs a key."""

from collections.abc import Iterator

from aua_compile.config.addresses import host_of, is_bindable
from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity


def published_without_key(subject: Subject, level: Severity) -> Diagnostic:
    """A router that anyone in reach may use.

    What it checks: with `api.host` beyond loopback, `api.api_key_secret` is given. Profiles local-dev and workstation warn, team and
    enterprise refuse.
    Why: whoever reaches the port could spend the models' time and read what they say.
    Example: `api: {host: 0.0.0.0}`.
    Instead: `api: {host: 0.0.0.0, api_key_secret: AUA_API_KEY}`.
    """
    place = subject.place("api.host")
    message = f"The router is published at {subject.config.api.host}, beyond this machine, without a key."
    return Diagnostic(
        "AUA0290",
        level,
        message,
        place.span,
        place.path,
        "Give `api_key_secret: NAME`, or keep `host` at 127.0.0.1.",
        subject.related("the profile", "profile", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    api = subject.config.api
    level = severity("published_without_key", subject.config.profile)
    host = host_of(api.host)
    if level is not None and api.api_key_secret is None and is_bindable(host) and host.reach != "loopback":
        yield published_without_key(subject, level)
