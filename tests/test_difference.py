"""Short diffs: true, bounded, and soon made whatever the texts are."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.difference import LONGEST_LINE, MOST_LINES, difference
from tests.tools import within

TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


def applied(old: str, diff: str) -> str:
    """What a unified diff makes of a text."""
    lines, made, at = old.split("\n"), [], 0
    for line in diff.split("\n"):
        if line.startswith("@@"):
            start = int(line.split()[1].split(",")[0].removeprefix("-")) - 1
            made += lines[at:start]
            at = start
        elif line.startswith("+"):
            made.append(line[1:])
        else:
            assert lines[at] == line[1:]
            made += [lines[at]] if line.startswith(" ") else []
            at += 1
    return "\n".join(made + lines[at:])


@given(TEXTS, TEXTS)
def test_a_whole_diff_makes_the_new_text_of_the_old(old: str, new: str) -> None:
    found = difference(old, new)
    if old != new and "…" not in found.text:
        assert applied(old, found.text) == new
        assert old.split("\n")[: found.line - 1] == new.split("\n")[: found.line - 1]


def test_a_long_diff_is_cut_and_says_how_much_is_left() -> None:
    found = difference("\n".join("a" * 500 for _ in range(100)), "\n".join(f"{n}" for n in range(100)))
    *shown, last = found.text.split("\n")
    assert len(shown) == MOST_LINES
    assert max(map(len, shown)) == LONGEST_LINE
    assert last == "… and 177 more lines"


@pytest.mark.parametrize("lines", [3_000, 100_000])
def test_texts_that_have_nothing_in_common_are_soon_told_apart(lines: int) -> None:
    chance = random.Random(1)
    old, new = ("\n".join(str(chance.randrange(50)) for _ in range(lines)) for _ in range(2))
    with within(5):
        assert difference(old, new).text.count("\n") == MOST_LINES
