"""A YAML document as a tree with a span on every node. No meaning yet: keys and values are what the file says."""

from dataclasses import dataclass
from typing import TypeAlias

from aua_compile.source import Span

Value: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `text` is the characters as decoded; `value` what YAML 1.2's core schema reads; `quoted` if in any quoting style."""

    value: Value
    text: str
    quoted: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: "tuple[Node, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and what stands under it."""

    key: str
    key_span: Span
    value: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries in the order of the file; keys are distinct."""

    entries: tuple[Entry, ...]
    span: Span


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed file. The root of a config document is always a mapping."""

    name: str
    root: Mapping
