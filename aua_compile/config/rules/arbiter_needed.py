"""The arbiter is there where high-risk fields need it."""

from collections.abc import Iterator

from aua_compile.config.mistakes import listed
from aua_compile.config.rules.subject import Subject
from aua_compile.config.serving import has_arbiter
from aua_compile.diagnostic import Diagnostic


def arbiter_off(subject: Subject, fields: list[str]) -> Diagnostic:
    """An arbiter that is off while a high-risk field needs it.

    What it checks: with `safety.require_arbiter_for_high_risk` and a high-risk field, the arbiter is enabled and has a model.
    Why: answers in that field would reach people without the look that the config promises.
    Example: `safety: {require_arbiter_for_high_risk: true, high_risk_fields: [medicine]}` with `arbiter: {enabled: false}`.
    Instead: enable the arbiter and give it a model.
    """
    place = subject.place("arbiter.enabled", "safety.require_arbiter_for_high_risk", "arbiter")
    reason = "the arbiter has no model" if subject.config.arbiter.enabled else "the arbiter is off"
    marks = [f"fields.{field.name}.high_risk" for field in subject.config.fields if field.high_risk]
    return Diagnostic(
        "AUA0236",
        "error",
        f"High-risk answers ({listed(fields)}) must be seen by the arbiter, but {reason}.",
        place.span,
        place.path,
        "Give `arbiter: {enabled: true, model: NAME}`, or set `safety.require_arbiter_for_high_risk: false`.",
        subject.related("required here", "safety.require_arbiter_for_high_risk", beside=place)
        + subject.related("high risk here", "safety.high_risk_fields", *marks, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    safety = subject.config.safety
    risky = [field.name for field in subject.config.fields if field.high_risk or field.name in safety.high_risk_fields]
    if safety.require_arbiter_for_high_risk and risky and not has_arbiter(subject.config):
        yield arbiter_off(subject, risky)
