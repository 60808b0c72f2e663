"""A comparison as a review comment: the summary and a table first, causes, figures and details folded below."""

import re
from collections.abc import Iterable, Iterator, Sequence

from aua_compile.cli.diff import words
from aua_compile.cli.diff.report import Changed, Report
from aua_compile.plan.changes import HOWS

MOST_ROWS = 60
"""So many rows of a table are read; the rest is counted."""


def markdown(report: Report) -> str:
    """GitHub's Markdown, which GitLab shows alike."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"### {code(report.old.label)} → {code(report.new.label)}"
    yield ""
    yield f"**{plain(words.summary(report))}**"
    if report.security == "weaker":
        yield ""
        yield "> [!WARNING]"
        yield "> Security gets weaker: " + ", ".join(code(each.path) for each in report.changes if each.security == "weaker") + "."
    if report.changes:
        yield ""
        strictest_first = sorted(report.changes, key=lambda changed: -HOWS.index(changed.how))
        yield from _table(("", "field", "before", "after", "class", "applied by"), [_row(changed) for changed in strictest_first])
    if report.causes:
        causes = [(code(words.reason(cause)), cause.via) for cause in report.causes]
        yield from _folded(f"What causes it ({len(causes)})", _table(("config", "by"), causes))
    rows = [tuple(map(plain, row)) for row in words.figure_rows(report)]
    if rows:
        yield from _folded("Memory, capacity and cost (estimates)", _table(("of", "before", "after"), rows))
    told = words.told(report)
    if told:
        cells = [_row(changed)[:4] for changed in told]
        yield from _folded(f"Told to people ({len(told)})", _table(("", "field", "before", "after"), cells))


def _row(changed: Changed) -> tuple[str, ...]:
    before, after = words.values(changed)
    kind = words.kind_of(changed)
    return (
        changed.kind,
        code(changed.path),
        code(before),
        code(after),
        f"**{kind}**" if changed.security == "weaker" else kind,
        plain(words.done(words.way(changed), changed.services)),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    rows = list(rows)
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        yield ""
        yield f"… and {len(rows) - MOST_ROWS} more."


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", "<details>", f"<summary>{plain(title)}</summary>", "")
    yield from lines
    yield from ("", "</details>")


def code(text: str) -> str:
    r"""Text as code in a cell of a table, whatever it holds.

    >>> print(code("a|b"), code("a `b`"))
    `a\|b` `` a `b` ``
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    room = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{room}{text}{room}{fence}".replace("|", "\\|")


def plain(text: str) -> str:
    r"""Text that no part of is Markdown.

    >>> print(plain("api_key_env <b>"))
    api\_key\_env \<b\>
    """
    return re.sub(r"([\\`*_\[\]<>|~#!@&])", r"\\\1", text)
