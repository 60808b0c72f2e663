"""Reads a document's nodes against declared kinds: a `Node` in, a `Tree` of typed values out, and every mistake at once."""

import dataclasses
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from aua_compile.checked import Checked
from aua_compile.config import mistakes
from aua_compile.config.declare import (
    DURATION_UNITS_S,
    SIZE_UNITS_BYTES,
    Block,
    Boolean,
    Choice,
    Data,
    Declared,
    Duration,
    Integer,
    Kind,
    ListOf,
    MapOf,
    Number,
    Pattern,
    ScalarKind,
    Share,
    Size,
    Text,
    declared,
    walk,
)
from aua_compile.config.tree import Branch, Items, LayerName, Leaf, Origin, Tree, name_of
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Document, Mapping, Node, Scalar, Sequence
from aua_compile.frozen import dataclass
from aua_compile.source import FINDING_LIMIT
from aua_compile.source_rules import too_many_findings
from aua_compile.span import Span

LONGEST_ORIGIN_TEXT = 80
_PERCENT = 100
QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)")

RENAMED = {
    "gpu_memory_utilization": "`memory`",
    "gpu": "`gpus`, a list",
    "gpu_ids": "`gpus`",
    "model_id": "`model`",
    "max_model_len": "`context`",
    "vllm_port": "`port`",
    "call_timeout": "`timeout_s`",
    "max_retries": "`retries`",
    "router": "`api`",
    "router_port": "`api.port`",
    "single_domain_threshold": "`routing.single_threshold`",
    "multi_domain_threshold": "`routing.fanout_threshold`",
    "w_efficacy": "`utility.weights.efficacy`",
    "w_confidence": "`utility.weights.confidence`",
    "w_curiosity": "`utility.weights.curiosity`",
    "blue_green": "not available in this version",
    "state_dir": "`state.path`",
}
"""Keys of the public package's configuration, and what they are called here."""


@dataclass(frozen=True, slots=True)
class Fraction:
    """A share of each GPU, above 0 and at most 1."""

    value: float


@dataclass(frozen=True, slots=True)
class Bytes:
    """An amount of memory."""

    value: int


class EnoughError(Exception):
    """There are as many findings in a document as are told; the rest of it is not read."""


@dataclasses.dataclass(slots=True)
class Reading:
    """What one reading accumulates: the layer it reads for, the reserved keys, and the findings so far."""

    layer: LayerName
    root: type
    reserved: frozenset[str]
    findings: list[Diagnostic] = dataclasses.field(default_factory=list)

    def refuse(self, finding: Diagnostic) -> None:
        """Note a finding. Raises EnoughError with the last one that is told."""
        self.findings.append(finding)
        if len(self.findings) == FINDING_LIMIT and finding.span is not None:
            self.findings.append(too_many_findings(FINDING_LIMIT, finding.span))
            raise EnoughError

    def origin(self, node: Node, path: str) -> Origin:
        text = node.text if isinstance(node, Scalar) else ""
        return Origin(self.layer, node.span, path, text[:LONGEST_ORIGIN_TEXT])


def read(document: Document, block: type, layer: LayerName, reserved: frozenset[str] = frozenset()) -> Checked[Branch]:
    """The document's root as a tree of the keys of `block`. Required keys may be absent: another layer can give them."""
    reading = Reading(layer, block, reserved)
    try:
        tree = _block(document.root, Block(block), "", reading)
    except EnoughError:
        return Checked(None, tuple(reading.findings))
    return Checked.of(tree or Branch({}, reading.origin(document.root, "")), reading.findings)


def read_value(node: Node, kind: Kind, path: str, layer: LayerName) -> Checked[Tree]:
    """One node as a value of `kind`; for values given on the command line."""
    reading = Reading(layer, type(None), frozenset())
    tree = _read(node, kind, path, reading)
    return Checked(tree if not reading.findings else None, tuple(reading.findings))


def _read(node: Node, kind: Kind, path: str, reading: Reading) -> Tree | None:
    match kind:
        case Block():
            return _block(node, kind, path, reading)
        case ListOf():
            return _items(node, kind, path, reading)
        case MapOf():
            return _map(node, kind, path, reading)
        case Data():
            return _data(node, kind, path, reading)
        case _:
            return _leaf(node, kind, path, reading)


def _described(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=bool()):
            return f"the boolean {mistakes.shown(node.text)}"
        case Scalar(value=int() | float()):
            return f"the number {mistakes.shown(node.text)}"
        case Scalar(value=None):
            return "nothing"
        case _:
            return f"the text {mistakes.shown(node.text)}"


