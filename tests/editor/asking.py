"""Asks the editor modules about a text in which `¦` marks the cursor."""

from collections.abc import Mapping
from pathlib import Path

from aua_compile.bundle import Choices, read
from aua_compile.compiler import configured
from aua_compile.config.resolve import Resolved
from aua_compile.editor.around import Around
from aua_compile.editor.completion import Offer, completion
from aua_compile.editor.definition import definition
from aua_compile.editor.hover import hover
from aua_compile.editor.place import Place, place
from aua_compile.editor.position import Buffer, Stretch
from aua_compile.editor.sketch import Part, sketch
from aua_compile.registry.catalog import Catalog
from aua_compile.source import Source
from aua_compile.span import Span

CURSOR = "¦"
HEAD = 'config_version: "1.0"\nproject: {name: shop}\npreset: coding\ntier: single-4090\n'
CATALOG = Catalog()


def linked(span: Span) -> str:
    return f"file:///{span.file}#L{span.line}"


AROUND = Around(CATALOG, linked)


def marked(text: str) -> tuple[Buffer, Part, Place]:
    offset = text.index(CURSOR)
    buffer = Buffer.of(text.replace(CURSOR, "", 1))
    root = sketch(buffer)
    return buffer, root, place(root, buffer, buffer.place(offset))


def resolved(folder: Path, files: Mapping[str, str]) -> Resolved:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    sources: dict[str, Source] = {}
    checked = read(Choices(str(folder / "aua.yaml")), sources).then(lambda bundle: configured(bundle, CATALOG))
    assert checked.value is not None, checked.diagnostics
    return checked.value


def offers(text: str, around: Around = AROUND) -> dict[str, Offer]:
    _, root, here = marked(text)
    return {offer.label: offer for offer in completion(here, root, around).offers}


def written(text: str, label: str, around: Around = AROUND) -> str:
    """The text after one offer was taken, as an editor that indents snippets writes it."""
    buffer, root, here = marked(text)
    found = completion(here, root, around)
    offer = next(offer for offer in found.offers if offer.label == label)
    at = found.replaces
    line = buffer.lines[at.line]
    indent = " " * (len(line) - len(line.lstrip(" ")))
    inserted = offer.insert.replace("\n", f"\n{indent}")
    lines = [*buffer.lines]
    lines[at.line] = line[: at.start] + inserted + line[at.end :]
    return "\n".join(lines)


def said(text: str, around: Around = AROUND) -> str | None:
    _, root, here = marked(text)
    found = hover(here, root, around)
    return None if found is None else found.markdown


def places(text: str, around: Around = AROUND) -> list[Stretch | Span | str]:
    _, root, here = marked(text)
    return definition(here, root, around)
