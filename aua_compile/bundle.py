"""Reads a project: its files in layer order, and the texts they name. The only phase that opens the user's files.

It loops (read, parse, look up `extends`, the preset, the tier and path-typed keys, read those) until nothing new is named, so the
documents it hands on are parsed already.
"""

import dataclasses
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Literal

from aua_compile.checked import Checked
from aua_compile.choices import Choices
from aua_compile.config import named
from aua_compile.config.declare import NAME_KIND
from aua_compile.config.model.observability import BOOK, REGISTRY_BOOK
from aua_compile.config.tree import LayerName
from aua_compile.diagnostic import Diagnostic, Related
from aua_compile.document import Document, Node, Scalar, parse
from aua_compile.document import Mapping as MappingNode
from aua_compile.frozen import dataclass
from aua_compile.index import aliases
from aua_compile.leaks import find_secrets, find_secrets_in_text
from aua_compile.lock.model import LOCK, Lock
from aua_compile.lock.read import read_lock
from aua_compile.shipped import Kind, names, shipped
from aua_compile.source import Files, Folder, Source, as_text, read_source
from aua_compile.span import Span

__all__ = ["LONGEST_EXTENDS", "Bundle", "Choices", "Layer", "own_tier", "read"]

LONGEST_EXTENDS = 8
_BOOK = "observability.costs.book"


@dataclass(frozen=True, slots=True)
class Layer:
    """A document and its place in the order of precedence."""

    name: LayerName
    document: Document


@dataclass(frozen=True, slots=True)
class Bundle:
    """A project as read: layers weakest first, the tier's file, the price book's, the texts that keys name, and the lock."""

    choices: Choices
    layers: tuple[Layer, ...]
    preset: str | None
    tier: str | None
    tier_document: Document | None
    book: Document | None
    texts: Mapping[str, str]
    lock: Lock | None


@dataclasses.dataclass(slots=True)
class _Reader:
    """Reads files of one project and shipped files, keeping every source and finding.

    Of the files `in_place`, by the name they are shown with, the text there is taken instead of the one that is kept.
    """

    files: Files
    sources: MutableMapping[str, Source]
    in_place: Mapping[str, Source]
    findings: list[Diagnostic] = dataclasses.field(default_factory=list)

    def prose(self, path: Scalar) -> Source | None:
        """A text that a config names, with findings if it holds what cannot be seen, or a secret."""
        source = self._take(self._read(path.text).then(as_text), path.span)
        if source is not None:
            self.findings.extend(find_secrets_in_text(source))
        return source

    def document(self, path: str, named_at: Span | None = None) -> Document | None:
        return self._parsed(self._take(self._read(path), named_at))

    def shipped(self, kind: Kind, name: str) -> Document | None:
        folder = shipped(kind)
        return self._parsed(self._take(self._kept(read_source(folder / f"{name}.yaml", folder, f"{kind}/{name}.yaml"))))

    def lock(self) -> Lock | None:
        """The lock beside the project's config. A folder without one is no finding."""
        if not self.files.has(LOCK):
            return None
        document = self.document(LOCK)
        locked = Checked[Lock](None) if document is None else read_lock(document)
        self.findings.extend(locked.diagnostics)
        return locked.value

    def _read(self, path: str) -> Checked[Source]:
        name = self.files.prefix + path
        return self._kept(Checked(self.in_place[name]) if name in self.in_place else self.files.read(path))

    def _kept(self, read: Checked[Source]) -> Checked[Source]:
        if read.value is not None:
            self.sources[read.value.name] = read.value
        return read

    def _take(self, read: Checked[Source], named_at: Span | None = None) -> Source | None:
        places = () if named_at is None else (Related("named here", named_at),)
        self.findings.extend(dataclasses.replace(finding, related=(*finding.related, *places)) for finding in read.diagnostics)
        return read.value

    def _parsed(self, source: Source | None) -> Document | None:
        if source is None:
            return None
        parsed = parse(source)
        self.findings.extend(parsed.diagnostics)
        if parsed.value is not None:
            self.findings.extend(find_secrets(parsed.value))
        return parsed.value


NONE_IN_PLACE: Mapping[str, Source] = {}


