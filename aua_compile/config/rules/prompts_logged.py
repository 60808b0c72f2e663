"""Prompts stay out of logs."""

from collections.abc import Iterator

from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity


def prompts_logged(subject: Subject, level: Severity) -> Diagnostic:
    """Prompts and answers in the log.

    What it checks: `observability.logging.prompts` is off. Profiles local-dev and workstation warn, team and enterprise refuse.
    Why: logs are kept longer and read by more people than the conversations in them were meant for.
    Example: `observability: {logging: {prompts: true}}`.
    Instead: leave it out; `/route` explains decisions without storing what was asked.
    """
    place = subject.place("observability.logging.prompts")
    return Diagnostic(
        "AUA0293",
        level,
        "Prompts and answers are written to the log.",
        place.span,
        place.path,
        "Remove it.",
        subject.related("the profile", "profile", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("prompts_logged", subject.config.profile)
    if level is not None and subject.config.observability.logging.prompts:
        yield prompts_logged(subject, level)