def _block(node: Node, kind: Block, path: str, reading: Reading) -> Branch | None:
    if kind.shorthand and isinstance(node, Scalar):
        inner = declared(kind.type)[kind.shorthand].key.kind
        leaf = _read(node, inner, path, reading)
        return None if leaf is None else Branch({kind.shorthand: leaf}, reading.origin(node, path))
    if not isinstance(node, Mapping):
        reading.refuse(mistakes.wrong_type(_described(node), "a mapping", path or "the document", node.span))
        return None
    known = declared(kind.type)
    entries: dict[str, Tree] = {}
    for entry in node.entries:
        inner_path = f"{path}.{entry.key}" if path else entry.key
        declaration = known.get(entry.key)
        if declaration is None:
            _unknown(entry.key, inner_path, entry.key_span, known, reading)
            continue
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            if declaration.required or declaration.default is not None:
                reading.refuse(mistakes.empty_value(inner_path, entry.key_span))
            continue
        value = _read(entry.value, declaration.key.kind, inner_path, reading)
        if value is not None:
            entries[entry.key] = value
    return Branch(entries, reading.origin(node, path))


def _unknown(key: str, path: str, span: Span, known: Iterable[str], reading: Reading) -> None:
    plain = re.sub(r"\[\d+\]", "", path)
    if plain in reading.reserved:
        reading.refuse(mistakes.not_available(key, path, span))
        return
    known = list(known)
    last = RENAMED.get(key, "")
    near = mistakes.nearest(key, known)
    places = [] if near or last else [at for at, _ in walk(reading.root) if at != plain and at.rpartition(".")[2] == key]
    elsewhere = min(places, key=lambda at: (at.count("["), at.count("."), at), default="")
    reading.refuse(mistakes.unknown_key(key, path, span, known, elsewhere, last))


def _items(node: Node, kind: ListOf, path: str, reading: Reading) -> Items | None:
    if kind.single and not isinstance(node, Sequence):
        only = _read(node, kind.item, path, reading)
        return None if only is None else Items((only,), reading.origin(node, path))
    if not isinstance(node, Sequence):
        expected = "a list of texts" if not isinstance(kind.item, Block) else "a list of mappings"
        advice = f"Write `[{node.text}]`." if isinstance(node, Scalar) and not isinstance(kind.item, Block) and node.text.isalnum() else ""
        reading.refuse(mistakes.wrong_type(_described(node), expected, path, node.span, advice))
        return None
    if not kind.minimum <= len(node.items) <= kind.maximum:
        reading.refuse(mistakes.wrong_count(len(node.items), f"{kind.minimum} to {kind.maximum}", path, node.span))
        return None
    items: list[Tree] = []
    seen: dict[str, Span] = {}
    for index, item in enumerate(node.items):
        tree = _read(item, kind.item, f"{path}[{index}]", reading)
        if tree is None:
            continue
        items.append(tree)
        name = name_of(tree)
        if name is not None:
            slug = name.replace("_", "-")
            if slug in seen:
                reading.refuse(mistakes.repeated_name(name, f"{path}[{index}].name", item.span, seen[slug]))
            seen.setdefault(slug, item.span)
    return Items(tuple(items), reading.origin(node, path))


def _map(node: Node, kind: MapOf, path: str, reading: Reading) -> Branch | None:
    if not isinstance(node, Mapping):
        reading.refuse(mistakes.wrong_type(_described(node), "a mapping", path, node.span))
        return None
    entries: dict[str, Tree] = {}
    for entry in node.entries:
        inner_path = f"{path}.{entry.key}"
        if kind.keys.regex.fullmatch(entry.key) is None:
            reading.refuse(mistakes.wrong_form(entry.key, kind.keys.expected, inner_path, entry.key_span))
            continue
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            reading.refuse(mistakes.empty_value(inner_path, entry.key_span))
            continue
        value = _read(entry.value, kind.value, inner_path, reading)
        if value is not None:
            entries[entry.key] = value
    return Branch(entries, reading.origin(node, path))


def _data(node: Node, kind: Data, path: str, reading: Reading) -> Tree | None:
    is_one = isinstance(node, Mapping)
    if kind.of == "operations":
        is_one = isinstance(node, Sequence) and all(isinstance(item, Mapping) for item in node.items)
    if is_one:
        return _free(node, path, reading)
    expected = "a mapping" if kind.of == "mapping" else "a list of operations, each a mapping with `op` and `path`"
    reading.refuse(mistakes.wrong_type(_described(node), expected, path, node.span))
    return None


def _free(node: Node, path: str, reading: Reading) -> Tree:
    """A node as it stands, each value with its origin."""
    origin = reading.origin(node, path)
    match node:
        case Mapping():
            return Branch({entry.key: _free(entry.value, f"{path}.{entry.key}", reading) for entry in node.entries}, origin)
        case Sequence():
            return Items(tuple(_free(item, f"{path}[{index}]", reading) for index, item in enumerate(node.items)), origin)
        case Scalar():
            return Leaf(node.value, origin)


