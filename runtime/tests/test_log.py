"""What the log writes of whatever it is given."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from aua_runtime.contract import log_fields
from aua_runtime.contract.log_fields import BURST_S, EVENTS, LINE_BYTES, LogEvent
from aua_runtime.log import Log, names_of
from aua_runtime.plan import Logs
from hypothesis import given, settings
from hypothesis import strategies as st

AT_S = 1_700_000_000.1239


class Written:
    """A log whose lines are kept, with a clock that only moves when told to."""

    def __init__(self, form: str = "json", level: str = "debug", worker: int | None = None) -> None:
        self.now_s = 0.0
        self.lines: list[bytes] = []
        known = names_of.__globals__["FIXED_NAMES"] | {"swe", "mathematics"}
        self.log = Log(
            Logs(form, prompts=True),  # type: ignore[arg-type]  # a format
            level,  # type: ignore[arg-type]  # a level
            lambda: AT_S,
            names=known,
            worker=worker,
            write=self.lines.extend,
            clock=lambda: self.now_s,
        )

    def told(self, event: LogEvent, **facts: object) -> dict[str, Any]:
        self.lines.clear()
        self.log.tell(event, facts)
        self.log.flush()
        found: dict[str, Any] = json.loads(self.lines[-1])
        return found


def test_a_line_has_the_time_the_level_the_event_in_a_word_and_in_words_and_the_worker() -> None:
    line = Written(worker=3).told(log_fields.QUERY, request_id="r", trace_id="t", specialist="swe", latency_ms=12.5, code=None)
    assert list(line)[:5] == ["timestamp", "level", "event", "message", "worker"]
    assert datetime.fromisoformat(line.pop("timestamp")).timestamp() == pytest.approx(AT_S, abs=0.001)
    assert line == {
        "level": "info",
        "event": "query",
        "message": "A request for an answer ended.",
        "worker": 3,
        "request_id": "r",
        "trace_id": "t",
        "specialist": "swe",
        "latency_ms": 12.5,
    }


ANYTHING = st.one_of(st.text(st.characters(), max_size=300), st.integers(-(2**60), 2**60), st.floats(), st.booleans(), st.none())


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(EVENTS), st.sampled_from(("json", "text")), st.data())
def test_whatever_a_line_is_made_of_it_is_one_line_that_moves_no_terminal(event: LogEvent, form: str, data: st.DataObject) -> None:
    facts = {
        field.name: data.draw(st.text(max_size=300) if field.kind in {"id", "name", "address", "place"} else ANYTHING)
        for field in event.fields
    }
    written = Written(form)
    written.log.tell(event, facts)
    written.log.close()
    (line,) = written.lines
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= LINE_BYTES
    assert line[:-1].decode().isprintable() or not any(_acts(character) for character in line[:-1].decode())


def _acts(character: str) -> bool:
    """Whether a terminal or an editor acts upon a character instead of showing it."""
    return (
        ord(character) < 32
        or 0x7F <= ord(character) < 0xA0
        or character in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029\ufeff"
    )


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_what_is_of_no_closed_set_no_id_no_address_and_no_place_is_not_shown(secret: str) -> None:
    secret = f"sk-{secret} x"
    for event in EVENTS:
        for field in event.fields:
            if field.kind in {"name", "id", "address", "place", "number", "truth"}:
                written = Written()
                assert secret not in json.dumps(written.told(event, **{field.name: secret}), ensure_ascii=False)


@pytest.mark.parametrize(
    "text", ["short", "x" * 10_000, "ä" * 10_000, "日" * 10_000, "\u202e" * 10_000, "\x00" * 10_000, "😀" * 5_000, "\ud800" * 3]
)
def test_an_answer_is_cut_to_a_line_and_the_line_says_so(text: str) -> None:
    line = Written().told(log_fields.ANSWER, request_id="r" * 128, trace_id="t" * 32, content=text)
    assert text.encode("utf-8", "replace").decode().startswith(line["content"])
    assert line.get("cut", False) is (len(text) > 10)
    assert len(line["content"]) > 100 or len(text) < 10


def test_what_is_below_the_level_is_not_written_and_the_level_may_change() -> None:
    written = Written(level="warning")
    written.log.tell(log_fields.QUERY, {"request_id": "r"})
    assert not written.log.wants(log_fields.QUERY)
    written.log.level = 20
    written.log.tell(log_fields.QUERY, {"request_id": "s"})
    written.log.close()
    assert [json.loads(line)["request_id"] for line in written.lines] == ["s"]


def test_a_thousand_lines_alike_are_a_few_and_one_that_says_how_many() -> None:
    written = Written()
    for number in range(1000):
        written.log.tell(log_fields.CALL_FAILED, {"request_id": str(number), "specialist": "swe", "code": "AUA_BACKEND_ERROR"})
    written.log.tell(log_fields.CALL_FAILED, {"request_id": "x", "specialist": "mathematics", "code": "AUA_BACKEND_ERROR"})
    assert len(written.lines) == 6
    written.now_s += BURST_S
    written.log.tell(log_fields.CALL_FAILED, {"request_id": "later", "specialist": "swe", "code": "AUA_BACKEND_ERROR"})
    *_, repeated, later = map(json.loads, written.lines)
    assert later["request_id"] == "later"
    expected = {"event": "repeated", "of": "call_failed", "specialist": "swe", "code": "AUA_BACKEND_ERROR", "times": 995}
    assert expected.items() <= repeated.items()


def test_what_was_left_out_is_told_at_the_end() -> None:
    written = Written()
    for _ in range(8):
        written.log.tell(log_fields.SERVER_DOWN, {"specialist": "swe"})
    written.log.close()
    assert json.loads(written.lines[-1])["times"] == 3


def test_many_different_strangers_are_alike() -> None:
    written = Written()
    for number in range(1000):
        written.log.tell(log_fields.REQUEST_FAILED, {"route": f"/{number}", "code": "AUA_NOT_FOUND", "status": 404})
    assert len(written.log._alike) == 1  # noqa: SLF001 - that it does not grow is the claim


def test_people_read_time_level_words_and_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    written = Written("text")
    written.log.tell(log_fields.CALL_FAILED, {"request_id": "r", "specialist": "swe", "latency_ms": 1.5})
    line = written.lines[0].decode()
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d\.\d{3}Z WARNING A call to a specialist failed\. specialist=swe latency_ms=1\.5 request_id=r\n", line
    )


def test_without_a_terminal_auto_is_json() -> None:
    assert json.loads(_line("auto"))["event"] == "stopped"


def _line(form: str) -> bytes:
    written = Written(form)
    written.log.tell(log_fields.STOPPED)
    written.log.close()
    return written.lines[0]
