"""A comparison as a person reads it in a terminal: what has to be done first, the summary last."""

from collections.abc import Iterator, Sequence

from aua_compile.cli.diff import words
from aua_compile.cli.diff.report import Changed, Report
from aua_compile.plan.changes import HOWS

MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": ">", "renamed": "»"}
_HUES = {"added": "32", "removed": "31", "changed": "33", "moved": "36", "renamed": "36"}
_ALARMING, _QUIET, _STRONG = "1;31", "2", "1"


def text(report: Report, *, colour: bool) -> str:
    """All lines, each ending in a line feed."""
    return "".join(f"{line}\n" for line in _lines(report, _Paint(colour)))


class _Paint:
    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.on and text else text


def _lines(report: Report, paint: _Paint) -> Iterator[str]:
    for head, changes in _groups(report):
        yield paint(head, _STRONG)
        yield from _group(changes, report, paint)
        yield ""
    rows = words.figure_rows(report)
    if rows:
        yield paint("memory, capacity and cost (estimates)", _STRONG)
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        yield from (f"    {name.ljust(widths[0])}  {before.rjust(widths[1])} → {after}" for name, before, after in rows)
        yield ""
    if words.told(report) and not report.changes:
        yield paint("told to people", _STRONG)
        yield from (_change(changed, paint) for changed in words.told(report))
        yield ""
    if report.changes and not report.origins_known:
        yield paint("A plan does not say where its values come from; compare configs to see which lines cause what.", _QUIET)
    yield paint(words.summary(report), _ALARMING if report.security == "weaker" else _STRONG)


def _groups(report: Report) -> Iterator[tuple[str, Sequence[Changed]]]:
    """The changes by what has to be done for them, strictest first, each group with the services that do it."""
    found: dict[tuple[int, str], list[Changed]] = {}
    for changed in report.changes:
        found.setdefault((-HOWS.index(changed.how), words.way(changed)), []).append(changed)
    for (_, way), changes in sorted(found.items(), key=lambda group: group[0][0]):
        yield words.done(way, sorted({service for changed in changes for service in changed.services})), changes


def _group(changes: Sequence[Changed], report: Report, paint: _Paint) -> Iterator[str]:
    """The changes under what causes them: those that a change of the config explains stand together."""
    found: dict[str, list[Changed]] = {}
    for changed in sorted(changes, key=lambda changed: changed.derived):
        found.setdefault(words.because(changed, report), []).append(changed)
    for cause, several in found.items():
        if cause:
            yield f"  {paint(cause, _QUIET)}"
        yield from (_change(changed, paint) for changed in several)


def _change(changed: Changed, paint: _Paint) -> str:
    before, after = words.values(changed)
    said = after if changed.before is None else before if changed.after is None and changed.kind == "removed" else f"{before} → {after}"
    follows = f", follows {changed.because}" if changed.because else ""
    alarming = changed.security == "weaker"
    kind = paint(f"({words.kind_of(changed)}{follows})", _ALARMING if alarming else _QUIET)
    return f"    {paint(MARKS[changed.kind], _HUES[changed.kind])} {changed.path}: {said}  {kind}"
