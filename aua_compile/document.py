"""A YAML document as a tree with a span on every node. No meaning yet: keys and values are what the file says.

`parse` reads YAML 1.2's core schema from the *events* of the C parser, so nesting costs no stack and each limit holds while the events
come. What is refused here is refused in every file alike: project files, presets, tiers and registry entries.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias, cast

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from aua_compile import document_rules as rules
from aua_compile import source_rules
from aua_compile.characters import invisible_in_value, shown
from aua_compile.checked import Checked
from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass
from aua_compile.plain_scalar import Ambiguous, Unbounded, Value, read_plain
from aua_compile.source import BYTE_LIMIT, FINDING_LIMIT, Source, refused_characters
from aua_compile.span import Lines, Span

DEPTH_LIMIT = 64
"""Levels of mappings and sequences; the root mapping is the first."""

NODE_LIMIT = 50_000
"""Keys, values, mappings and sequences of one file, with every alias counted as what it stands for."""

EXTENSION = "x-"
"""How a top-level key begins that has no meaning to the compiler and may hold anchors."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `text` is the characters as decoded; `value` what YAML 1.2's core schema reads; `quoted` if in any quoting style.

    An empty value is `Scalar(None, "", quoted=False)`: whether it may be left out is the schema's to say.
    """

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
    """One parsed file. The root of a config document is always a mapping.

    `extensions` holds the top-level `x-*` entries: without meaning, but scanned for secrets. In place of an alias stands the anchor's own
    node, shared, with the spans of where it was written: that is where it would be changed.
    """

    name: str
    root: Mapping
    extensions: tuple[Entry, ...] = ()


def parse(source: Source, *, old: bool = False) -> Checked[Document]:
    """The tree of one file, or every reason found why it is none. Never raises, whatever the text.

    `old` reads a file that was written for YAML 1.1: values that the versions read differently mean what 1.1 says, anchors may stand
    anywhere, and `<<` is a key like any other, for the caller to follow.
    """
    text = source.text.removeprefix("\ufeff")
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > BYTE_LIMIT:
        return Checked(None, (source_rules.too_large(source.name, len(data), BYTE_LIMIT),))
    lines = Lines(source.name, text)
    refused = tuple(refused_characters(text, lines))
    if refused:
        return Checked(None, refused)
    tree = _Tree(source.name, text, lines, CParser(data), old=old)
    try:
        tree.build()
    except YAMLError as error:
        tree.findings.append(rules.syntax(text, lines, error))
    except _EnoughError:
        pass
    else:
        tree.judge_root()
    return tree.document()


class _Mark(Protocol):
    index: int
    line: int
    column: int


class _Event(Protocol):
    """What is used of the C parser's events. Each kind has the attributes that fit it."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None
    flow_style: bool


class _EnoughError(Exception):
    """A limit is reached: what was found so far is the answer."""


