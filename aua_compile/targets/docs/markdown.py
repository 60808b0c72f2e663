"""The forms of Markdown that the pages are made of. Whatever a user typed goes through `aua_compile.render.markdown` first."""

import re
from collections.abc import Iterable, Sequence

from aua_compile.plan.model import Plan
from aua_compile.render import markup_comment
from aua_compile.targets.header import header

INDENT = "   "
_INNER_LINE = r"(?<=\n)(?=[^\n])"


def page(plan: Plan, title: str, *blocks: str) -> str:
    """A page: the remark on where it comes from, its title, its blocks with an empty line between them. Empty blocks are left out."""
    return "\n\n".join([markup_comment(header(plan)), f"# {title}", *(block for block in blocks if block)]) + "\n"


def section(title: str, *blocks: str) -> str:
    """A heading and what stands under it; nothing, if that is nothing."""
    kept = [block for block in blocks if block]
    return "\n\n".join([f"## {title}", *kept]) if kept else ""


def fenced(text: str, language: str = "") -> str:
    """Text as it is, in a fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def numbered(items: Iterable[str]) -> str:
    """Items that may hold blocks; those are indented below their number."""
    return "\n".join(f"{number}. {re.sub(_INNER_LINE, INDENT, item)}" for number, item in enumerate(items, 1))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing, if it has no rows. Columns whose head ends in a unit in brackets hold numbers and stand to the right."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return ""
    rule = "|".join("---:" if head.endswith(")") else "---" for head in heads)
    return "\n".join([f"| {' | '.join(heads)} |", f"|{rule}|", *body])
