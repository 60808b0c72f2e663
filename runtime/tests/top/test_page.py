from dataclasses import replace

import pytest
from aua_runtime.status.watch import Router
from aua_runtime.top.lines import plain, width_of
from aua_runtime.top.page import as_text, page, still
from aua_runtime.top.view import View
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import picture

PICTURES = (picture(), picture(40, 12), picture(1, 0), picture(samples=False))


def texts(width: int, height: int, view: View | None = None, number: int = 0) -> list[str]:
    return [plain(each) for each in page(PICTURES[number], view or View(2.0), width, height)]


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 250),
    st.integers(0, 80),
    st.builds(View, st.just(2.0), help=st.booleans(), alone=st.booleans(), typing=st.booleans(), filter=st.sampled_from(("", "s1", "zzz"))),
    st.integers(0, len(PICTURES) - 1),
)
def test_no_page_is_larger_than_its_screen(width: int, height: int, view: View, number: int) -> None:
    lines = page(PICTURES[number], view, width, height)
    assert len(lines) <= height
    assert all(width_of(each) <= width for each in lines)


def test_everything_that_was_promised_fits_80_by_24() -> None:
    shown = "\n".join(texts(80, 24))
    for told in (
        "shop  ready",
        "requests  2.0/s",
        "latency   p50",
        "ttft p50",
        "AUA_BACKEND_ERROR 3",
        "arbiter both 1   by judge 1",
        "field_2",
        "share  confidence",
        "state",
        "open",
        "queue",
        "errors",
        "tok/s  retry  fallb",
        "22.0 GiB  24.0 GiB",
        "3        2       97%",
        "q quit",
    ):
        assert told in shown


def test_a_wide_screen_has_more_columns_and_a_high_one_curves() -> None:
    assert "tokens in" not in "\n".join(texts(80, 24))
    wide = "\n".join(texts(200, 60))
    assert "tokens in" in wide
    assert "REQ/S, at most 2.0" in wide


def test_rows_that_do_not_fit_are_counted() -> None:
    assert any(each.startswith("… ") and each.endswith(" more") for each in texts(80, 24, number=1))


def test_a_filter_keeps_a_specialist_and_the_fields_that_it_serves() -> None:
    shown = "\n".join(texts(100, 30, View(2.0, filter="s1")))
    assert "field_1" in shown
    assert "s1" in shown
    assert "field_2" not in shown


def test_one_table_alone_has_the_whole_screen() -> None:
    shown = texts(100, 45, View(2.0, alone=True), number=1)
    assert sum(each.startswith("s") for each in shown) == 40


def test_a_router_that_does_not_answer_is_named_with_what_was_seen_last() -> None:
    gone = replace(PICTURES[0], routers=(Router("http://127.0.0.1:8001", None, "nobody answers"),))
    shown = "\n".join(plain(each) for each in page(gone, View(2.0), 80, 24))
    assert "no router answers" in shown
    assert "http://127.0.0.1:8001: nobody answers" in shown
    assert "requests  2.0/s" in shown


def test_without_metrics_breakers_are_shown_and_where_metrics_are_told() -> None:
    shown = as_text(still(PICTURES[3], 100))
    assert "told on the management listener only" in shown
    assert "s2" in shown


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "a\nb", "\u202egnp", "日本", "a\u0301", "\x9b31m"])
def test_nothing_that_a_router_says_of_itself_reaches_the_terminal_unchanged(text: str) -> None:
    lines = page(picture(deployment=text), View(2.0), 80, 24)
    assert all(character.isascii() or character in "…█▁▂▃▄▅▆▇▼▲" for each in lines for character in plain(each))
    assert all(character.isprintable() for each in lines for character in plain(each))
