"""An arbiter that is written down has a model."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def arbiter_without_model(subject: Subject) -> Diagnostic:
    """An arbiter without a model.

    What it checks: where some layer writes `arbiter:` and does not turn it off, some layer gives `arbiter.model`.
    Why: there is nothing to decide with. Where no layer mentions an arbiter, there is none: answers are compared by their scores.
    Example: `arbiter: {policy: conservative}` without a preset that gives the model.
    Instead: `arbiter: {policy: conservative, model: qwen-3b-awq}`, or `arbiter: {enabled: false}`.
    """
    place = subject.place("arbiter")
    return Diagnostic(
        "AUA0237",
        "error",
        "The arbiter has no model.",
        place.span,
        f"{place.path}.model",
        "Give `arbiter.model`, or turn it off with `enabled: false`.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    arbiter = subject.config.arbiter
    if subject.says("arbiter") and arbiter.enabled and not arbiter.model:
        yield arbiter_without_model(subject)
