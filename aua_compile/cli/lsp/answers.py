"""What the editor modules answer, in the shapes of the Language Server Protocol (https://microsoft.github.io/language-server-protocol)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aua_compile.cli.lsp.wire import Json
from aua_compile.cli.report import clean
from aua_compile.diagnostic import Diagnostic
from aua_compile.editor.completion import Offer, Offers
from aua_compile.editor.hover import Hover
from aua_compile.editor.position import At, Buffer, Encoding, Stretch, ends_of
from aua_compile.editor.symbols import Symbol
from aua_compile.shipped import shipped
from aua_compile.span import Span

SEVERITIES: Mapping[str, int] = {"error": 1, "warning": 2}
OFFER_KINDS: Mapping[str, int] = {"key": 10, "value": 12, "name": 18, "file": 17, "snippet": 15}
SYMBOL_KINDS: Mapping[str, int] = {"mapping": 19, "list": 18, "text": 15}
SNIPPET, PLAIN = 2, 1
ADJUST_INDENTATION = 2
CODES_PAGE = "diagnostics.md"


def range_of(start: At, end: At, buffer: Buffer, encoding: Encoding) -> Json:
    """A range, in the editor's units."""
    return {
        "start": {"line": start.line, "character": buffer.units(start, encoding)},
        "end": {"line": end.line, "character": buffer.units(end, encoding)},
    }


def stretch_of(at: Stretch, buffer: Buffer, encoding: Encoding) -> Json:
    """The range of a stretch of one line."""
    return range_of(At(at.line, at.start), At(at.line, at.end), buffer, encoding)


def span_of(span: Span, buffer: Buffer, encoding: Encoding) -> Json:
    """The range of a finding's span; one that ends where it begins is shown as the word there."""
    start, end = ends_of(span)
    return range_of(start, max(start, end), buffer, encoding)


def diagnostic(finding: Diagnostic, range_: Json, related: Iterable[Json]) -> Json:
    """One finding."""
    message = "\n".join(part for part in (clean(finding.message), clean(finding.help)) if part)
    made: Json = {"range": range_, "severity": SEVERITIES[finding.severity], "code": finding.code, "source": "aua", "message": message}
    if page := code_page(finding.code):
        made["codeDescription"] = {"href": page}
    if told := list(related):
        made["relatedInformation"] = told
    return made


def code_page(code: str) -> str | None:
    """The address of a code's explanation, where the page is installed."""
    page = shipped("docs") / CODES_PAGE
    return f"{page.resolve().as_uri()}#{code.lower()}" if page.is_file() else None


def hover(said: Hover | None, buffer: Buffer, encoding: Encoding, *, markdown: bool) -> Json | None:
    """A hover's answer; without markup where the editor cannot show it."""
    if said is None:
        return None
    text = said.markdown if markdown else said.markdown.replace("**", "").replace("`", "")
    contents = {"kind": "markdown" if markdown else "plaintext", "value": text}
    return {"contents": contents, "range": stretch_of(said.at, buffer, encoding)}


def completions(found: Offers, buffer: Buffer, encoding: Encoding, *, snippets: bool, data: Any) -> Json:
    """The list of what may be written. What names mean is told when one of them is looked at (`completionItem/resolve`)."""
    range_ = stretch_of(found.replaces, buffer, encoding)
    items = [_item(offer, range_, snippets=snippets, data=data) for offer in found.offers if snippets or offer.shape != "snippet"]
    return {"isIncomplete": False, "items": items}


def _item(offer: Offer, range_: Json, *, snippets: bool, data: Any) -> Json:
    as_snippet = offer.snippet and snippets
    text = offer.insert if as_snippet or not offer.snippet else f"{offer.label}: "
    item: Json = {
        "label": offer.label,
        "kind": OFFER_KINDS[offer.shape],
        "sortText": f"{offer.rank:05}",
        "insertTextFormat": SNIPPET if as_snippet else PLAIN,
        "textEdit": {"range": range_, "newText": text},
    }
    if as_snippet and "\n" in text:
        item["insertTextMode"] = ADJUST_INDENTATION
    if offer.detail:
        item["detail"] = offer.detail
    if offer.doc:
        item["documentation"] = {"kind": "markdown", "value": offer.doc}
    elif offer.shape == "name":
        item["data"] = data
    return item


def flat_symbols(found: Iterable[Json], uri: str, container: str = "") -> Iterator[Json]:
    """The same without a tree, for editors that show none."""
    for symbol in found:
        location = {"uri": uri, "range": symbol["selectionRange"]}
        yield {"name": symbol["name"], "kind": symbol["kind"], "location": location, "containerName": container}
        yield from flat_symbols(symbol["children"], uri, symbol["name"])


def symbols(found: Iterable[Symbol], buffer: Buffer, encoding: Encoding) -> list[Json]:
    """The tree of symbols."""
    return [
        {
            "name": symbol.name,
            "detail": symbol.detail,
            "kind": SYMBOL_KINDS[symbol.shape],
            "range": range_of(At(symbol.at.line, symbol.at.start), symbol.end, buffer, encoding),
            "selectionRange": stretch_of(symbol.at, buffer, encoding),
            "children": symbols(symbol.parts, buffer, encoding),
        }
        for symbol in found
    ]
