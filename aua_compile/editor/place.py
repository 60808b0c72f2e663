"""What the cursor is at: a key, a value, or the blank where one of them would be written; and how the language declares it."""

from dataclasses import replace
from typing import Literal, TypeAlias

from aua_compile.config.declare import Block, Declared, Kind, ListOf, MapOf, declared
from aua_compile.editor.position import At, Buffer, Stretch
from aua_compile.editor.sketch import Part, code_of
from aua_compile.frozen import dataclass

Role: TypeAlias = Literal["key", "value", "item", "nothing"]
WORD_SIGNS = "_-./:"
"""What belongs to the word that is being typed, besides letters and digits: a model's name may hold any of these."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor is.

    `holder` is the part that the word belongs under: for a key the one whose keys are being written, for a value its key or item, for an
    item the list. `part` is the key, item or value that is written there already, if any. `word` is what stands before the cursor and
    `word_at` what a completion replaces. `indent` is how far the cursor's line is indented.
    """

    role: Role
    holder: Part
    part: Part | None
    word: str
    word_at: Stretch
    flow: bool = False
    indent: int = 0


def place(root: Part, buffer: Buffer, at: At) -> Place:
    """The place of the cursor in an outlined text."""
    line = buffer.lines[at.line]
    return replace(_place(root, line, at), indent=len(line) - len(line.lstrip(" ")))


def _place(root: Part, line: str, at: At) -> Place:
    word_at = _word(line, at)
    word = line[word_at.start : at.column]
    nothing = Place("nothing", root, None, word, word_at)
    if at.column > len(code_of(line)) and "#" in line:
        return nothing
    flow = _innermost(root, at)
    if flow is not None:
        return _in_flow(flow, at, word, word_at)
    part = _begun(root, at)
    if part is not None and part.key_at.holds(at) and part.index is None:
        return Place("key", part.parent or root, part, word, part.key_at)
    if part is not None and part.value_from is not None and part.value_from.line == at.line and at >= part.value_from:
        return _after_sign(part, at, word, word_at)
    if part is not None and part.shape == "block":
        return nothing if _deeper(line, part) else _by_indent(root, at, word, word_at)
    if part is not None and part.text_at is not None and part.text_at.holds(at):
        return Place("value", part, part, word, part.text_at)
    if line[: word_at.start].strip():
        return nothing
    return _by_indent(root, at, word, word_at)


def _word(line: str, at: At) -> Stretch:
    """The word around the cursor."""
    column = at.column
    start = end = column
    while start > 0 and (line[start - 1].isalnum() or line[start - 1] in WORD_SIGNS):
        start -= 1
    while end < len(line) and (line[end].isalnum() or line[end] in WORD_SIGNS):
        end += 1
    if end > column and line[end - 1] == ":":
        end -= 1
    dash = line[:start].strip() == "" and line[start : start + 1] == "-" and start + 1 == column
    return Stretch(at.line, column if dash else start, max(end, column))


def _begun(root: Part, at: At) -> Part | None:
    """The last part that begins before the cursor."""
    found, parts = None, root.parts
    while parts:
        before = [part for part in parts if (part.key_at.line, part.key_at.start) <= at]
        if not before:
            break
        found = before[-1]
        parts = found.parts
    return found


def _innermost(root: Part, at: At) -> Part | None:
    """The innermost braces or brackets around the cursor."""
    found, parts = None, root.parts
    while True:
        before = [part for part in parts if (part.key_at.line, part.key_at.start) <= at]
        if not before:
            return found
        inner = before[-1]
        if inner.inside is not None and inner.inside[0] <= at <= inner.inside[1]:
            found = inner
        parts = inner.parts


def _in_flow(holder: Part, at: At, word: str, word_at: Stretch) -> Place:
    for part in holder.parts:
        begin = At(part.key_at.line, part.key_at.start)
        if not begin <= at <= (part.until or part.end):
            continue
        if part.index is None and part.key_at.holds(at):
            return Place("key", holder, part, word, part.key_at, flow=True)
        if part.index is not None or (part.value_from is not None and at >= part.value_from):
            written = part.text_at if part.text_at is not None and part.text_at.holds(at) else None
            return Place("value", part, part if written else None, word, written or word_at, flow=True)
    return Place("item" if holder.shape == "list" else "key", holder, None, word, word_at, flow=True)


def _after_sign(part: Part, at: At, word: str, word_at: Stretch) -> Place:
    """The cursor is on the line of a key or dash, after it."""
    if part.text_at is not None and part.text_at.holds(at):
        return Place("value", part, part, word, part.text_at)
    if part.shape == "block" or (part.text_at is not None and at.column > part.text_at.end):
        return Place("nothing", part, None, word, word_at)
    return Place("value", part, None, word, word_at)


def _deeper(line: str, part: Part) -> bool:
    return not line.strip() or len(line) - len(line.lstrip(" ")) > part.column


def _by_indent(root: Part, at: At, word: str, word_at: Stretch) -> Place:
    """A blank, or a first word on its line: it belongs under the last part above that begins further left."""
    column, holder = word_at.start, root
    while True:
        above = [part for part in holder.parts if part.key_at.line < at.line]
        if not above or above[-1].inside is not None or not _encloses(above[-1], column):
            break
        holder = above[-1]
    if holder.shape == "text" and not (holder.text_at and holder.text_at.line == at.line):
        return Place("nothing", holder, None, word, word_at)
    return Place("item" if holder.shape == "list" else "key", holder, None, word, word_at)


def _encloses(part: Part, column: int) -> bool:
    """Whether what begins at a column lies under a part; a list may begin at its key's own column."""
    return part.column < column


def kind_at(path: tuple[str | int, ...], block: type) -> Kind | None:
    """The kind of what stands at a path of keys and indices below a declared block; None where the language has nothing there."""
    kind: Kind | None = Block(block)
    for step in path:
        kind = _inner(kind, step)
    return kind


def declared_at(path: tuple[str | int, ...], block: type) -> Declared | None:
    """The declaration of the key at a path; of an item, that of its list, or of the key that it is short for."""
    kind = kind_at(path, block)
    if path and isinstance(path[-1], int) and isinstance(kind, Block) and kind.shorthand:
        return declared(kind.type)[kind.shorthand]
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if not path:
        return None
    parent = kind_at(path[:-1], block)
    return declared(parent.type).get(str(path[-1])) if isinstance(parent, Block) else None


def _inner(kind: Kind | None, step: str | int) -> Kind | None:
    match kind:
        case ListOf():
            return kind.item if isinstance(step, int) else None
        case MapOf() if isinstance(step, str):
            return kind.value
        case Block() if isinstance(step, str):
            entry = declared(kind.type).get(step)
            return None if entry is None else entry.key.kind
        case _:
            return None
