"""`costs`: what calls cost, as a running router counts it, or as a state store kept it."""

import csv
import dataclasses
import os
import re
import sys
import time
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import orjson

from aua_runtime.cli.ask import asked, unreachable
from aua_runtime.contract.routes import METRICS_COST
from aua_runtime.cost.ledger import Entry, Unreadable, of_database, of_file
from aua_runtime.cost.lines import lines
from aua_runtime.cost.report import Report, estimates_of, of_entries, of_router_data, to_data

_AGO = re.compile(r"([0-9]{1,6})([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def show_router(url: str, *, as_json: bool) -> int:
    """Print what a running router counted. 0 done, 1 it does not tell, 4 nobody answers."""
    told = asked(url, "GET", METRICS_COST)
    if told is None:
        return unreachable(url)
    status, data = told
    if status != HTTPStatus.OK:
        print(f"The router at {url} does not tell: {data.get('message', status)}", file=sys.stderr)
        return 1
    try:
        _show(of_router_data(data), as_json=as_json)
    except (TypeError, ValueError, AttributeError):
        print(f"What answers at {url} tells no costs that this release can read.", file=sys.stderr)
        return 1
    return 0


def show_store(
    path: str | None, dsn_env: str | None, plan: str | None, since_s: float | None, currency: str | None, *, as_json: bool, as_csv: bool
) -> int:
    """Print what a state store kept. 0 done, 4 it or the plan cannot be read."""
    try:
        entries = of_file(path, since_s or 0.0) if path is not None else of_database(os.environ.get(dsn_env or "", ""), since_s or 0.0)
        known = orjson.loads(Path(plan).read_bytes()) if plan is not None else {}
        estimates = estimates_of(known)
    except Unreadable as error:
        return _cannot(str(error))
    except OSError as error:
        return _cannot(f"{plan} cannot be read: {error.strerror}")
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return _cannot(f"{plan} is not a plan")
    if as_csv:
        _write_csv(entries)
    else:
        _show(of_entries(entries, estimates, since_s, currency), as_json=as_json)
    return 0


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps(to_data(report), option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n".join(lines(report)))


def _write_csv(entries: list[Entry]) -> None:
    """Every entry, in all currencies; nothing is rounded."""
    names = [field.name for field in dataclasses.fields(Entry)]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow((*names, "currency"))
    for entry in sorted(entries, key=lambda entry: (entry.day, entry.specialist, entry.field, entry.prices)):
        writer.writerow((*(getattr(entry, name) for name in names), entry.currency))


def _cannot(reason: str) -> int:
    print(f"Costs cannot be told: {reason}.", file=sys.stderr)
    return 4


def moment(text: str) -> float:
    """`7d`, `24h`, `2026-11-01` or `2026-11-01T12:00:00Z` as seconds since 1970. ValueError for anything else.

    >>> moment("1970-01-02")
    86400.0
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return max(0.0, time.time() - int(ago[1]) * _SECONDS[ago[2]])
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo is not None else told.replace(tzinfo=UTC)).timestamp()
