"""What may be seen is let through; the rest is found, and shown as its escape."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.characters import ECHO_LIMIT, code_point, escaped, invisible_in_file, invisible_in_value, shown


@pytest.mark.parametrize("text", ["plain", "Für das Büro", "漢字", "emoji \U0001f600 \u2764\ufe0f", "e\u0301", "a\nb", "non\u00a0breaking"])
def test_printable_text_is_let_through(text: str) -> None:
    assert invisible_in_value(text) == ""


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
        "\t",
        "\r",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\u2028",
        "\ufeff",
        "\ud800",
        "\ufffe",
        "\U000e0041",
    ],
)
def test_what_cannot_be_seen_is_found_and_escaped(character: str) -> None:
    assert invisible_in_value(f"a{character}b") == character
    assert escaped(f"a{character}b").isascii()
    assert escaped(f"a{character}b").isprintable()


def test_line_ends_are_fine_in_a_file_and_tabs_and_lone_returns_are_not() -> None:
    assert [found.start() for found in invisible_in_file("a\r\nb\nc\td\re")] == [6, 8]


@given(st.characters(categories=["Cc", "Cs", "Zl", "Zp"]))
def test_every_control_character_and_separator_is_refused(character: str) -> None:
    assert bool(invisible_in_value(character)) is (character != "\n")


@given(st.characters(categories=["L", "N", "P", "S"]))
def test_every_letter_digit_and_sign_that_is_drawn_is_let_through(character: str) -> None:
    hidden = "FILLER" in unicodedata.name(character, "") or character in "\u17b4\u17b5"
    assert bool(invisible_in_value(character)) is hidden


@given(st.text())
def test_a_users_words_are_shown_on_one_short_line(text: str) -> None:
    words = shown(text)
    assert len(words.splitlines()) <= 1
    assert not invisible_in_value(words)
    assert len(words) <= 10 * ECHO_LIMIT


def test_a_code_point_has_its_name() -> None:
    assert code_point("\u043e") == "U+043E CYRILLIC SMALL LETTER O"
    assert code_point("\x07") == "U+0007"
