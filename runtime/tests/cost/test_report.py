"""Reports of costs: of a router's metrics, of a store's rows, and as text."""

import asyncio
import csv
import io
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from aua_runtime.cli import main
from aua_runtime.contract.prices import PlacePrice, TokenPrice, prices
from aua_runtime.cost.ledger import Entry, of_file
from aua_runtime.cost.lines import lines
from aua_runtime.cost.report import Report, estimates_of, of_entries, of_router, of_router_data, to_data
from aua_runtime.plan import SqliteStore
from aua_runtime.state.sqlite import opened
from aua_runtime.status.samples import parsed
from harness import DEFAULT_SETTINGS, models, router, says, two_fields
from hypothesis import given
from hypothesis import strategies as st

PLAN: Any = {"estimates": [{"specialist": "swe", "cost_per_million_tokens": 0.21}, {"specialist": "math", "cost_per_million_tokens": None}]}
SCRAPE = """
aua_breaker_state{specialist="swe",worker="0"} 0
aua_breaker_state{specialist="swe",worker="1"} 0
aua_upstream_calls_total{specialist="swe",worker="0"} 3
aua_upstream_calls_total{specialist="swe",worker="1"} 5
aua_upstream_cancelled_total{specialist="swe",worker="1"} 2
aua_prompt_tokens_total{specialist="swe",worker="0"} 700
aua_completion_tokens_total{specialist="swe",worker="1"} 300
aua_cost_micro_total{specialist="swe",worker="0"} 60
aua_cost_micro_total{specialist="swe",worker="1"} 40
aua_field_cost_micro_total{field="software_engineering",worker="0"} 60
aua_field_cost_micro_total{field="software_engineering",worker="1"} 40
aua_unpriced_calls_total{specialist="swe",worker="1"} 2
aua_rent_micro_per_hour{specialist="swe",worker="0"} 340000
aua_rent_micro_per_hour{specialist="swe",worker="1"} 340000
aua_prices_info{currency="USD",prices="USD/registry/0a1b2c3d",worker="0"} 1
process_start_time_seconds{worker="0"} 1000
process_start_time_seconds{worker="1"} 1600
"""


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that answers every request with the same bytes."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def test_workers_are_summed_and_the_rent_is_paid_once() -> None:
    report = of_router(parsed(SCRAPE), estimates_of(PLAN), 4600.0)
    swe = report.specialists[0]
    assert (swe.calls, swe.unpriced_calls, swe.prompt_tokens, swe.completion_tokens, swe.cost_micro) == (10, 2, 700, 300, 100)
    assert swe.rent_micro == 340_000
    assert (swe.estimated_per_million_micro, swe.measured_per_million_micro, swe.with_idle_per_million_micro) == (
        210_000,
        100_000,
        340_000_000,
    )
    assert (report.currency, report.cost_micro, report.unpriced_calls, report.seconds) == ("USD", 100, 2, 3600.0)
    assert [(one.field, one.cost_micro) for one in report.fields] == [("software_engineering", 100)]


def test_a_report_is_read_back_as_it_was_told() -> None:
    report = of_router(parsed(SCRAPE), estimates_of(PLAN), 4600.0)
    assert of_router_data(orjson.loads(orjson.dumps(to_data(report)))) == report


ENTRIES = st.lists(
    st.builds(
        Entry,
        st.sampled_from(["2026-11-20", "2026-11-21"]),
        st.sampled_from(["swe", "math"]),
        st.sampled_from(["none", "general"]),
        st.sampled_from(["USD/a@1/00000000", "EUR/a@1/00000000", ""]),
        st.integers(1, 10**6),
        st.integers(0, 10),
        st.integers(0, 10**12),
        st.integers(0, 10**12),
        st.integers(0, 10**15),
    )
)


@given(ENTRIES)
def test_by_specialist_by_field_and_by_day_are_parts_of_the_same_sum_and_currencies_never_mix(entries: list[Entry]) -> None:
    total = 0
    for currency in {entry.currency for entry in entries}:
        report = of_entries(entries, {}, None, currency)
        parts = (report.specialists, report.fields, report.days)
        assert {sum(one.cost_micro for one in part) for part in parts} == {report.cost_micro}
        assert sum(report.other_calls.values()) + sum(one.calls for one in report.days) == sum(entry.calls for entry in entries)
        total += report.cost_micro
    assert total == sum(entry.cost_micro for entry in entries)


@given(ENTRIES)
def test_no_line_is_wider_than_80_columns(entries: list[Entry]) -> None:
    small = [replace(entry, cost_micro=entry.cost_micro % 10**10, calls=entry.calls % 10**5) for entry in entries]
    for line in lines(of_entries(small, estimates_of(PLAN), 0.0)):
        assert len(line) <= 80, line


def test_a_router_tells_what_it_counted_and_the_command_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = {"a": TokenPrice(2_500_000, 10_000_000, 250_000), "b": PlacePrice(360_000, 3_600)}

    async def test() -> None:
        async with models(says("x")) as alpha, models(says("z")) as beta:
            settings = replace(DEFAULT_SETTINGS, prices=prices("USD", "acme@1", of))
            async with router(two_fields(alpha, beta), tmp_path, settings=settings) as it:
                for question in ("alpha", "alpha", "beta"):
                    await it.chat(question)
                url = f"http://127.0.0.1:{it.management}"
                assert await asyncio.to_thread(main, ["costs", "--url", url, "--json"]) == 0
                assert await asyncio.to_thread(main, ["costs", "--url", url]) == 0
                assert await asyncio.to_thread(main, ["costs", "--url", f"http://127.0.0.1:{it.port}"]) == 1

    asyncio.run(asyncio.wait_for(test(), 20))
    told, _, text = capsys.readouterr().out.partition("\n}\n")
    report = of_router_data(orjson.loads(told + "}"))
    assert report.specialists[0].cost_micro == 95
    assert report.specialists[0].measured_per_million_micro == 4_750_000
    assert report.prices == [prices("USD", "acme@1", of).id]
    assert text.splitlines()[0].startswith("0.000095 USD for 3 calls since 2")
    kept = of_file(str(tmp_path / "state" / "aua.db"), 0.0)
    assert sum(entry.cost_micro for entry in kept) == report.cost_micro


