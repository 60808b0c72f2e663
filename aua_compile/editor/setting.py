"""A setting (`specialists.swe.context`) as an edit of a config's text that leaves all else as it was typed.

Where the text has no place for it that is plain to see - the value goes over several lines, the entry stands in another file of which this
one has others - there is no edit. What an edit gives is read again: it is offered only if it says this setting and nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence

from aua_compile.diagnostic import Setting
from aua_compile.document import Mapping, Node, Scalar, parse
from aua_compile.document import Sequence as ListNode
from aua_compile.editor.position import At, Buffer
from aua_compile.editor.sketch import Part, sketch
from aua_compile.frozen import dataclass
from aua_compile.source import Source

NAMED = "specialists"
"""The top-level key whose entries are known by name."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What stands from one place to another, and what goes there."""

    start: At
    end: At
    text: str


def edits(text: str, settings: Sequence[Setting]) -> tuple[Replaced, ...] | None:
    """The edits after which a config says all settings; None where there are none that do."""
    buffer = Buffer.of(text)
    outline = sketch(buffer)
    found = [_edit(outline, buffer, setting) for setting in settings]
    made = tuple(edit for edit in found if edit is not None)
    return made if len(made) == len(settings) and _says(text, applied(buffer, made), settings) else None


def applied(buffer: Buffer, made: Iterable[Replaced]) -> str:
    """The text after edits, none of which overlap."""
    text = buffer.text
    for edit in sorted(made, key=lambda edit: edit.start, reverse=True):
        start, end = (buffer.starts[at.line] + at.column for at in (edit.start, edit.end))
        text = text[:start] + edit.text + text[end:]
    return text


def _edit(outline: Part, buffer: Buffer, setting: Setting) -> Replaced | None:
    *above, key = setting.path.split(".")
    there = outline.at(*above, key)
    if there is not None:
        return _instead(there, setting.value)
    parent = outline.at(*above)
    if parent is not None:
        return _within(parent, buffer, f"{key}: {setting.value}")
    match above:
        case [top] if outline.child(top) is None:
            whole = f"{top}: {{{key}: {setting.value}}}"
        case [top, name] if top == NAMED and outline.child(top) is None:
            whole = f"{top}: [{{name: {name}, {key}: {setting.value}}}]"
        case _:
            return None
    last = At(len(buffer.lines) - 1, len(buffer.lines[-1]))
    return Replaced(last, last, ("\n" if buffer.lines[-1] else "") + f"{whole}\n")


def _instead(part: Part, value: str) -> Replaced | None:
    """Another value in the place of one that stands in one line."""
    if part.shape == "text" and part.text_at is not None:
        return Replaced(At(part.text_at.line, part.text_at.start), At(part.text_at.line, part.text_at.end), value)
    if part.inside is not None and part.inside[0].line == part.inside[1].line:
        start, end = part.inside
        return Replaced(At(start.line, start.column - 1), At(end.line, end.column + 1), value)
    return None


def _within(part: Part, buffer: Buffer, entry: str) -> Replaced | None:
    """One more entry of a mapping: after the last of those in braces, else in a line of its own after one that takes a line."""
    if part.inside is not None:
        end = part.inside[1]
        at = At(end.line, len(buffer.lines[end.line][: end.column].rstrip()))
        return Replaced(at, at, f", {entry}" if part.parts else entry)
    beside = next(
        (inner for inner in part.parts if inner.shape == "text" and inner.text_at and inner.text_at.line == inner.key_at.line), None
    )
    if beside is None:
        return None
    at = At(beside.key_at.line, len(buffer.lines[beside.key_at.line]))
    return Replaced(at, at, f"\n{' ' * beside.column}{entry}")


def _says(before: str, after: str, settings: Iterable[Setting]) -> bool:
    """Whether the newer text says the settings and, beside them, what the older one says."""
    said = _leaves_of(after)
    wanted = {setting.path: _leaves_of(f"v: {setting.value}\n") for setting in settings}
    if said is None or any(leaves is None for leaves in wanted.values()):
        return False
    new = {path + leaf.removeprefix("v"): value for path, leaves in wanted.items() for leaf, value in (leaves or {}).items()}
    old = {
        leaf: value for leaf, value in (_leaves_of(before) or {}).items() if not any(f"{leaf}.".startswith(f"{path}.") for path in wanted)
    }
    named = {leaf: value for leaf, value in said.items() if leaf not in new and leaf.endswith(".name") and leaf.startswith(f"{NAMED}.")}
    return said == {**named, **old, **new}


def _leaves_of(text: str) -> dict[str, object] | None:
    document = parse(Source("", text)).value
    return None if document is None else dict(_leaves(document.root, ""))


def _leaves(node: Node, path: str) -> Iterator[tuple[str, object]]:
    """Each value by its path, in which entries of lists are known by their name."""
    match node:
        case Scalar():
            yield path, node.value
        case Mapping():
            for entry in node.entries:
                yield from _leaves(entry.value, f"{path}.{entry.key}" if path else entry.key)
        case ListNode():
            for index, item in enumerate(node.items):
                yield from _leaves(item, f"{path}.{_name_of(item) or index}")


def _name_of(item: Node) -> str:
    entries = item.entries if isinstance(item, Mapping) else ()
    return next((entry.value.text for entry in entries if entry.key == "name" and isinstance(entry.value, Scalar)), "")
