"""What an analysis found, by file: diagnostics with their places in the editor's units, and the edits that mend them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aua_compile.cli.lsp import answers
from aua_compile.cli.lsp.documents import real
from aua_compile.cli.lsp.projects import Analysis
from aua_compile.cli.lsp.wire import Json
from aua_compile.cli.report import clean
from aua_compile.diagnostic import Diagnostic, Setting
from aua_compile.editor.position import Buffer, Encoding
from aua_compile.editor.setting import edits
from aua_compile.editor.sketch import Part, sketch
from aua_compile.shipped import shipped
from aua_compile.source import Source
from aua_compile.span import Span

MOST_FINDINGS = 250


@dataclass(frozen=True, slots=True)
class Told:
    """A diagnostic as it is sent, the edit of its own file that would mend it, and changes of the config that were tried."""

    diagnostic: Json
    edit: Json | None
    remedies: "tuple[Tried, ...]" = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """A change of the config after which the finding is gone: what it costs, the config's address, and the edits there."""

    words: str
    uri: str
    edits: tuple[Json, ...]


def path_of(span: Span) -> Path | None:
    """The file that a span lies in: of a project by its whole path, of what is shipped by its name; None for an option."""
    if span.file.startswith("--"):
        return None
    path = Path(span.file)
    if path.is_absolute():
        return path
    kind, _, name = span.file.partition("/")
    if kind in {"presets", "tiers"}:
        return shipped("presets" if kind == "presets" else "tiers") / name
    if kind in {"models", "fields", "engines", "accelerators", "prompts"}:
        return shipped("registries") / kind / name
    return None


def by_file(analysis: Analysis, encoding: Encoding, sources: Mapping[str, Source]) -> dict[Path, list[Told]]:
    """The findings of a project by the real path of the file to show each in."""
    desk = _Desk(analysis, encoding, {**sources, **analysis.sources})
    found: dict[Path, list[Told]] = {path: [] for path in analysis.members}
    for finding in analysis.findings[:MOST_FINDINGS]:
        path, told = desk.told(finding)
        found.setdefault(path, []).append(told)
    return found


@dataclass(slots=True)
class _Desk:
    """Turns findings of one analysis into what is sent; `sources` is every text that a span may lie in."""

    analysis: Analysis
    encoding: Encoding
    sources: Mapping[str, Source]
    buffers: dict[str, Buffer] = field(default_factory=dict)

    def told(self, finding: Diagnostic) -> tuple[Path, Told]:
        span = self.place_of(finding)
        path = path_of(span)
        assert path is not None, "a place in the config was found for it"
        range_ = answers.span_of(_first_line(span, self.buffer(span.file)), self.buffer(span.file), self.encoding)
        diagnostic = answers.diagnostic(finding, range_, self.related(finding, span))
        return real(path), Told(diagnostic, self.edit(finding, span), tuple(self.remedies(finding)))

    def edit(self, finding: Diagnostic, span: Span) -> Json | None:
        """The finding's fix, where it lies in the same file and may be shown."""
        fix = finding.fix
        if fix is None or finding.secret or fix.span.file != span.file:
            return None
        return {"range": answers.span_of(fix.span, self.buffer(span.file), self.encoding), "newText": fix.text}

    def remedies(self, finding: Diagnostic) -> Iterator[Tried]:
        """The finding's remedies that the text of the config has a place for."""
        config = self.analysis.key.config
        buffer = self.buffer(str(config))
        for remedy in finding.fixes:
            settings = remedy.settings
            if remedy.arguments[:1] == ("--tier",):
                settings = (Setting("tier", remedy.arguments[1]),)
            found = edits(buffer.text, settings) if settings else None
            if found is not None:
                made = ({"range": answers.range_of(one.start, one.end, buffer, self.encoding), "newText": one.text} for one in found)
                yield Tried(clean(remedy.words), config.as_uri(), tuple(made))

    def related(self, finding: Diagnostic, shown_at: Span) -> Iterator[Json]:
        places = [(other.message, other.span) for other in finding.related]
        if finding.span is not None and finding.span != shown_at:
            places.insert(0, ("found here", finding.span))
        for message, span in places:
            path = path_of(span)
            if path is not None:
                range_ = answers.span_of(span, self.buffer(span.file), self.encoding)
                yield {"location": {"uri": path.as_uri(), "range": range_}, "message": clean(message)}

    def buffer(self, file: str) -> Buffer:
        if file not in self.buffers:
            source = self.sources.get(file)
            self.buffers[file] = Buffer.of(source.text if source else "")
        return self.buffers[file]

    def place_of(self, finding: Diagnostic) -> Span:
        """Where a finding is shown: at its place in a file of the project, else at the key that brought it in, else at the head."""
        if finding.span is not None and Path(finding.span.file).is_absolute():
            return finding.span
        config = str(self.analysis.key.config)
        layer = finding.span.file.partition("/")[0] if finding.span is not None else ""
        named = sketch(self.buffer(config)).child({"presets": "preset", "tiers": "tier"}.get(layer, ""))
        return Span.of_file(config) if named is None else _span(config, named)


def _first_line(span: Span, buffer: Buffer) -> Span:
    """What is underlined: of several lines the first."""
    if span.end_line == span.line or span.line > len(buffer.lines):
        return span
    return Span(span.file, span.line, span.column, span.line, len(buffer.lines[span.line - 1]) + 1)


def _span(file: str, part: Part) -> Span:
    at = part.text_at or part.key_at
    return Span(file, at.line + 1, at.start + 1, at.line + 1, at.end + 1)
