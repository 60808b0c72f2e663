"""Every field that is served has a specialist."""

from collections.abc import Iterator

from aua_compile.config.mistakes import listed
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def field_without_specialist(subject: Subject, name: str) -> Diagnostic:
    """A field that no specialist answers.

    What it checks: each entry of `fields` is the `field` of at least one specialist.
    Why: prompts of that field would be recognised and then have nowhere to go.
    Example: `fields: [software_engineering, law]` with a specialist for software_engineering only.
    Instead: add a specialist with `field: law`, or remove `law` from `fields`.
    """
    place = subject.place(f"fields.{name}.name", f"fields.{name}")
    answered = listed(specialist.field for specialist in subject.config.specialists)
    return Diagnostic(
        "AUA0233",
        "error",
        f"No specialist answers the field `{name}`.",
        place.span,
        place.path,
        f"Add a specialist with `field: {name}`, or remove it from `fields`. Specialists answer: {answered}.",
        subject.related("the specialists", "specialists", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    answered = {specialist.field for specialist in subject.config.specialists}
    yield from (field_without_specialist(subject, field.name) for field in subject.config.fields if field.name not in answered)
