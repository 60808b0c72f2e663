from aua_runtime.top.sections import tables
from aua_runtime.top.table import Order, rows_of
from aua_runtime.top.view import View, pressed
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import picture

TABLES = tables(picture(12, 4))
SPECIALISTS = next(table for table in TABLES if table.name == "specialists")
KEYS = (
    "q",
    "p",
    " ",
    "?",
    "/",
    "enter",
    "escape",
    "+",
    "-",
    "tab",
    "back tab",
    "left",
    "right",
    "s",
    "S",
    "r",
    "u",
    "up",
    "down",
    "page up",
)
MORE_KEYS = ("page down", "home", "end", "backspace", "clear", "quit", "x", "ä")


def after(*keys: str) -> View:
    view = View(2.0)
    for key in keys:
        view = pressed(view, key, TABLES)
    return view


def names(view: View) -> list[str]:
    return [row.cells[0].text for row in rows_of(SPECIALISTS, view.window(SPECIALISTS))]


def test_s_sorts_by_the_next_column_and_r_turns_it_around() -> None:
    assert names(after()) == [f"s{number}" for number in range(12)]
    assert names(after("s"))[:3] == ["s0", "s1", "s10"]
    assert names(after("s", "r"))[0] == "s9"
    assert after("s", "s", "s").orders["specialists"] == Order("open", falling=True)
    assert after("S", "u").orders == {}


def test_numbers_sort_as_numbers() -> None:
    view = View(2.0, orders={"specialists": Order("calls", falling=True)})
    assert names(view)[:2] == ["s11", "s10"]


def test_tab_goes_around_the_tables_and_back() -> None:
    around = ["tab"] * len(TABLES)
    assert after(*around).focus == "specialists"
    assert after("tab").focus == "devices"
    assert after("tab", "back tab").focus == "specialists"


def test_a_filter_is_typed_mended_and_dropped() -> None:
    assert names(after("/", "s", "1", "enter")) == ["s1", "s10", "s11"]
    assert after("/", "s", "1", "backspace", "q").filter == "sq"
    assert after("/", "s", "escape").filter == ""
    assert not after("/", "s", "enter").typing
    assert after("/", "s", "enter", "escape").filter == ""


def test_any_key_leaves_the_help_and_q_and_ctrl_c_end() -> None:
    assert after("?").help
    assert not after("?", "x").help
    assert after("?", "q").ended
    assert after("/", "quit").ended
    assert after("q").ended


def test_the_interval_stays_within_its_steps() -> None:
    assert after("+").interval_s == 1
    assert after(*["+"] * 20).interval_s == 0.5
    assert after(*["-"] * 20).interval_s == 60


@settings(deadline=None)
@given(st.lists(st.sampled_from(KEYS + MORE_KEYS), max_size=30))
def test_no_keys_break_anything(keys: list[str]) -> None:
    view = View(2.0)
    for key in keys:
        view = pressed(view, key, TABLES)
        assert view.focus in {table.name for table in TABLES}
        assert all(first >= 0 for first in view.firsts.values())


def test_keys_before_there_is_anything_to_see_do_no_harm() -> None:
    assert pressed(View(2.0), "s", ()) == View(2.0)
    assert pressed(View(2.0), "q", ()).ended
