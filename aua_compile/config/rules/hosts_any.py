"""Only known names of the router are answered."""

from collections.abc import Iterator

from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity


def any_host_answered(subject: Subject, index: int, level: Severity) -> Diagnostic:
    """Requests for any host name.

    What it checks: `api.allowed_hosts` names hosts, not `*`. Profiles local-dev and workstation warn, team and enterprise refuse.
    Why: a page whose name is pointed at the router's address (DNS rebinding) could ask it from a visitor's browser.
    Example: `api: {allowed_hosts: ["*"]}`.
    Instead: `api: {allowed_hosts: [llm.example.org]}`.
    """
    place = subject.place(f"api.allowed_hosts.{index}")
    return Diagnostic(
        "AUA0295",
        level,
        "Requests for any `Host` are answered.",
        place.span,
        place.path,
        "Name the hosts.",
        subject.related("the profile", "profile", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("any_host_answered", subject.config.profile)
    hosts = subject.config.api.allowed_hosts
    if level is not None and "*" in hosts:
        yield any_host_answered(subject, hosts.index("*"), level)
