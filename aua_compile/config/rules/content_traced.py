"""Prompts stay out of traces."""

from collections.abc import Iterator

from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity


def content_traced(subject: Subject, level: Severity) -> Diagnostic:
    """Prompts and answers in spans.

    What it checks: `observability.tracing.content` is off. Profiles local-dev and workstation warn, team and enterprise refuse.
    Why: traces leave the deployment, are kept longer and read by more people than the conversations in them were meant for.
    Example: `observability: {tracing: {enabled: true, content: true}}`.
    Instead: leave it out; spans say what was decided, how long it took and how many tokens it cost.
    """
    place = subject.place("observability.tracing.content")
    return Diagnostic(
        "AUA0751",
        level,
        "Prompts and answers are part of the spans.",
        place.span,
        place.path,
        "Remove it.",
        subject.related("the profile", "profile", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("content_traced", subject.config.profile)
    tracing = subject.config.observability.tracing
    if level is not None and tracing.enabled and tracing.content:
        yield content_traced(subject, level)
