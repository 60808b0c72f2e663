"""A load beside an earlier one: figure by figure, and by how much each has changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from aua_runtime.loadtest.expect import PLAIN, figure
from aua_runtime.loadtest.summary import Summary

FIGURES = (*PLAIN, *(f"{spread}_{share}" for spread in ("ttft", "itl", "total") for share in ("p50", "p95", "p99")))
COMPARED = ("figure", "before", "now", "change")


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two loads; seconds, shares or units a second. `change` is the part by which it grew."""

    name: str
    before: float | None
    now: float | None
    change: float | None


def earlier(path: str) -> dict[str, float | None]:
    """The figures of a report that was written with `--json`. ValueError says what is wrong with it."""
    try:
        data = orjson.loads(Path(path).read_bytes())
    except OSError as failure:
        raise ValueError(f"{path}: {failure.strerror}") from None
    except orjson.JSONDecodeError:
        raise ValueError(f"{path}: not JSON; an earlier report is written with --json") from None
    if not isinstance(data, dict) or data.get("schema_version") != 1 or "ttft" not in data:
        raise ValueError(f"{path}: no report of a load of this version")
    return {name: _read(data, name) for name in FIGURES}


def _read(data: Mapping[str, object], name: str) -> float | None:
    of, _, share = name.rpartition("_")
    spread = data.get(of)
    found = data.get(name) if name in PLAIN else spread.get(share) if isinstance(spread, dict) else None
    return float(found) if isinstance(found, (int, float)) else None


def differences(summary: Summary, before: Mapping[str, float | None]) -> Iterator[Difference]:
    """Every figure that either load has."""
    for name in FIGURES:
        old, new = before.get(name), figure(summary, name)
        if old is not None or new is not None:
            change = (new - old) / old if old and new is not None else None
            yield Difference(name, old, new, change)


def as_row(one: Difference) -> tuple[str, ...]:
    """A row of a table."""
    shown = ["-" if value is None else f"{value:.4g}" for value in (one.before, one.now)]
    return (one.name, *shown, "-" if one.change is None else f"{one.change:+.1%}")
