"""SVG by hand: elements, texts that are as wide as they are said to be at most, and colours for light and dark.

No script, no font from elsewhere, no number that depends on the machine: the same drawing gives the same bytes.
"""

from collections.abc import Iterable, Mapping

from aua_compile.frozen import dataclass
from aua_compile.render import markup_comment

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SIZE, SMALL_SIZE, TITLE_SIZE = 12, 11, 15  # pixels
BOLD = 1.07  # so much wider is bold text

# Widths in thousandths of the size: the widest that the fonts of FONT draw a character of each kind, bold included.
_NARROW, _DIGIT, _SMALL, _LARGE, _WIDEST, _OTHER = 380, 620, 640, 780, 1020, 1060

STYLE = f"""\
text {{ font: {SIZE}px {FONT}; fill: #1f2328; }}
.small {{ font-size: {SMALL_SIZE}px; fill: #57606a; }}
.title {{ font-size: {TITLE_SIZE}px; font-weight: 600; }}
.strong {{ font-weight: 600; }}
.end {{ text-anchor: end; }}
.middle {{ text-anchor: middle; }}
.page {{ fill: #ffffff; }}
.box {{ fill: #f6f8fa; stroke: #57606a; }}
.outside {{ stroke-dasharray: 5 3; }}
.line {{ fill: none; stroke: #57606a; stroke-width: 1.3; }}
.dotted {{ stroke-dasharray: 2 4; }}
.dashed {{ stroke-dasharray: 6 4; }}
.halo {{ paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }}
.head {{ fill: #57606a; }}
.t0 {{ fill: #0969da; }} .t1 {{ fill: #8250df; }} .t2 {{ fill: #bf3989; }} .t3 {{ fill: #bc4c00; }}
.t4 {{ fill: #1a7f37; }} .t5 {{ fill: #6e7781; }} .t6 {{ fill: #d4a72c; }} .free {{ fill: #eaeef2; }}
.edge {{ fill: none; stroke: #1f2328; stroke-width: 1; }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #e6edf3; }}
.small {{ fill: #9198a1; }}
.page {{ fill: #0d1117; }}
.box {{ fill: #161b22; stroke: #9198a1; }}
.line {{ stroke: #9198a1; }}
.halo {{ stroke: #0d1117; }}
.head {{ fill: #9198a1; }}
.t0 {{ fill: #388bfd; }} .t1 {{ fill: #a371f7; }} .t2 {{ fill: #db61a2; }} .t3 {{ fill: #db6d28; }}
.t4 {{ fill: #2ea043; }} .t5 {{ fill: #848d97; }} .t6 {{ fill: #e3b341; }} .free {{ fill: #2a313c; }}
.edge {{ stroke: #e6edf3; }}
}}"""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Elements on a page of a size, with what someone hears who does not see it."""

    width: float
    height: float
    title: str
    description: str
    elements: tuple[str, ...]


def svg(drawing: Drawing, remark: str) -> str:
    """The whole file; `remark` says where it comes from."""
    width, height = _number(drawing.width), _number(drawing.height)
    box_of = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box_of} role="img" aria-labelledby="title description">',
            markup_comment(remark),
            f'<title id="title">{escaped(drawing.title)}</title>',
            f'<desc id="description">{escaped(drawing.description)}</desc>',
            f"<style>\n{STYLE}\n</style>",
            element("rect", {"class": "page", "width": drawing.width, "height": drawing.height}),
            *drawing.elements,
            "</svg>\n",
        ]
    )


def element(name: str, attributes: Mapping[str, str | float], content: str = "") -> str:
    """An element; `content` is written as it is."""
    said = "".join(f' {key}="{escaped(value) if isinstance(value, str) else _number(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def text(x: float, y: float, words: str, style: str = "", *, most: float | None = None) -> str:
    """A line of text. One that may be wider than `most` is shortened, and tells the whole when pointed at."""
    shown = words if most is None else shortened(words, most, size_of(style))
    whole = f"<title>{escaped(words)}</title>" if shown != words else ""
    attributes: dict[str, str | float] = {"class": style} if style else {}
    return element("text", attributes | {"x": x, "y": y}, whole + escaped(shown))


def size_of(style: str) -> float:
    """The size of text of a style, as large as it looks: bold text is wider."""
    if "title" in style:
        return TITLE_SIZE * BOLD
    return (SMALL_SIZE if "small" in style else SIZE) * (BOLD if "strong" in style else 1)


def box(x: float, y: float, width: float, height: float, style: str, about: str = "", *, radius: float = 0) -> str:
    """A rectangle; `about` is told when it is pointed at."""
    attributes: dict[str, str | float] = {"class": style, "x": x, "y": y, "width": width, "height": height}
    whole = f"<title>{escaped(about)}</title>" if about else ""
    return element("rect", attributes | ({"rx": radius} if radius else {}), whole)


def width_of(words: str, size: float = SIZE) -> float:
    """The most that a text takes, in pixels."""
    return sum(map(_thousandths, words)) * size / 1000


def shortened(words: str, most: float, size: float) -> str:
    """As much of a text as surely fits, with an ellipsis where it was cut; nothing where not even that fits."""
    if width_of(words, size) <= most:
        return words
    room = most * 1000 / size - _thousandths("…")
    for kept, character in enumerate(words):
        room -= _thousandths(character)
        if room < 0:
            return f"{words[:kept]}…" if kept else ""
    return words


def _thousandths(character: str) -> int:
    if character in "ijltfrI.,:;|!'()[]{} /-":
        return _NARROW
    if character in "mwMW@%…—":
        return _WIDEST
    if not character.isascii():
        return _OTHER
    return _DIGIT if character.isdigit() else _LARGE if character.isupper() else _SMALL


def escaped(words: str) -> str:
    """Text as XML holds it."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _number(value: float) -> str:
    """In tenths at most."""
    return f"{value:.1f}".removesuffix(".0")


def joined(points: Iterable[tuple[float, float]]) -> str:
    """The points of a path as SVG writes them."""
    return " ".join(f"{_number(x)} {_number(y)}" for x, y in points)
