"""Every high-risk field is served."""

from collections.abc import Iterator

from aua_compile.config.mistakes import listed, nearest, shown
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Fix


def high_risk_field_not_served(subject: Subject, index: int, name: str, meant: str | None) -> Diagnostic:
    """A high-risk field that is unknown or not served.

    What it checks: each entry of `safety.high_risk_fields` is the name of a field that this deployment serves.
    Why: a misspelt name would leave the field it was meant for without protection.
    Example: `safety: {high_risk_fields: [medecine]}`.
    Instead: `safety: {high_risk_fields: [medicine]}`, with `medicine` among the fields.
    """
    place = subject.place(f"safety.high_risk_fields.{index}", "safety.high_risk_fields")
    served = listed(field.name for field in subject.config.fields)
    return Diagnostic(
        "AUA0235",
        "error",
        f"The high-risk field {shown(name)} is not served.",
        place.span,
        place.path,
        f"Did you mean `{meant}`?" if meant else f"Served: {served}.",
        subject.related("the fields that are served", "fields", beside=place),
        Fix(place.span, meant) if meant else None,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    served = {field.name for field in subject.config.fields}
    other_names = {alias: field.name for field in subject.config.fields for alias in field.aliases}
    for index, name in enumerate(subject.config.safety.high_risk_fields):
        if name in served or _belongs_to_preset(subject, index, name):
            continue
        yield high_risk_field_not_served(subject, index, name, other_names.get(name) or nearest(name, served))


def _belongs_to_preset(subject: Subject, index: int, name: str) -> bool:
    """A preset names the high-risk ones of all its fields; those that a project does not serve go with their specialists."""
    return subject.layer(f"safety.high_risk_fields.{index}") == "preset" and name in subject.resolved.catalog.names("fields")