def read(
    choices: Choices, sources: MutableMapping[str, Source], in_place: Mapping[str, Source] = NONE_IN_PLACE, files: Files | None = None
) -> Checked[Bundle]:
    """The project that `choices` names. `sources` receives every file that was read, for showing findings.

    `in_place` holds texts that are not written yet, by the name that their file is shown with. `files` holds the config and all that it
    names where that is not the folder in which the config lies.
    """
    typed = Path(choices.config)
    prefix = "" if typed.parent == Path() else f"{typed.parent.as_posix().rstrip('/')}/"
    reader = _Reader(files or Folder(typed.parent, prefix), sources, in_place)
    by_name = files is None and choices.config in names("presets") and not typed.exists() and choices.config not in in_place
    project = reader.shipped("presets", choices.config) if by_name else reader.document(typed.name or choices.config)
    if project is None:
        return Checked(None, tuple(reader.findings))
    stack = [Layer("extends", document) for document in reversed(_extended(project, reader))]
    stack.append(Layer("project", project))
    if choices.env is not None and (override := reader.document(f"{typed.stem}.{choices.env}.yaml", Span.of_file("--env"))) is not None:
        stack.append(Layer("env", override))
    preset = _shipped_name("presets", _said("preset", stack, choices), reader)
    if preset is not None and (document := reader.shipped("presets", preset)) is not None:
        stack.insert(0, Layer("preset", document))
    tier, tier_document = _tier(_said("tier", stack, choices), reader)
    book = _book(_said(_BOOK, stack, choices), reader)
    texts = {path.text: source.text for path in _text_paths(stack) if (source := reader.prose(path)) is not None}
    lock = None if by_name else reader.lock()
    return Checked.of(Bundle(choices, tuple(stack), preset, tier, tier_document, book, texts, lock), reader.findings)


def _value(document: Document, key: str) -> Scalar | None:
    """The text that a key path of a document holds; anything else is left to the typed reader to refuse."""
    node: Node | None = document.root
    for name in key.split("."):
        node = next((entry.value for entry in node.entries if entry.key == name), None) if isinstance(node, MappingNode) else None
    return node if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _extended(project: Document, reader: _Reader) -> list[Document]:
    """The documents below `project`, strongest first."""
    found: list[Document] = []
    seen = {project.name}
    document: Document | None = project
    while document is not None and (path := _value(document, "extends")) is not None:
        if reader.files.prefix + path.text in seen:
            reader.findings.append(named.extends_cycle(path.text, path.span))
            break
        if len(found) == LONGEST_EXTENDS:
            reader.findings.append(named.extends_too_long(LONGEST_EXTENDS, path.span))
            break
        if (refused := named.outside_project("extends", path.text, path.span)) is not None:
            reader.findings.append(refused)
            break
        document = reader.document(path.text, path.span)
        if document is not None:
            seen.add(document.name)
            found.append(document)
    return found


def _said(key: str, stack: list[Layer], choices: Choices) -> tuple[str, Span | None] | None:
    """What the strongest layer says of `preset`, `tier` or the price book, and where."""
    for setting in reversed(choices.settings):
        name, _, value = setting.partition("=")
        if name.strip() == key:
            return value.strip(), Span.of_file(f"--set {key}")
    if key == "tier" and choices.tier is not None:
        return choices.tier, Span.of_file("--tier")
    for layer in reversed(stack):
        scalar = _value(layer.document, key)
        if scalar is not None:
            return scalar.text, scalar.span
    return None


def _shipped_name(kind: Literal["presets", "tiers"], said: tuple[str, Span | None] | None, reader: _Reader) -> str | None:
    """The name of a shipped file, aliases resolved, or None with a finding."""
    if said is None:
        return None
    word, span = said
    name = aliases(kind).get(word, word)
    if name in names(kind):
        return name
    reader.findings.append(named.unknown_name(kind.removesuffix("s"), word, names(kind), span))
    return None


def _tier(said: tuple[str, Span | None] | None, reader: _Reader) -> tuple[str | None, Document | None]:
    """The tier's name and file: a shipped one, or the project's own below `tiers/`, which may not take a shipped one's name."""
    if said is not None and said[0] not in names("tiers") and NAME_KIND.regex.fullmatch(said[0]) and reader.files.has(own_tier(said[0])):
        return said[0], reader.document(own_tier(said[0]), said[1])
    name = _shipped_name("tiers", said, reader)
    return name, None if name is None else reader.shipped("tiers", name)


def _book(said: tuple[str, Span | None] | None, reader: _Reader) -> Document | None:
    """The price book's file; a name that is none is left to the typed reader to refuse."""
    if said is None or said[0] == REGISTRY_BOOK or not BOOK.regex.fullmatch(said[0]):
        return None
    return reader.document(f"prices/{said[0]}.yaml", said[1])


def own_tier(name: str) -> str:
    """Where a project describes a machine of its own."""
    return f"tiers/{name}.yaml"


def _text_paths(stack: list[Layer]) -> Iterator[Scalar]:
    """The paths that `prompts.<use>_template_path` keys name, where they are texts at all."""
    for layer in stack:
        for entry in layer.document.root.entries:
            if entry.key == "prompts" and isinstance(entry.value, MappingNode):
                for prompt in entry.value.entries:
                    if prompt.key.endswith("_template_path") and isinstance(prompt.value, Scalar) and isinstance(prompt.value.value, str):
                        yield prompt.value
