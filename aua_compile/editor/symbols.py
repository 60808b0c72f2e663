"""The outline of a config as a tree of names, for an editor's list of symbols."""

from typing import Literal

from aua_compile.editor.position import At, Stretch
from aua_compile.editor.sketch import Part
from aua_compile.frozen import dataclass

LONGEST_DETAIL = 80


@dataclass(frozen=True, slots=True)
class Symbol:
    """A key or an entry of a list, with what lies in it."""

    name: str
    detail: str
    shape: Literal["mapping", "list", "text"]
    at: Stretch
    end: At
    parts: "tuple[Symbol, ...]"


def symbols(root: Part) -> tuple[Symbol, ...]:
    """The symbols of a text, outermost first. Single items of a list of words are no symbols of their own."""
    return tuple(_symbol(part) for part in root.parts if part.key or part.index is not None)


def _symbol(part: Part) -> Symbol:
    words = part.shape == "list" and all(not item.parts for item in part.parts)
    inner = () if words else symbols(part)
    detail = ", ".join(item.text for item in part.parts if item.text) if words else part.text
    name = part.key or part.child_text("name") or part.text or str(part.index)
    shape: Literal["mapping", "list", "text"] = "list" if part.shape == "list" else "mapping" if part.parts else "text"
    at = part.key_at if part.key_at.end > part.key_at.start else part.text_at or part.key_at
    return Symbol(name, detail[:LONGEST_DETAIL], shape, at, max(part.end, At(at.line, at.end)), inner)
