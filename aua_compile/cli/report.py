"""Findings as a person, a pipeline or another program reads them: text, JSON, SARIF, GitHub and GitLab.

The last stop before the screen: nothing that cannot be seen, nothing secret and nothing endless passes, whatever a finding says.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import TypeAlias

from aua_compile import __version__
from aua_compile.characters import escaped
from aua_compile.cli.looks import columns
from aua_compile.diagnostic import Diagnostic, Remedy
from aua_compile.frozen import dataclass
from aua_compile.secrets import WITHHELD, holds_secret, redacted
from aua_compile.source import Source
from aua_compile.span import Span

SCHEMA_VERSION = "1.0"
"""Of the JSON form; `schemas/diagnostics.json` describes it."""

MOST_TOLD = {"text": 50, "github": 50, "json": 1000, "sarif": 1000, "gitlab": 1000}
"""How many findings each form shows; the rest is counted."""

LONGEST_MESSAGE = 1000
LONGEST_NAME = 200
NARROWEST_LINE, WIDEST_LINE = 20, 120
NUMBER = "{:>5} | "
"""Before a line of a source."""
MOST_RELATED = 8
TAB_WIDTH = 4

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


def render(
    findings: Iterable[Diagnostic], sources: Mapping[str, Source], form: str = "text", *, colour: bool = False, width: int | None = None
) -> str:
    """All findings in one of the forms of `MOST_TOLD`, errors first, ending in a line feed. `sources` is what was read, by name.

    Lines of sources are cut to `width` columns, so that the marks below them stand where they belong.
    """
    told = tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.severity != "error"))
    widest = WIDEST_LINE if width is None else max(NARROWEST_LINE, min(WIDEST_LINE, width - len(NUMBER.format(1)) - len("……")))
    report = _Report(told[: MOST_TOLD[form]], len(told) - MOST_TOLD[form], told, sources, colour=colour, widest=widest)
    match form:
        case "json":
            return _json(report.as_json())
        case "sarif":
            return _json(report.as_sarif())
        case "gitlab":
            return _json(report.as_gitlab())
        case "github":
            return "".join(f"{line}\n" for line in report.as_github())
        case _:
            return "".join(f"{line}\n" for line in report.as_text())


def _json(value: Json) -> str:
    """All ASCII, so that no locale's encoding can refuse or change it."""
    from json import dumps

    return dumps(value, indent=2) + "\n"


def clean(text: str, limit: int = LONGEST_MESSAGE) -> str:
    """A finding's own words, safe to print: secrets withheld, what cannot be seen escaped, line feeds kept, cut to the limit."""
    text = "\n".join(escaped(line) for line in redacted(text[: limit + 1]).split("\n"))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _clean_diff(diff: str) -> list[str]:
    """The lines of a diff, safe to print: of one that holds a secret only its mark is left."""
    return [f"{line[:1]}{WITHHELD}" if holds_secret(line[1:]) else escaped(line) for line in diff.split("\n")] if diff else []


_HUES = {"+": "32", "-": "31", "@": "36"}
"""How a line of a diff is coloured, by its first character."""