class _Frame:
    """A mapping or list that is still open. `mapping` says whether it fills `entries` or `items`; `key` is None while one is awaited."""

    __slots__ = (
        "anchor",
        "column",
        "end",
        "entries",
        "flow",
        "height",
        "items",
        "key",
        "key_span",
        "line",
        "mapping",
        "nodes_before",
        "seen",
    )

    def __init__(self, event: _Event, line: int, column: int, nodes_before: int, *, mapping: bool) -> None:
        self.mapping = mapping
        self.anchor: str | None = event.anchor
        self.flow: bool = event.flow_style
        self.line = line
        self.column = column
        self.end = (line, column)
        self.nodes_before = nodes_before
        self.height = 1
        self.items: list[Node] = []
        self.entries: list[Entry] = []
        self.seen: dict[str, Span] = {}
        self.key: str | None = None
        self.key_span: Span


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for: the node (None while it is open), how many nodes and levels it holds, and where its anchor is written."""

    node: Node | None
    nodes: int
    height: int
    written: Span


class _Tree:
    """A document in the making: the frames still open, what was counted, what was found."""

    def __init__(self, name: str, text: str, lines: Lines, parser: CParser, *, old: bool) -> None:
        self.name = name
        self.old = old
        self.text = text
        self.lines = lines
        self.parser = parser
        self.stack: list[_Frame] = []
        self.nodes = 0
        self.anchors: dict[str, _Anchored] = {}
        self.findings: list[Diagnostic] = []
        self.root: Node | None = None

    def build(self) -> None:
        """Take events until the stream ends, a limit is reached or the parser gives up."""
        take = cast("Callable[[], _Event]", self.parser.get_event)
        while True:
            event = take()
            kind: type = type(event)
            if kind is ScalarEvent:
                self.scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.open(event, mapping=kind is MappingStartEvent)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.close(event)
            elif kind is AliasEvent:
                self.alias(event)
            elif kind is DocumentStartEvent:
                self.document_start(event)
            elif kind is StreamEndEvent:
                return

    def document(self) -> Checked[Document]:
        """What was built, if nothing was wrong with it."""
        if self.findings or not isinstance(self.root, Mapping):
            return Checked(None, tuple(self.findings))
        meant = tuple(entry for entry in self.root.entries if not entry.key.startswith(EXTENSION))
        free = tuple(entry for entry in self.root.entries if entry.key.startswith(EXTENSION))
        return Checked(Document(self.name, Mapping(meant, self.root.span), free))

    def judge_root(self) -> None:
        match self.root:
            case None:
                self.findings.append(rules.empty(Span.of_file(self.name)))
            case Scalar(text="", quoted=False):
                self.findings.append(rules.empty(self.root.span))
            case Scalar():
                self.findings.append(rules.root_not_a_mapping("a single value", self.root.span))
            case Sequence():
                self.findings.append(rules.root_not_a_mapping("a list", self.root.span))

    def document_start(self, event: _Event) -> None:
        if self.root is not None:
            self.find(rules.second_document(self.range(event.start_mark.index, event.end_mark.index)))
            raise _EnoughError
        for line in self.text[event.start_mark.index : event.end_mark.index].splitlines():
            if line.startswith("%") and line.split()[:2] != ["%YAML", "1.2"]:
                start = self.text.find(line, event.start_mark.index)
                self.find(rules.directive(line, self.range(start, start + len(line))))

    def scalar(self, event: _Event) -> None:
        self.count(event)
        start, end, text, style = event.start_mark, event.end_mark, event.value, event.style
        span = Span(self.name, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        if event.tag is not None or event.anchor is not None:
            span = self.after_properties(event)
        elif style in {"|", ">"} or not text:
            span = self.range(start.index, end.index)
        if style == '"' and (character := invisible_in_value(text)):
            self.find(source_rules.refused_character(character, self.path(), span))
        if self.stack and self.stack[-1].mapping and self.stack[-1].key is None:
            self.key(text, span, quoted=bool(style))
            return
        node = Scalar(text if style else self.plain(text, span), text, bool(style), span)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0, self.anchors[event.anchor].written)
        self.add(node, 0, span)

    def plain(self, text: str, span: Span) -> Value:
        """The value of an unquoted scalar; its text where it has no single value."""
        value = read_plain(text)
        if isinstance(value, Ambiguous):
            if self.old:
                return value.old_value
            self.find(rules.read_differently(text, value, self.path(), span))
            return text
        if isinstance(value, Unbounded):
            self.find(rules.unbounded_number(text, value, self.path(), span))
            return text
        return value

    def key(self, text: str, span: Span, *, quoted: bool) -> None:
        frame = self.stack[-1]
        if text == "<<" and not quoted:
            if not self.old:
                self.find(rules.merge_key(self.path(), span))
        elif not text:
            self.find(rules.key_not_text("empty", self.path(), span))
        elif not quoted and (finding := self.plain_key(text, span)):
            self.find(finding)
        elif text in frame.seen:
            self.find(rules.duplicate_key(text, self.path(text), frame.seen[text], span))
        elif not text.isascii() and not self.in_extension(text):
            self.find(rules.foreign_letter(text, self.path(text), span))
        frame.key, frame.key_span = text, span
        frame.seen.setdefault(text, span)

    def plain_key(self, key: str, span: Span) -> Diagnostic | None:
        """What is wrong with an unquoted key, if it could be read as anything but text."""
        match read_plain(key):
            case str():
                return None
            case Ambiguous() if self.old:
                return None
            case Ambiguous(old, new):
                return rules.read_differently(key, Ambiguous(old, new, (f'`"{key}"`',), key), self.path(key), span)
            case Unbounded() | int() | float() as number:
                kind = f"the boolean {key}" if isinstance(number, bool) else f"the number {shown(key)}"
                return rules.key_not_text(kind, self.path(key), span)
            case None:
                return rules.key_not_text("the null value", self.path(key), span)

    def open(self, event: _Event, *, mapping: bool) -> None:
        self.count(event)
        if len(self.stack) == DEPTH_LIMIT:
            self.find(rules.too_deep(DEPTH_LIMIT, self.path(), self.range(event.start_mark.index, event.end_mark.index)))
            raise _EnoughError
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if event.tag is not None or event.anchor is not None:
            span = self.after_properties(event)
            line, column = span.line, span.column
        self.stack.append(_Frame(event, line, column, self.nodes - 1, mapping=mapping))

    def close(self, event: _Event) -> None:
        frame = self.stack.pop()
        end = (event.end_mark.line + 1, event.end_mark.column + 1) if frame.flow else frame.end
        span = Span(self.name, frame.line, frame.column, *end)
        node = Mapping(tuple(frame.entries), span) if frame.mapping else Sequence(tuple(frame.items), span)
        if frame.anchor is not None:
            written = self.anchors[frame.anchor].written
            self.anchors[frame.anchor] = _Anchored(node, self.nodes - frame.nodes_before, frame.height, written)
        self.add(node, frame.height, span)

    def alias(self, event: _Event) -> None:
        self.count(event)
        name = event.anchor or ""
        span = self.range(event.start_mark.index, event.end_mark.index)
        found = self.anchors.get(name)
        if self.stack and self.stack[-1].mapping and self.stack[-1].key is None:
            self.find(rules.alias_as_key(name, self.path(), span))
        elif found is None:
            self.find(rules.unknown_anchor(name, list(self.anchors), self.path(), span))
        elif found.node is None:
            self.find(rules.recursive_alias(name, self.path(), found.written, span))
        else:
            self.nodes += found.nodes - 1
            self.limit_nodes(span)
            if len(self.stack) + found.height > DEPTH_LIMIT:
                self.find(rules.too_deep(DEPTH_LIMIT, self.path(), span))
                raise _EnoughError
            self.add(found.node, found.height, span)
            return
        self.add(Scalar(name, name, quoted=False, span=span), 0, span)

    def add(self, node: Node, height: int, span: Span) -> None:
        """Put a finished node where it belongs. `span` is where it stands, which for an alias is not where the node was written."""
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.end = (span.end_line, span.end_column)
        if height >= frame.height:
            frame.height = height + 1
        if not frame.mapping:
            frame.items.append(node)
        elif frame.key is not None:
            frame.entries.append(Entry(frame.key, frame.key_span, node))
            frame.key = None
        else:  # a mapping, list or alias in place of a key
            if not isinstance(node, Scalar):
                self.find(rules.key_not_text("a mapping" if isinstance(node, Mapping) else "a list", self.path(), span))
            frame.key, frame.key_span = "", span

    def after_properties(self, event: _Event) -> Span:
        """The span of a node that carries an anchor or a tag, without these; both are judged here."""
        at, end = event.start_mark.index, event.end_mark.index
        while self.text[at : at + 1] in ("&", "!") and at < end:
            stop = at
            while stop < end and not self.text[stop].isspace():
                stop += 1
            if self.text[at] == "!":
                self.find(rules.tag(self.text[at:stop], self.path(), self.range(at, stop)))
            else:
                self.anchor(event.anchor or "", self.range(at, stop))
            at = self.skip_blank(stop, end)
        return self.range(at, max(at, end))

    def anchor(self, name: str, span: Span) -> None:
        on_key = bool(self.stack) and self.stack[-1].mapping and self.stack[-1].key is None
        if on_key or not (self.old or self.in_extension()):
            self.find(rules.misplaced_anchor(name, self.path(), span))
        elif name in self.anchors and not self.old:
            self.find(rules.anchor_twice(name, self.path(), self.anchors[name].written, span))
        self.anchors[name] = _Anchored(None, 1, 0, span)

    def skip_blank(self, at: int, end: int) -> int:
        """The offset of the next character that is neither blank nor in a comment; `end` if there is none before it."""
        while at < end:
            if self.text[at] == "#":
                line_end = self.text.find("\n", at, end)
                at = end if line_end < 0 else line_end
            elif not self.text[at].isspace():
                return at
            else:
                at += 1
        return end

    def in_extension(self, key: str = "") -> bool:
        """Whether the parser is under a top-level `x-*` key; `key` is the one just read, which counts at the top level."""
        if len(self.stack) == 1 and key:
            return key.startswith(EXTENSION)
        return bool(self.stack) and (self.stack[0].key or "").startswith(EXTENSION)

    def count(self, event: _Event) -> None:
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            self.limit_nodes(self.range(event.start_mark.index, event.end_mark.index))

    def limit_nodes(self, span: Span) -> None:
        if self.nodes > NODE_LIMIT:
            self.find(rules.too_many_nodes(NODE_LIMIT, self.path(), span))
            raise _EnoughError

    def find(self, finding: Diagnostic) -> None:
        self.findings.append(finding)
        if len(self.findings) == FINDING_LIMIT and finding.span is not None:
            self.findings.append(source_rules.too_many_findings(FINDING_LIMIT, finding.span))
            raise _EnoughError

    def range(self, start: int, end: int) -> Span:
        """From offset to offset, without blanks at the end: those after a block of text are not part of it."""
        end = min(end, len(self.text))
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return self.lines.span(start, end)

    def path(self, key: str | None = None) -> str:
        """The key path of what is being read: `specialists[0].port`."""
        steps = []
        for frame in self.stack:
            if frame.mapping:
                name = frame.key if frame.key is not None else key if frame is self.stack[-1] else None
                steps.append(f".{shown(name)}" if name is not None else "")
            else:
                steps.append(f"[{len(frame.items)}]")
        return "".join(steps).removeprefix(".")


def plain(node: Node) -> "Plain":
    """A node as plain data, without its spans."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {entry.key: plain(entry.value) for entry in node.entries}


Plain: TypeAlias = "Value | list[Plain] | dict[str, Plain]"