def _leaf(node: Node, kind: ScalarKind, path: str, reading: Reading) -> Leaf | None:
    if not isinstance(node, Scalar):
        reading.refuse(mistakes.wrong_type(_described(node), _expected(kind), path, node.span))
        return None
    value = _SCALARS[type(kind)](node, kind, path)
    if isinstance(value, Diagnostic):
        reading.refuse(value)
        return None
    return Leaf(value, reading.origin(node, path))


def _expected(kind: ScalarKind) -> str:
    match kind:
        case Text():
            return "text"
        case Pattern(expected=expected):
            return expected
        case Integer():
            return "a whole number"
        case Number():
            return "a number"
        case Boolean():
            return "`true` or `false`"
        case Choice(options=options):
            return f"one of {', '.join(f'`{option}`' for option in options)}"
        case Duration():
            return "a duration such as `30s`"
        case Size():
            return "a size such as `24GiB`"
        case Share():
            return "a fraction of the GPU (0 to 1) or a size such as `10GiB`"


def _text(node: Scalar, kind: Text, path: str) -> str | Diagnostic:
    if not isinstance(node.value, str):
        return mistakes.wrong_type(_described(node), "text", path, node.span, f'Write `"{node.text}"`.')
    if not kind.lines and "\n" in node.value:
        return mistakes.wrong_form(node.value, "text on one line", path, node.span)
    return node.value


def _pattern(node: Scalar, kind: Pattern, path: str) -> str | Diagnostic:
    if not isinstance(node.value, str):
        return mistakes.wrong_type(_described(node), kind.expected, path, node.span, f'Write `"{node.text}"`.')
    if kind.regex.fullmatch(node.value) is None:
        return mistakes.wrong_form(node.value, kind.expected, path, node.span)
    return node.value


def _bounds(kind: Integer | Number) -> str:
    low = kind.minimum
    above = kind.above if isinstance(kind, Number) else None
    unit = f" {kind.unit}" if isinstance(kind, Number) and kind.unit else ""
    start = f"above {above:g}" if above is not None else f"at least {low:.9g}" if low is not None else ""
    end = f"at most {kind.maximum:.9g}" if kind.maximum is not None else ""
    return " and ".join(part for part in (start, end) if part) + unit


def _unquoted_advice(node: Scalar) -> str:
    try:
        float(node.text)
    except ValueError:
        return ""
    return f"Remove the quotes: `{node.text}`." if node.quoted else ""


def _integer(node: Scalar, kind: Integer, path: str) -> int | Diagnostic:
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        whole = isinstance(node.value, float) and node.value.is_integer()
        advice = f"Write `{node.value:.0f}`." if whole else _unquoted_advice(node)
        return mistakes.wrong_type(_described(node), "a whole number", path, node.span, advice)
    if (kind.minimum is not None and node.value < kind.minimum) or (kind.maximum is not None and node.value > kind.maximum):
        return mistakes.out_of_range(node.text, _bounds(kind), path, node.span)
    return node.value


def _number(node: Scalar, kind: Number, path: str) -> float | Diagnostic:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        given = QUANTITY.fullmatch(node.text)
        if given and kind.unit:
            return mistakes.wrong_unit(
                node.text,
                f"a plain number of {kind.unit}",
                (),
                path,
                node.span,
                f"Write the number alone; `{path.rsplit('.', 1)[-1]}` counts in {kind.unit}.",
            )
        return mistakes.wrong_type(_described(node), "a number", path, node.span, _unquoted_advice(node))
    value = node.value
    low = (kind.minimum is not None and value < kind.minimum) or (kind.above is not None and value <= kind.above)
    high = kind.maximum is not None and value > kind.maximum
    if low or high or not math.isfinite(value):
        percent = high and kind.maximum is not None and value / _PERCENT <= kind.maximum <= 1  # written where a fraction belongs
        return mistakes.out_of_range(node.text, _bounds(kind), path, node.span, f"Did you mean `{value / _PERCENT:g}`?" if percent else "")
    return float(value)


def _boolean(node: Scalar, _kind: Boolean, path: str) -> bool | Diagnostic:
    if isinstance(node.value, bool):
        return node.value
    meant = {
        "yes": "true",
        "on": "true",
        "y": "true",
        "1": "true",
        "no": "false",
        "off": "false",
        "n": "false",
        "0": "false",
        "true": "true",
        "false": "false",
    }.get(node.text.lower())
    return mistakes.wrong_type(_described(node), "`true` or `false`", path, node.span, f"Write `{meant}`." if meant else "")


def _choice(node: Scalar, kind: Choice, path: str) -> str | Diagnostic:
    if isinstance(node.value, str) and node.value in kind.options:
        return node.value
    return mistakes.not_a_choice(node.text, kind.options, path, node.span)


