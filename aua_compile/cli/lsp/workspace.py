"""What is open, which projects it is part of, and what the compiler said of them last. Changes are compiled once nothing is typed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aua_compile.cli.lsp.documents import Document, Unsaved, opened, real
from aua_compile.cli.lsp.findings import Told, by_file, path_of
from aua_compile.cli.lsp.projects import Analysis, Key
from aua_compile.cli.lsp.wire import Json
from aua_compile.cli.lsp.worker import Owned, Task
from aua_compile.config.model import Config
from aua_compile.config.resolve import Resolved
from aua_compile.editor.around import Around
from aua_compile.editor.position import Buffer, Encoding
from aua_compile.registry.catalog import Catalog
from aua_compile.span import Span

PAUSE_S = 0.2
"""How long nothing must be typed before a project is compiled."""


@dataclass(slots=True)
class Workspace:
    """All open files and their projects. `publish` sends the findings of one file: its address, its version if it is open, and they."""

    publish: Callable[[str, int | None, list[Json]], None]
    encoding: Encoding = "utf-16"
    catalog: Catalog = field(default_factory=Catalog)
    documents: dict[str, Document] = field(default_factory=dict)
    due: float | None = None
    _owned: dict[Path, Owned] = field(default_factory=dict)
    _analyses: dict[Key, Analysis] = field(default_factory=dict)
    _good: dict[Key, Resolved] = field(default_factory=dict)
    _told: dict[Key, dict[Path, list[Told]]] = field(default_factory=dict)
    _published: dict[Path, list[Json]] = field(default_factory=dict)
    _dirty: set[Path] = field(default_factory=set)
    _unplaced: set[Path] = field(default_factory=set)

    # Texts

    def open(self, uri: str, version: int, text: str) -> None:
        """A file is open from now on."""
        self.documents[uri] = document = opened(uri, version, text)
        self._changed(document, elsewhere=True)

    def change(self, document: Document, version: int, buffer: Buffer) -> None:
        """A file's text is another."""
        document.buffer, document.version = buffer, version
        self._changed(document)

    def close(self, uri: str) -> None:
        """A file is open no more: what its file holds counts again, and projects with no file open are forgotten."""
        document = self.documents.pop(uri, None)
        if document is None or document.path is None:
            return
        self._owned.pop(real(document.path), None)
        needed = self._needed()
        for key in self._told.keys() - needed:
            del self._told[key]
        for key in self._analyses.keys() - needed:
            del self._analyses[key]
            self._good.pop(key, None)
        self._publish()
        self.look_again()

    def look_again(self) -> None:
        """Files changed on disk: who extends whom may have changed with them."""
        for document in self.documents.values():
            self._changed(document, elsewhere=True)

    def _changed(self, document: Document, *, elsewhere: bool = False) -> None:
        """Have a file's projects compiled; with `elsewhere`, or where none is known, have them looked for too."""
        if document.path is not None and document.block is None:
            self._dirty.add(real(document.path))
            if elsewhere or not self.projects_of(document):
                self._unplaced.add(real(document.path))
            self.due = time.monotonic() + PAUSE_S

    # Projects

    def task(self) -> Task | None:
        """What is to be compiled now: the projects that the changed files are part of."""
        files = {real(one.path): one for one in self.documents.values() if one.path is not None and one.block is None}
        changed, unplaced = self._dirty & files.keys(), self._unplaced & files.keys()
        self._dirty, self._unplaced, self.due = set(), set(), None
        if not changed:
            return None
        touched = {key for key, analysis in self._analyses.items() if analysis.members & changed}
        owned = {key for path in changed - unplaced for key in self.projects_of(files[path])}
        looked_up = {files[path].path or path: files[path].is_config for path in unplaced}
        texts = {path: document.buffer.text for path, document in files.items()}
        return Task(frozenset(touched | owned), looked_up, Unsaved(texts))

    def place(self, owned: Owned) -> None:
        """Keep which projects a file is part of."""
        self._owned[real(owned.path)] = owned

    def take(self, analysis: Analysis) -> None:
        """Keep an analysis, and tell what it found unless its files have changed since: then another is due."""
        if analysis.key not in self._needed():
            return
        self._analyses[analysis.key] = analysis
        if analysis.resolved is not None:
            self._good[analysis.key] = analysis.resolved
        if not (self._dirty & analysis.members):
            self._told[analysis.key] = by_file(analysis, self.encoding, self.catalog.sources)
            self._publish()

    def _needed(self) -> set[Key]:
        return {key for owned in self._owned.values() for key in owned.keys}

    def _publish(self) -> None:
        """Send the findings of each file that are not what was sent last."""
        wanted: dict[Path, list[Json]] = {}
        for files in self._told.values():
            for path, found in files.items():
                there = wanted.setdefault(path, [])
                there.extend(one.diagnostic for one in found if one.diagnostic not in there)
        for path in sorted({*wanted, *self._published}):
            now = wanted.get(path, [])
            if now != self._published.get(path, []):
                document = self.open_at(path)
                self.publish(document.uri if document else path.as_uri(), document.version if document else None, now)
        self._published = {path: found for path, found in wanted.items() if found}

    # What is known of a file

    def open_at(self, path: Path) -> Document | None:
        """The open file at a real path."""
        return next((one for one in self.documents.values() if one.path is not None and real(one.path) == path), None)

    def projects_of(self, document: Document) -> tuple[Key, ...]:
        """The projects that a file is part of, as far as known."""
        owned = self._owned.get(real(document.path)) if document.path is not None else None
        return owned.keys if owned else ()

    def block_of(self, document: Document) -> type | None:
        """What declares the keys of a file; None if it is none of ours."""
        if document.block is not None:
            return document.block
        return Config if self.projects_of(document) or document.is_config else None

    def around(self, document: Document) -> Around:
        """What is known besides the file's text."""
        keys = self.projects_of(document)
        if not keys or document.path is None:
            return Around(self.catalog, link, block=document.block or Config)
        key = next((key for key in keys if key in self._good), keys[0])
        analysis = self._analyses.get(key)
        current = analysis is not None and analysis.resolved is not None and not (self._dirty & analysis.members)
        return Around(self.catalog, link, self._good.get(key), current, files=self._owned[real(document.path)].files)

    def findings(self, document: Document) -> Iterator[Told]:
        """What was found in a file, while its text is the one in which it was found."""
        if document.path is not None and real(document.path) not in self._dirty:
            for files in self._told.values():
                yield from files.get(real(document.path), ())

    def buffer_of(self, span: Span) -> Buffer:
        """The text of the file that a span lies in, as last read."""
        path = path_of(span)
        document = self.open_at(real(path)) if path is not None else None
        if document is not None:
            return document.buffer
        tables = (self.catalog.sources, *(analysis.sources for analysis in self._analyses.values()))
        return next((Buffer.of(table[span.file].text) for table in tables if span.file in table), Buffer.of(""))


def link(span: Span) -> str:
    """The address at which an editor opens a place."""
    path = path_of(span)
    return "" if path is None else f"{path.as_uri()}#L{span.line}"