def stored(path: Path, *rows: tuple[float, str, str | None, int | None, str | None, int | None, str | None]) -> str:
    """A state file with a call per row: time, specialist, field, status, error, cost, prices."""
    database = opened(SqliteStore(str(path), "normal"))
    for number, (at, specialist, field, status, error, cost, id_) in enumerate(rows):
        columns = "number, id, trace_id, session_id, at, dialect, stream, model, outcome, duration_s, plan, field"
        database.execute(
            f"INSERT INTO requests ({columns}) VALUES (?, 'r', 't', 's', ?, 'openai', 0, 'aua', 'answered', 1.0, 'p', ?)",
            (number, at, field),
        )
        database.execute(
            "INSERT INTO usage VALUES (?, 0, ?, ?, ?, 7, 3, 0.0, 1.0, NULL, ?, 0, ?)", (number, specialist, status, error, cost, id_)
        )
    database.close()
    return str(path)


DAY = 86400.0
ID = "USD/a@1/00000000"


def test_a_store_is_read_by_day_while_nothing_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stored(
        tmp_path / "it's #1.db",
        (DAY - 1, "swe", "general", 200, None, 48, ID),
        (DAY, "swe", "general", 200, None, 47, ID),
        (DAY, "swe", None, 500, "AUA_BACKEND_ERROR", None, ID),
        (DAY, "swe", None, 200, None, None, ID),
        (DAY, "swe", None, None, "AUA_BACKEND_UNREACHABLE", None, ID),
        (2 * DAY, "swe", "general", 200, None, 5, None),
    )
    assert main(["costs", "--state", path, "--currency", "USD", "--json"]) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert [(day["day"], day["calls"], day["unpriced_calls"], day["cost_micro"]) for day in told["days"]] == [
        ("1970-01-01", 1, 0, 48),
        ("1970-01-02", 4, 1, 47),
    ]
    assert told["other_calls"] == {"unknown": 1}
    assert main(["costs", "--state", path, "--since", "1970-01-02", "--currency", "USD"]) == 0
    assert capsys.readouterr().out.startswith("0.000047 USD for 4 calls since 1970-01-02T00:00:00Z\n")
    assert main(["costs", "--state", path, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(int(row["cost_micro"]) for row in rows) == 100


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--state", "missing.db"], 4),
        (["--state", "."], 4),
        (["--state", "text.db"], 4),
        (["--state", "empty.db"], 4),
        (["--state", "ours.db", "--plan", "missing.json"], 4),
        (["--state", "ours.db", "--plan", "text.db"], 4),
        (["--state", "ours.db", "--plan", "list.json"], 4),
        (["--dsn-env", "NOT_SET_HERE"], 4),
        (["--url", "http://127.0.0.1:9"], 4),
        (["--state", "ours.db", "--since", "yesterday"], 2),
        (["--state", "ours.db", "--since", "999999w"], 0),
        (["--state", "ours.db", "--since", ""], 2),
        (["--state", "ours.db", "--since", "99999999-01-01"], 2),
        (["--state", "ours.db", "--currency", "CHF"], 0),
        (["--state", "ours.db", "--url", "http://127.0.0.1:9"], 2),
        (["--state", "ours.db", "--dsn-env", "A"], 2),
        (["--state", "ours.db", "--json", "--csv"], 2),
        (["--since", "7d"], 2),
        (["--csv"], 2),
        (["--state", "ours.db"], 0),
    ],
)
def test_wrong_words_end_in_a_message(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    stored(tmp_path / "ours.db", (time.time(), "swe", "general", 200, None, 48, ID))
    (tmp_path / "text.db").write_text("not a database, only text" * 100)
    (tmp_path / "list.json").write_text("[]")
    sqlite3.connect(tmp_path / "empty.db").close()
    try:
        ended = main(["costs", *arguments])
    except SystemExit as error:
        ended = int(str(error.code))
    assert ended == code
    told = capsys.readouterr()
    assert bool(told.err) == (code != 0)
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"<html>", 4),
        (b"[]", 4),
        (b"", 4),
        (b'{"x": 1}', 1),
        (b'{"currency": "USD", "prices": [], "since": null, "seconds": "long"}', 1),
        (b'{"currency": "USD", "prices": [], "since": null, "seconds": null, "specialists": [7]}', 1),
        (b'{"currency": "USD", "prices": [], "since": null, "seconds": null, "cost_micro": "much"}', 1),
        (b'{"currency": "USD", "prices": [], "since": null, "seconds": null, "of_a_later_release": 7}', 0),
    ],
)
def test_what_answers_and_is_no_router_is_told_as_that(answer: bytes, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(answer) as url:
        assert main(["costs", "--url", url]) == code
    assert bool(capsys.readouterr().err) == (code != 0)


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://[::", "foo", "http://nobody.invalid:1"])
def test_an_address_that_leads_nowhere_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["costs", "--url", url]) == 4
    assert capsys.readouterr().err == f"No router answers at {url}.\n"


def test_nothing_is_told_of_an_empty_store_but_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["costs", "--state", stored(tmp_path / "a.db")]) == 0
    assert capsys.readouterr().out == "0.00 for 0 calls\n"
    assert of_entries([], {}, None) == Report("", [], None, None)
