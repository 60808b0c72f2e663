"""Values, classes and counts of a comparison in words, for text and for Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any

from aua_runtime.contract.prices import amount

from aua_compile.characters import escaped
from aua_compile.cli.diff.report import Changed, Reason, Report
from aua_compile.config.declare import Apply
from aua_compile.plan.figures import Figure
from aua_compile.secrets import redacted

LONGEST_VALUE = 60
MOST_CAUSES = 5
TELLING = ("model", "engine", "image", "devices", "port", "size_gib", "url")
"""What a part that came or went is described by, where it has it."""

HOWS: dict[Apply, str] = {
    "none": "nothing to restart",
    "hot_reload": "hot reload",
    "rolling_restart": "rolling restart",
    "recreate": "recreate",
    "manual": "work by hand on",
}


def values(changed: Changed | Reason) -> tuple[str, str]:
    """Both values, shortened to what differs."""
    before, after = changed.before, changed.after
    if changed.path.endswith("_micro"):
        return amount(before), amount(after)
    if isinstance(before, list) and isinstance(after, list) and len(_plain(before) + _plain(after)) > LONGEST_VALUE:
        old, new = _options(before), _options(after)
        return _listed(each for each in old if each not in new), _listed(each for each in new if each not in old)
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [key for key in (*before, *(key for key in after if key not in before)) if before.get(key) != after.get(key)]
        return _entries(before, keys), _entries(after, keys)
    return value(before), value(after)


def value(held: Any) -> str:
    """One value on one line; what cannot be seen is escaped, and what looks like a secret is withheld."""
    text = escaped(redacted(_plain(held)))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _plain(held: Any) -> str:
    match held:
        case None:
            return "none"
        case bool():
            return "true" if held else "false"
        case float():
            return f"{held:.6g}"
        case str():
            return held or '""'
        case list():
            return "[" + ", ".join(map(_plain, held)) + "]"
        case dict():
            telling = [key for key in TELLING if held.get(key) not in (None, [], "")] or list(held)[:3]
            return ", ".join(f"{key} {_plain(held[key])}" for key in telling)
    return str(held)


def _options(words: Sequence[Any]) -> list[str]:
    """The words of a command, each option with its value."""
    found: list[str] = []
    for word in map(_plain, words):
        if found and found[-1].startswith("-") and " " not in found[-1] and not word.startswith("-"):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def _listed(words: Iterable[str]) -> str:
    return value(", ".join(words)) if (words := list(words)) else "none"


def _entries(held: dict[str, Any], keys: Iterable[str]) -> str:
    return _listed(f"{key}={_plain(held[key])}" for key in keys if key in held)


def kind_of(changed: Changed) -> str:
    """What a change is, and what it does to security."""
    return f"{changed.what}, {changed.security}" if changed.security in {"weaker", "stronger"} else changed.what


def way(changed: Changed) -> str:
    """How one change is applied; what comes or goes as a whole is started or ended."""
    if changed.how == "recreate" and changed.path.count(".") == 1 and changed.kind in {"added", "removed"}:
        return "start" if changed.kind == "added" else "end"
    return HOWS[changed.how]


def done(way: str, services: Sequence[str]) -> str:
    """What has to be done to which services: `recreate of swe and math`."""
    if not services:
        return way.removesuffix(" on")
    names = " and ".join((", ".join(services[:-1]), services[-1]) if len(services) > 1 else services)
    return f"{way} {names}" if way.endswith(" on") else f"{way} of {names}"


def reason(cause: Reason) -> str:
    """A change of the config with both places: `routing.max_fanout: 2 (aua.yaml:5:15) → 3 (aua.yaml:5:15)`."""
    if cause.via == "file":
        return f"{cause.path}: another text"
    before, after = values(cause)
    said = [
        f"{text} ({place.file}:{place.line}:{place.column})" if place is not None else f"{text} (default)" if text != "none" else text
        for text, place in ((before, cause.said_before), (after, cause.said_after))
    ]
    return f"{cause.path}: {said[0]} → {said[1]}"


def because(changed: Changed, report: Report) -> str:
    """Why a value differs: the changes of the config, direct or through a preset, a tier or a lock; empty where nobody knows."""
    causes = [report.causes[index] for index in changed.causes]
    if not causes:
        return ""
    first = causes[0]
    head = reason(first) if len(causes) == 1 else f"{len(causes)} changes: {_several(causes)}"
    return (
        f"by the {first.via}: {head}" if len(causes) == 1 and first.via in {"preset", "tier", "lock"} and first.path != first.via else head
    )


def _several(causes: Sequence[Reason]) -> str:
    named = [cause.path for cause in causes[:MOST_CAUSES]]
    return ", ".join([*named, f"and {len(causes) - MOST_CAUSES} more"] if len(causes) > MOST_CAUSES else named)


def summary(report: Report) -> str:
    """The closing line: how many changes, what has to be done, what becomes of security, and which field forces it."""
    if not report.changes or report.strictest is None:
        differ = f" {_count(len(told(report)), 'difference')} in what people are told."
        return "No changes: both sides deploy the same." + (differ if told(report) else "")
    parts = _actions(report)
    if report.security in {"weaker", "stronger"}:
        parts.append(f"security {report.security}")
    line = f"{_count(len(report.changes), 'change')}: {', '.join(parts) or HOWS['none']}."
    strictest = report.strictest
    what, how = strictest.what, done(HOWS[strictest.how], ())
    if strictest.what_path == strictest.how_path:
        return f"{line} Strictest: {what} and {how}, by {strictest.what_path}."
    return f"{line} Strictest: {what}, by {strictest.what_path}; {how}, by {strictest.how_path}."


def _actions(report: Report) -> list[str]:
    """What has to be done, the services of each way together."""
    whole = {changed.services[0]: way(changed) for changed in report.changes if way(changed) in {"start", "end"}}
    found: dict[str, list[str]] = {}
    for each in report.actions:
        found.setdefault(whole.get(each.service, HOWS[each.how]) if each.how == "recreate" else HOWS[each.how], []).append(each.service)
    return [done(how, services) for how, services in found.items()]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def figure_rows(report: Report) -> list[tuple[str, str, str]]:
    """The figures that a change moves, as far as their words show it."""
    rows = map(_figure_row, report.figures)
    return [row for row in rows if row[1] != row[2]]


def told(report: Report) -> list[Changed]:
    """What people are told otherwise, without what the figures show and without how each side was named."""
    return [changed for changed in report.told if not changed.path.startswith(_SHOWN_ELSEWHERE)]


_SHOWN_ELSEWHERE = ("ledgers", "estimates", "project.config", "project.command", "project.recreate")


def _figure_row(figure: Figure) -> tuple[str, str, str]:
    """What a figure is of, and both values with their unit."""
    if figure.measure == "memory_gib":
        return f"memory of device {figure.of}", _gib(figure.before, figure.limit_before), _gib(figure.after, figure.limit_after)
    name, form = {
        "concurrency": ("requests at once", "{:.1f}"),
        "decode_tokens_per_s": ("tokens per second", "{:.0f}"),
        "cost_per_million_tokens": ("cost per million tokens", "{:.3f}"),
    }[figure.measure]
    before, after = ("none" if held is None else form.format(held) for held in (figure.before, figure.after))
    return f"{figure.of}: {name}", before, after


def _gib(used: float | None, limit: float | None) -> str:
    return "none" if used is None else f"{used:.1f} of {limit:.1f} GiB" if limit is not None else f"{used:.1f} GiB"
