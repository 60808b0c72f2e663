import pyte
from aua_runtime.top.ansi import Screen
from aua_runtime.top.lines import Line, Span, line
from hypothesis import given
from hypothesis import strategies as st

STYLES = st.sampled_from(("", "bad", "title", "dim"))
LINES = st.lists(
    st.lists(st.builds(Span, st.text("ab ─█…", min_size=1, max_size=5), STYLES), max_size=2).map(lambda spans: (*spans,)), max_size=5
)


def expected(lines: list[Line], width: int, height: int) -> list[str]:
    rows = ["".join(span.text for span in each).ljust(width) for each in lines]
    return [*rows, *([" " * width] * (height - len(rows)))]


@given(st.lists(LINES, min_size=1, max_size=5))
def test_whatever_was_on_the_screen_the_update_shows_the_new_lines(pictures: list[list[Line]]) -> None:
    terminal = pyte.Screen(10, 5)
    stream = pyte.Stream(terminal)
    screen = Screen(colour=True)
    for lines in pictures:
        stream.feed(screen.update(lines, 10, 5))
        assert terminal.display == expected(lines, 10, 5)


def test_only_what_differs_is_written() -> None:
    screen = Screen(colour=True)
    screen.update([line("one"), line("two")], 20, 3)
    assert screen.update([line("one"), line("two")], 20, 3) == ""
    written = screen.update([line("one"), line("three")], 20, 3)
    assert "three" in written
    assert "one" not in written
    assert "\x1b[2J" not in written


def test_a_picture_is_shown_at_once_and_anew_after_a_resize_or_when_somebody_else_wrote() -> None:
    screen = Screen(colour=True)
    screen.update([line("one")], 20, 3)
    again = screen.update([line("one")], 21, 3)
    assert "\x1b[2J" in again
    assert again.startswith("\x1b[?2026h")
    assert again.endswith("\x1b[?2026l")
    screen.forget()
    assert "one" in screen.update([line("one")], 21, 3)


def test_without_colour_no_colour_is_written() -> None:
    shown = Screen(colour=False).update([line(Span("a", "bad"), Span("b", "good"), Span("c", "head"))], 20, 1)
    assert not any(f"{number}m" in shown for number in range(30, 38))