@dataclass(frozen=True, slots=True)
class _Report:
    """The findings that are told, how many are not, and what is needed to show them."""

    findings: tuple[Diagnostic, ...]
    untold: int
    everything: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    colour: bool = field(kw_only=True)
    widest: int = field(kw_only=True)

    # Text

    def as_text(self) -> Iterator[str]:
        for finding in self.findings:
            yield from self.finding_as_text(finding)
            yield ""
        if self.untold > 0:
            yield f"… and {self.untold:,} more."
        if self.everything:
            yield self.summary()

    def summary(self) -> str:
        errors = sum(finding.severity == "error" for finding in self.everything)
        warnings = len(self.everything) - errors
        counts = [f"{count:,} {word}{'s' * (count != 1)}" for count, word in ((errors, "error"), (warnings, "warning")) if count]
        return f"{', '.join(counts)}."

    def finding_as_text(self, finding: Diagnostic) -> Iterator[str]:
        hue = "31" if finding.severity == "error" else "33"
        first, *more = clean(finding.message).split("\n")
        place = f"{self.place(finding.span)}: " if finding.span else ""
        yield f"{self.painted(place, '1')}{self.painted(f'{finding.severity}[{finding.code}]', f'1;{hue}')}: {first}"
        yield from (f"  {line}" for line in more)
        if finding.span:
            yield from self.excerpt(finding.span, "^", hue, secret=finding.secret)
        yield from self.diff(finding)
        path = clean(finding.path, LONGEST_NAME)
        if path and f"`{path}`" not in finding.message:
            yield f"  at: {path}"
        for related in finding.related[:MOST_RELATED]:
            yield f"  {self.place(related.span)}: {clean(related.message)}"
            if related.span != finding.span:
                yield from self.excerpt(related.span, "-", "34", secret=finding.secret)
        if finding.help:
            yield from _hanging("  help: ", clean(finding.help))
        if finding.fix and finding.fix.span == finding.span and not finding.secret:
            yield from _hanging("  fix: write ", clean(finding.fix.text))

    def place(self, span: Span) -> str:
        """`file:line:column`, or the name alone where there is no file to open, as for `--tier`."""
        name = clean(span.file, LONGEST_NAME).replace("\n", "\\n")
        if not _is_file(span) or (span == Span.of_file(span.file) and span.file not in self.sources):
            return name
        return f"{name}:{span.line}:{span.column}"

    def excerpt(self, span: Span, mark: str, hue: str, *, secret: bool) -> Iterator[str]:
        """The line where the span begins, and below it marks under what the span covers of it."""
        line = self.line(span)
        if line is None:
            return
        number = NUMBER.format(span.line)
        if secret or holds_secret(line):
            yield f"{number}{WITHHELD}"
            return
        end = span.end_column if span.end_line == span.line else len(line) + 1
        shown, start, width = _window(line, span.column - 1, max(end - 1, span.column - 1), self.widest)
        yield f"{number}{shown}".rstrip()
        yield f"{' ' * (len(number) - 2)}| {' ' * start}{self.painted(mark * max(width, 1), f'1;{hue}')}"

    def diff(self, finding: Diagnostic) -> Iterator[str]:
        for line in _clean_diff(finding.diff):
            yield f"    {self.painted(line, _HUES.get(line[:1], ''))}"

    def line(self, span: Span) -> str | None:
        """The text of the span's first line; None if the file was not read or has nothing to show there."""
        source = self.sources.get(span.file)
        if source is None:
            return None
        lines = source.text.split("\n", span.line)
        if len(lines) < span.line:
            return None
        line = lines[span.line - 1].rstrip("\r")
        return line if line.strip() else None

    def painted(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text and style else text

    # JSON

    def as_json(self) -> Json:
        errors = sum(finding.severity == "error" for finding in self.everything)
        return {
            "schema_version": SCHEMA_VERSION,
            "errors": errors,
            "warnings": len(self.everything) - errors,
            "omitted": max(self.untold, 0),
            "diagnostics": [_finding_as_json(finding) for finding in self.findings],
        }

    # SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

    def as_sarif(self) -> Json:
        from aua_compile.codes import code

        names = sorted({finding.code for finding in self.findings})
        rules: list[Json] = []
        for name in names:
            found = code(name)
            if found is None:
                rules.append({"id": name})
                continue
            sections = "\n\n".join(f"**{heading}.** {text}" for heading, text in found.sections)
            plain = "\n\n".join(f"{heading}: {text}" for heading, text in found.sections)
            rules.append({"id": name, "shortDescription": {"text": found.title}, "help": {"text": plain, "markdown": sections}})
        results: list[Json] = [self.result(finding, names.index(finding.code), print_) for finding, print_ in _fingerprints(self.findings)]
        driver: Json = {"name": "aua", "version": __version__, "rules": rules}
        return {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
        }

    def result(self, finding: Diagnostic, index: int, fingerprint: str) -> dict[str, Json]:
        advice = "".join(f"\n\n{part}" for part in (clean(finding.help), "\n".join(_clean_diff(finding.diff))) if part)
        result: dict[str, Json] = {
            "ruleId": finding.code,
            "ruleIndex": index,
            "level": finding.severity,
            "message": {"text": f"{clean(finding.message)}{advice}"},
            "partialFingerprints": {"finding/v1": fingerprint},
        }
        if finding.span and _is_file(finding.span):
            physical: dict[str, Json] = {"physicalLocation": _location(finding.span)}
            result["locations"] = [physical | _logical(finding.path)]
        related: list[Json] = [
            {"id": number, "message": {"text": clean(other.message)}, "physicalLocation": _location(other.span)}
            for number, other in enumerate(finding.related[:MOST_RELATED], 1)
            if _is_file(other.span)
        ]
        if related:
            result["relatedLocations"] = related
        if finding.fix and not finding.secret:
            location = _location(finding.fix.span)
            change: Json = {"deletedRegion": location["region"], "insertedContent": {"text": clean(finding.fix.text)}}
            result["fixes"] = [{"artifactChanges": [{"artifactLocation": location["artifactLocation"], "replacements": [change]}]}]
        return result

    # GitHub's workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions

    def as_github(self) -> Iterator[str]:
        for finding in self.findings:
            properties = {"title": finding.code}
            if finding.span and _is_file(finding.span):
                span = finding.span
                properties |= {"file": clean(span.file), "line": str(span.line), "endLine": str(span.end_line)}
                if span.line == span.end_line:
                    properties |= {"col": str(span.column), "endColumn": str(max(span.column, span.end_column - 1))}
            message = "\n".join(filter(None, (clean(finding.message), clean(finding.help), *_clean_diff(finding.diff))))
            written = ",".join(f"{name}={_github_property(value)}" for name, value in properties.items())
            yield f"::{finding.severity} {written}::{_github_data(message)}"
        if self.untold > 0:
            yield f"::notice title=aua::{self.untold:,} more findings are not shown."

    # GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/

    def as_gitlab(self) -> Json:
        return [
            {
                "description": clean(finding.message),
                "check_name": finding.code,
                "fingerprint": fingerprint,
                "severity": "major" if finding.severity == "error" else "minor",
                "location": self.gitlab_location(finding.span),
            }
            for finding, fingerprint in _fingerprints(self.findings)
        ]

    def gitlab_location(self, span: Span | None) -> Json:
        """Where a finding stands; the form demands a file, so one without is put at the head of the first file read."""
        span = span if span and _is_file(span) else Span.of_file(next(iter(self.sources), "aua"))
        return {"path": clean(span.file), "lines": {"begin": span.line, "end": span.end_line}}


def _hanging(label: str, text: str) -> Iterator[str]:
    first, *more = text.split("\n")
    yield f"{label}{first}"
    yield from (f"{' ' * len(label)}{line}" for line in more)


def _window(line: str, start: int, end: int, widest: int) -> tuple[str, int, int]:
    """What is shown of a line, how many columns of a terminal stand before the marks, and how many the marks fill."""
    first = 0
    if len(line) > widest and end > widest - 10:
        first = max(0, min(start - widest // 3, len(line) - widest))
    piece = line[first : first + widest]
    before = "…" if first else ""
    after = "…" if first + widest < len(line) else ""
    marked = piece[start - first : end - first]
    lead = before + "".join(map(_displayed, piece[: start - first]))
    return f"{before}{''.join(map(_displayed, piece))}{after}", columns(lead), columns("".join(map(_displayed, marked)))


def _displayed(character: str) -> str:
    if character == "\t":
        return " " * TAB_WIDTH
    return character if " " <= character <= "~" else escaped(character)


def _finding_as_json(finding: Diagnostic) -> Json:
    fix: Json = None
    if finding.fix and not finding.secret:
        fix = {"span": _span_as_json(finding.fix.span), "text": clean(finding.fix.text)}
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": clean(finding.message),
        "path": clean(finding.path),
        "help": clean(finding.help),
        "span": _span_as_json(finding.span) if finding.span else None,
        "related": [{"message": clean(other.message), "span": _span_as_json(other.span)} for other in finding.related[:MOST_RELATED]],
        "fix": fix,
        "fixes": [_remedy_as_json(remedy) for remedy in finding.fixes],
        "diff": "\n".join(_clean_diff(finding.diff)),
    }


def _remedy_as_json(remedy: Remedy) -> Json:
    return {
        "words": clean(remedy.words),
        "arguments": [clean(argument) for argument in remedy.arguments],
        "settings": [{"path": clean(setting.path), "value": clean(setting.value)} for setting in remedy.settings],
    }


def _span_as_json(span: Span) -> Json:
    return {
        "file": clean(span.file),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _is_file(span: Span) -> bool:
    """Whether a span lies in a file; options of the command line have spans as well."""
    return not span.file.startswith("--")


def _location(span: Span) -> dict[str, Json]:
    from urllib.parse import quote

    region: Json = {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}
    return {"artifactLocation": {"uri": quote(redacted(span.file), errors="replace")}, "region": region}


def _logical(path: str) -> dict[str, Json]:
    return {"logicalLocations": [{"fullyQualifiedName": clean(path)}]} if path else {}


def _fingerprints(findings: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Each finding with a name that stays when lines move: made of code, file, path and message, and counted where these are equal."""
    from hashlib import sha256

    seen: dict[str, int] = {}
    for finding in findings:
        said = "\0".join((finding.code, finding.span.file if finding.span else "", finding.path, finding.message))
        seen[said] = seen.get(said, 0) + 1
        yield finding, sha256(f"{said}\0{seen[said]}".encode("utf-8", "surrogatepass")).hexdigest()


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")
