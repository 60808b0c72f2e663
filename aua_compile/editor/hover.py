"""What a key or a value means: its declaration in words, the value that holds, and the layers that set it."""

from collections.abc import Iterator

from aua_compile.config.declare import Block, Declared
from aua_compile.config.show import written
from aua_compile.config.tree import Origin
from aua_compile.editor.around import Around
from aua_compile.editor.names import described
from aua_compile.editor.place import Place, declared_at, kind_at
from aua_compile.editor.position import Stretch
from aua_compile.editor.sketch import Part
from aua_compile.frozen import dataclass
from aua_compile.reference import accepts, default_of
from aua_compile.secrets import redacted

LONGEST_VALUE = 400


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown, and what it is about."""

    markdown: str
    at: Stretch


def hover(place: Place, root: Part, around: Around) -> Hover | None:
    """What is known of what the cursor is at; None where there is nothing to say."""
    part = place.part
    if part is None or place.role not in {"key", "value"}:
        return None
    entry = declared_at(part.path, around.block)
    if entry is None:
        return None
    if place.role == "value" and part.text_at is not None:
        said = described(entry.key.names, part.text, root, around) if entry.key.names else ""
        return Hover(said or key_page(part, entry, around), part.text_at)
    return Hover(key_page(part, entry, around), part.key_at)


def key_page(part: Part, entry: Declared, around: Around) -> str:
    """The page of one key, with what this project makes of it."""
    return "\n\n".join([*key_notes(entry), *_here(part, around)])


def key_notes(entry: Declared) -> Iterator[str]:
    """What the declaration of a key says, a paragraph each."""
    key = entry.key
    yield f"**{entry.name}**: {accepts(key.kind)}"
    yield key.doc
    if key.higher or key.lower:
        yield " ".join(f"*{word}:* {text}." for word, text in (("Higher", key.higher), ("Lower", key.lower)) if text)
    needed = "Required." if entry.required else f"Default: {default_of(entry)}."
    yield f"{needed} A change is *{key.what}*; applied by *{key.how.replace('_', ' ')}*."


def _here(part: Part, around: Around) -> Iterator[str]:
    """The value that holds and its chain of origins, strongest first, if the project was ever without errors."""
    path = part.by_name
    there, value = around.value(path)
    kind = kind_at(part.path, around.block)
    if around.resolved is None or not there or kind is None or isinstance(kind, Block):
        return
    stale = "" if around.current else " (before the present errors)"
    chain = around.resolved.origins.get(path, ())
    shown = redacted(str(_plain(written(value, kind))))[:LONGEST_VALUE].replace("`", "'")
    lines = [f"Here: `{shown}`{stale}", *(f"- {_told(origin, index, around)}" for index, origin in enumerate(chain))]
    if not chain:
        lines.append("- set by the built-in default")
    yield "\n".join(lines)


def _told(origin: Origin, index: int, around: Around) -> str:
    verb = "set by" if index == 0 else "over"
    name = origin.span.file.rpartition("/")[2]
    said = redacted(origin.text).replace("`", "'")
    return f"{verb} *{origin.layer}* [{name}:{origin.span.line}]({around.link(origin.span)})" + (f" = `{said}`" if said else "")


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
