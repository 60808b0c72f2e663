"""Every name of a field means one field."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.names import slug


def ambiguous_alias(subject: Subject, field: str, index: int, alias: str, other: str) -> Diagnostic:
    """A name that two fields share.

    What it checks: aliases of the served fields are distinct from each other and from the fields' names, `-` and `_` taken as one.
    Why: a request that pins the name would reach whichever field comes first.
    Example: an own field `algebra` with `aliases: [mathematics]` beside the field `mathematics`.
    Instead: give it an alias that no other field has.
    """
    place = subject.place(f"fields.{field}.aliases.{index}", f"fields.{field}.aliases")
    return Diagnostic(
        "AUA0244",
        "error",
        f"`{alias}` means both the field `{field}` and the field `{other}`.",
        place.span,
        place.path,
        "Choose another alias, or serve one of the two fields.",
        subject.related(f"`{other}`", f"fields.{other}.name", f"fields.{other}", beside=place)[:1],
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    fields = subject.config.fields
    owners = {slug(field.name): field.name for field in fields}
    for field in fields:
        for index, alias in enumerate(field.aliases):
            owner = owners.setdefault(slug(alias), field.name)
            if owner != field.name:
                yield ambiguous_alias(subject, field.name, index, alias, owner)
