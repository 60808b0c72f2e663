"""What a strict profile promises that this version cannot give is said."""

from collections.abc import Iterator

from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity

LACKING = ("tokens with scopes", "mutual TLS", "an audit log")


def profile_not_complete(subject: Subject, level: Severity) -> Diagnostic:
    """A profile that asks for more than this version has.

    What it checks: the profiles team and enterprise are used knowing what is not available yet.
    Why: their names promise what an organisation expects; a deployment must not look safer than it is.
    Example: `profile: enterprise`.
    Instead: put a gateway that has them before the router, and keep the profile for its checks.
    """
    place = subject.place("profile")
    message = f"Profile `{subject.config.profile}` wants what is not available in this version: {', '.join(LACKING)}."
    return Diagnostic(
        "AUA0297", level, message, place.span, place.path, "Put a gateway before the router that has them, where they are needed."
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("profile_not_complete", subject.config.profile)
    if level is not None:
        yield profile_not_complete(subject, level)
