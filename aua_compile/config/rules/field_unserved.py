"""Every specialist answers a field that is served."""

from collections.abc import Iterator

from aua_compile.config.mistakes import nearest
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Fix


def specialist_of_unserved_field(subject: Subject, name: str, field: str) -> Diagnostic:
    """A specialist whose field the deployment does not serve.

    What it checks: the `field` of each specialist stands in `fields`, where that key is given.
    Why: no prompt would ever be routed to it, while its model takes memory.
    Example: `fields: [mathematics]` and a specialist with `field: law`.
    Instead: add `law` to `fields`, or remove the specialist.
    """
    place = subject.place(f"specialists.{name}.field", f"specialists.{name}")
    served = [use.name for use in subject.config.fields]
    near = nearest(field, served)
    return Diagnostic(
        "AUA0234",
        "error",
        f"The specialist `{name}` answers the field `{field}`, which is not served.",
        place.span,
        place.path,
        f"Did you mean `{near}`?" if near else f"Add `{field}` to `fields`, or remove the specialist.",
        subject.related("the fields that are served", "fields", beside=place),
        Fix(place.span, near) if near else None,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    served = {field.name for field in subject.config.fields}
    for specialist in subject.config.specialists:
        if specialist.field not in served:
            yield specialist_of_unserved_field(subject, specialist.name, specialist.field)
