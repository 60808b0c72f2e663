"""Values of a foreign document as the package reads them: Python's `int`, `float`, `bool` and `str` of what YAML 1.1 says."""

from collections.abc import Iterator

from aua_compile.document import Entry, Mapping, Node, Scalar, Sequence
from aua_compile.foreign.keys import Read
from aua_compile.frozen import dataclass
from aua_compile.plain_scalar import Ambiguous, Value, read_plain
from aua_compile.span import Span

MERGE = "<<"
TEXT_THERE = {"y", "n"}
"""What YAML 1.1 calls booleans and the package's reader, PyYAML, leaves texts."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that has no keys below it: a scalar, a list of scalars, or something empty. `pattern` is its path as `foreign.keys` has it.

    `span` is where its key stands.
    """

    path: str
    pattern: str
    node: Node
    span: Span


def without_merges(node: Node) -> Node:
    """A node with what `<<` takes in beside its own keys, as YAML 1.1 merges: own keys win, then the first that is taken in.

    A `<<` that names no mapping stays, as the unknown key that it is.
    """
    if isinstance(node, Sequence):
        return Sequence(tuple(without_merges(item) for item in node.items), node.span)
    if not isinstance(node, Mapping):
        return node
    merges = [entry for entry in node.entries if entry.key == MERGE and _mappings(entry.value)]
    entries = {entry.key: Entry(entry.key, entry.key_span, without_merges(entry.value)) for entry in node.entries if entry not in merges}
    for merge in merges:
        for taken in map(without_merges, _mappings(merge.value)):
            assert isinstance(taken, Mapping)
            entries = {entry.key: entry for entry in taken.entries} | entries
    return Mapping(tuple(entries.values()), node.span)


def _mappings(node: Node) -> list[Mapping]:
    """What a `<<` takes in, the strongest first; nothing unless all of it are mappings."""
    items = node.items if isinstance(node, Sequence) else (node,)
    found = [item for item in items if isinstance(item, Mapping)]
    return found if len(found) == len(items) else []


def leaves(node: Node, path: str = "", pattern: str = "", span: Span | None = None) -> Iterator[Leaf]:
    """Every value of a document with its path (`specialists[0].port`) and the pattern of it (`specialists[].port`)."""
    match node:
        case Mapping(entries=entries) if entries:
            for entry in entries:
                name = "*" if pattern == "blue_green" else entry.key
                yield from leaves(entry.value, _below(path, entry.key), _below(pattern, name), entry.key_span)
        case Sequence(items=items) if any(not isinstance(item, Scalar) for item in items):
            for index, item in enumerate(items):
                yield from leaves(item, f"{path}[{index}]", f"{pattern}[]", item.span)
        case _:
            yield Leaf(path, pattern, node, span or node.span)


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def value_of(node: Node, read: Read) -> tuple[Value | list[Value], bool]:
    """What the package makes of a value, and whether that is another than the one that is written. ValueError where it fails on it.

    `"false"` in quotes is true to it, because Python's `bool` asks only whether a text is empty.
    """
    if isinstance(node, Sequence):
        if read not in {"texts", "integers"}:
            raise ValueError(read)
        items = [value_of(item, "integer" if read == "integers" else "text") for item in node.items]
        return [item for item, _ in items if not isinstance(item, list)], any(changed for _, changed in items)
    if not isinstance(node, Scalar):
        raise ValueError(read)  # noqa: TRY004 - a mistake of the file, as text that is no number is
    if read in {"texts", "integers"}:
        only, changed = value_of(node, "integer" if read == "integers" else "text")
        return [only] if not isinstance(only, list) else only, changed
    return _scalar(node, read)


def _scalar(node: Scalar, read: Read) -> tuple[Value, bool]:
    old = not node.quoted and isinstance(read_plain(node.text) if node.text else None, Ambiguous)
    given = node.text if node.text.lower() in TEXT_THERE else node.value
    if given is None:
        return None, False
    if read == "boolean":
        return bool(given), old or not isinstance(given, bool)
    if read == "integer":
        return int(given), old or isinstance(given, bool | float)
    if read == "number":
        return float(given), old or isinstance(given, bool)
    return node.text if isinstance(given, int | float) and not isinstance(given, bool) else str(given), old or isinstance(given, bool)
