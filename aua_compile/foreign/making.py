"""What becomes of a config of the package, as it is being made: a look at every key, and the steps by which a new config grows."""

import re
from collections.abc import Mapping
from typing import Any

from aua_compile.config.model import Config
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Mapping as MappingNode
from aua_compile.document import Node, Scalar, Sequence
from aua_compile.foreign import rules
from aua_compile.foreign.keys import KEYS, Fate, Known
from aua_compile.foreign.read import Leaf, value_of
from aua_compile.frozen import dataclass
from aua_compile.plain_scalar import Value
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import AcceleratorFacts
from aua_compile.span import Span

_WORDS = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "texts": "a list of texts",
    "integers": "a list of whole numbers",
    "anything": "anything",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one key: `here` is the path by name of what took its place, empty where nothing did."""

    path: str
    line: int
    fate: Fate
    here: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A new config as plain data, `notes` by the path that each belongs to (`specialists.swe.context`), and what became of each key."""

    config: Mapping[str, Any]
    notes: Mapping[str, tuple[str, ...]]
    outcomes: tuple[Outcome, ...]


class Making:
    """The new config in the making."""

    def __init__(self, found: Mapping[str, Leaf], catalog: Catalog, machine: AcceleratorFacts | None) -> None:
        self.found = found
        self.catalog = catalog
        self.machine = machine
        self.config: dict[str, Any] = {}
        self.notes: dict[str, list[str]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.findings: list[Diagnostic] = []
        self.values: dict[str, Value | list[Value]] = {}
        for leaf in found.values():
            self.first_look(leaf)

    def draft(self) -> Draft:
        for outcome in self.outcomes.values():
            if outcome.note and outcome.here:
                self.note(outcome.here, f"`{_shortly(outcome.path)}`: {outcome.note}")
        return Draft(self.config, {path: tuple(dict.fromkeys(notes)) for path, notes in self.notes.items()}, tuple(self.outcomes.values()))

    # what every key gets before anything is decided

    def first_look(self, leaf: Leaf) -> None:
        """The outcome that `foreign.keys` states, and the value as the package reads it."""
        known = _known(leaf.pattern)
        if known is None:
            self.unknown(leaf)
            return
        self.outcomes[leaf.path] = Outcome(leaf.path, leaf.span.line, known.fate, "", known.note)
        if known.whole:
            return
        try:
            value, otherwise = value_of(leaf.node, known.read)
        except (ValueError, OverflowError):
            self.findings.append(rules.refused_there(leaf.path, f"takes {_WORDS[known.read]}", leaf.node.span))
            return
        if value is None and not leaf.path.endswith(".quantization"):
            self.set(leaf.path, "ignored", note="An empty value means absent.")
            return
        self.values[leaf.path] = value
        if otherwise and isinstance(leaf.node, Scalar):
            fate: Fate = "changed" if known.fate in {"taken", "changed"} else known.fate
            self.set(leaf.path, fate, note=f"The package reads what is written there as {_shown(value)}.")

    def unknown(self, leaf: Leaf) -> None:
        if _is_section(leaf.pattern):
            if _is_empty(leaf.node):
                self.outcomes[leaf.path] = Outcome(leaf.path, leaf.span.line, "ignored", note="There is nothing in it.")
            else:
                self.findings.append(rules.refused_there(leaf.path, "takes keys of its own", leaf.span))
            return
        self.outcomes[leaf.path] = Outcome(leaf.path, leaf.span.line, "unknown", note="The package has no such key.")
        steps, patterns = leaf.path.split("."), leaf.pattern.split(".")
        for depth in range(1, len(patterns)):
            if (above := KEYS.get(".".join(patterns[:depth]))) is not None:
                self.findings.append(rules.refused_there(".".join(steps[:depth]), f"takes {_WORDS[above.read]}", leaf.span))
                return
        depth = next(depth for depth in range(1, len(patterns) + 1) if not _is_section(".".join(patterns[:depth])))
        top, parent = ".".join(steps[:depth]), ".".join(patterns[: depth - 1])
        if not any(finding.path == top for finding in self.findings):
            ours = any(top == part for part in Config.__slots__)
            self.findings.append(rules.unknown_foreign_key(top, leaf.span, _keys_below(parent), ours=ours))

    def complete(self, root: MappingNode) -> bool:
        """Whether all is there that the package cannot do without."""
        entries = {entry.key: entry.value for entry in root.entries}
        specialists, arbiter = entries["specialists"], entries["arbiter"]
        if not isinstance(specialists, Sequence) or not specialists.items:
            self.findings.append(rules.refused_there("specialists", "is a list with at least one entry", specialists.span))
        else:
            for index, item in enumerate(specialists.items):
                self.require(f"specialists[{index}]", ("name", "model", "port", "field"), item.span)
        if isinstance(arbiter, MappingNode):
            self.require("arbiter", ("model", "port"), arbiter.span)
        else:
            self.findings.append(rules.refused_there("arbiter", "is a mapping with `model` and `port`", arbiter.span))
        return not any(finding.severity == "error" for finding in self.findings)

    def require(self, at: str, keys: tuple[str, ...], span: Span) -> None:
        for key in keys:
            if f"{at}.{key}" not in self.values:
                self.findings.append(rules.refused_there(at, f"lacks `{key}`", span))

    # small steps

    def value(self, path: str) -> Any:
        return self.values.get(path)

    def set(self, path: str, fate: Fate, here: str = "", note: str = "") -> None:
        """Say what becomes of a key after all; a note is added to what is noted already."""
        before = self.outcomes[path]
        worse = "changed" if before.fate == "changed" and fate == "taken" else fate
        notes = " ".join(dict.fromkeys(part for part in (before.note, note) if part))
        self.outcomes[path] = Outcome(path, before.line, worse, here, notes)

    def instead(self, path: str, fate: Fate, note: str) -> None:
        """Say that a key is not taken over, and why, whatever was noted before."""
        self.outcomes[path] = Outcome(path, self.outcomes[path].line, fate, "", note)

    def note(self, here: str, text: str) -> None:
        self.notes.setdefault(here, []).append(text)

    def once(self, here: str, text: str) -> None:
        """A note for the first of several places that it holds for."""
        if not any(text in told for told in self.notes.values()):
            self.note(here, text)

    def put(self, here: str, value: Any) -> None:
        """Write a value at a dotted path of the new config."""
        *blocks, key = here.split(".")
        inside = self.config
        for block in blocks:
            inside = inside.setdefault(block, {})
        inside[key] = value

    def take(self, path: str, here: str, value: Any, fate: Fate = "taken", note: str = "") -> None:
        self.put(here, value)
        self.set(path, fate, here, note)


def _known(pattern: str) -> Known | None:
    """The key of a path, or the one that stands for all below it."""
    if pattern in KEYS and not KEYS[pattern].whole:
        return KEYS[pattern]
    return next((known for key, known in KEYS.items() if known.whole and re.match(rf"{re.escape(key)}(\[\])?(\.|\[|$)", pattern)), None)


def _is_section(pattern: str) -> bool:
    """Whether keys of the package lie below a path."""
    return any(key.startswith((f"{pattern}.", f"{pattern}[]", f"{pattern}.*")) for key in KEYS) or (
        pattern.count(".") == 1 and pattern.startswith("blue_green.")
    )


def _is_empty(node: Node) -> bool:
    match node:
        case Scalar(value=value):
            return value is None
        case Sequence(items=inside) | MappingNode(entries=inside):
            return not inside


def _keys_below(pattern: str) -> set[str]:
    start = f"{pattern}." if pattern else ""
    return {re.split(r"[.\[]", key.removeprefix(start))[0] for key in KEYS if key.startswith(start)}


def _shortly(path: str) -> str:
    """A key as a note beside it calls it: without the specialist that it stands in."""
    return re.sub(r"^(specialists\[\d+\]|arbiter)\.", "", path)


def _shown(value: Any) -> str:
    return f"`{str(value).lower()}`" if isinstance(value, bool | int | float) else "a text"
