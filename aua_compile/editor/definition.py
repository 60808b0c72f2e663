"""Where what the cursor is at comes from: the declaration of a name, or the layers below that set the same key."""

from collections.abc import Iterator

from aua_compile.config.named import outside_project
from aua_compile.editor.around import Around
from aua_compile.editor.names import declared_where
from aua_compile.editor.place import Place, declared_at
from aua_compile.editor.position import Stretch
from aua_compile.editor.sketch import Part
from aua_compile.span import Span


def definition(place: Place, root: Part, around: Around) -> list[Stretch | Span | str]:
    """Places in this text, in other files, or other files of the project by their relative path."""
    part = place.part
    if part is None or place.role not in {"key", "value"}:
        return []
    entry = declared_at(part.path, around.block)
    if entry is None:
        return []
    if place.role == "key":
        return list(_below(part, around))
    if entry.key.names == "file":
        return [part.text] if part.text and outside_project("", part.text, Span.of_file("")) is None else []
    found = declared_where(entry.key.names, part.text, root, around)
    if isinstance(found, Part):
        return [found.key_at if found.key_at.end > found.key_at.start else found.text_at or found.key_at]
    return [] if found is None else [found]


def _below(part: Part, around: Around) -> Iterator[Span]:
    """Where other layers set the same key."""
    chain = around.resolved.origins.get(part.by_name, ()) if around.resolved else ()
    yield from (origin.span for origin in chain if origin.layer != "set")