def _duration(node: Scalar, kind: Duration, path: str) -> float | Diagnostic:
    given = QUANTITY.fullmatch(node.text) if isinstance(node.value, str) else None
    if given is None or given[2] not in DURATION_UNITS_S:
        advice = f"Did you mean `{node.text}s`?" if isinstance(node.value, int | float) and not isinstance(node.value, bool) else ""
        return mistakes.wrong_unit(node.text, "a duration with its unit, such as `30s`", DURATION_UNITS_S, path, node.span, advice)
    seconds = float(given[1]) * DURATION_UNITS_S[given[2]]
    if not kind.minimum_s <= seconds <= kind.maximum_s:
        return mistakes.out_of_range(node.text, f"from {kind.minimum_s:g}s to {kind.maximum_s:g}s", path, node.span)
    return seconds


def _bytes(node: Scalar, path: str) -> int | Diagnostic:
    given = QUANTITY.fullmatch(node.text) if isinstance(node.value, str) else None
    if given is None or given[2] not in SIZE_UNITS_BYTES:
        advice = f"Did you mean `{node.text}GiB`?" if isinstance(node.value, int | float) and not isinstance(node.value, bool) else ""
        return mistakes.wrong_unit(node.text, "a size with its unit, such as `24GiB`", SIZE_UNITS_BYTES, path, node.span, advice)
    return round(float(given[1]) * SIZE_UNITS_BYTES[given[2]])


def _size(node: Scalar, kind: Size, path: str) -> int | Diagnostic:
    size = _bytes(node, path)
    if isinstance(size, int) and not kind.minimum_bytes <= size <= kind.maximum_bytes:
        return mistakes.out_of_range(node.text, f"from {kind.minimum_bytes} to {kind.maximum_bytes} bytes", path, node.span)
    return size


def _share(node: Scalar, _kind: Share, path: str) -> Fraction | Bytes | Diagnostic:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        fraction = _number(node, Number(above=0, maximum=1), path)
        return fraction if isinstance(fraction, Diagnostic) else Fraction(fraction)
    size = _bytes(node, path)
    if isinstance(size, int) and size <= 0:
        return mistakes.out_of_range(node.text, "more than nothing", path, node.span)
    return size if isinstance(size, Diagnostic) else Bytes(size)


_SCALARS: dict[type, Callable[[Scalar, Any, str], Any]] = {
    Text: _text,
    Pattern: _pattern,
    Integer: _integer,
    Number: _number,
    Boolean: _boolean,
    Choice: _choice,
    Duration: _duration,
    Size: _size,
    Share: _share,
}

T = TypeVar("T")
Origins = dict[str, tuple[Origin, ...]]


def build(tree: Branch, block: type[T], path: str = "") -> tuple[Checked[T], Origins]:
    """An instance of `block` from a merged tree, and the chain of origins of each value by its path, strongest first.

    Keys that no layer gives take their declared default and have no origin; a required one that is absent is a finding.
    """
    findings: list[Diagnostic] = []
    origins: Origins = {}
    value = _build(tree, Block(block), path, findings, origins)
    return Checked.of(value, findings), origins


def _build(tree: Tree, kind: Kind, path: str, findings: list[Diagnostic], origins: Origins) -> Any:
    if isinstance(tree, Leaf):
        origins[path] = (tree.origin, *tree.overridden)
        return tree.value
    if isinstance(tree, Items):
        origins[path] = (tree.origin, *tree.overridden)
        item_kind = kind.item if isinstance(kind, ListOf) else kind
        return tuple(
            _build(item, item_kind, f"{path}.{name_of(item) or index}", findings, origins) for index, item in enumerate(tree.items)
        )
    origins[path] = (tree.origin,)
    if isinstance(kind, MapOf | Data):
        inside = kind.value if isinstance(kind, MapOf) else kind
        return {key: _build(value, inside, f"{path}.{key}", findings, origins) for key, value in tree.entries.items()}
    assert isinstance(kind, Block)
    values: dict[str, Any] = {}
    for name, declaration in declared(kind.type).items():
        inner = tree.entries.get(name)
        if inner is not None:
            values[name] = _build(inner, declaration.key.kind, f"{path}.{name}" if path else name, findings, origins)
        elif declaration.required:
            findings.append(_missing(declaration, tree, path))
            values[name] = None
    return kind.type(**values)


def _missing(declaration: Declared, tree: Branch, path: str) -> Diagnostic:
    at = tree.origin.span
    start = Span(at.file, at.line, at.column, at.line, at.column + 1)
    written = f"{tree.origin.written}.{declaration.name}" if tree.origin.written else declaration.name
    return mistakes.missing_key(declaration.name, path, written, start)
