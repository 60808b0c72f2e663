import asyncio

import pytest
from aua_runtime.verify import CHARACTERS_MAX, Checks, check, checks_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "passed", "failed"),
    [
        ("2 + 2 = 4", 1, 0),
        ("so 2 + 2 = 5.", 0, 1),
        ("10 / 4 = 2.5 and 1/3 = 0.33", 2, 0),
        ("5 \u2212 7 = \u22122 and 3 \u00d7 4 = 12", 2, 0),
        ("1 / 0 = 5", 0, 1),
        ("1 + 2 * 3 = 7", 0, 0),
        ("(2 + 3) * 4 = 20", 0, 0),
        ("2^3 + 1 = 9", 0, 0),
        ("3 * 4 = 12 + 1", 0, 0),
        ("a2 + 2 = 5", 0, 0),
        ("version 1.2 - 3 = x", 0, 0),
    ],
)
def test_sums_that_stand_alone_are_checked(text: str, passed: int, failed: int) -> None:
    assert check(text) == Checks(passed, failed)


@pytest.mark.parametrize(
    ("block", "passed", "failed"),
    [
        ("python\nx = 1\n", 1, 0),
        ("py\ndef f(:\n", 0, 1),
        ("json\n[1, 2]\n", 1, 0),
        ("json\n{1}\n", 0, 1),
        ("rust\nfn(\n", 0, 0),
        ("\nx = = 1\n", 0, 0),
        ("python\n>>> x\n", 0, 0),
        ("python\nx = 1\n...\n", 0, 0),
        ("python\n" + "(" * 5000 + "\n", 0, 1),
        ("python\n" + "-" * 9000 + "1\n", 0, 1),
        ("json\n" + "[" * 9000 + "\n", 0, 1),
    ],
    ids=range(11),
)
def test_blocks_are_parsed_by_their_language(block: str, passed: int, failed: int) -> None:
    assert check(f"Here:\n```{block}```\n") == Checks(passed, failed)


def test_code_is_never_executed() -> None:
    assert check("```python\nraise SystemExit\n```\n") == Checks(1, 0)


def test_a_block_that_was_not_closed_is_not_judged() -> None:
    assert check("```python\nx = = 1") == Checks(0, 0)


def test_at_most_so_much_is_read() -> None:
    assert asyncio.run(checks_of("x" * CHARACTERS_MAX + " 2 + 2 = 5")) == Checks(0, 0)


@given(st.text(alphabet="0123456789+-*/=().` \npythonjs{}[]", max_size=600))
def test_nothing_that_a_model_writes_breaks_the_checks(text: str) -> None:
    assert check(text).total >= 0


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_a_sum_holds_exactly_if_it_is_true(a: int, b: int, c: int) -> None:
    assert check(f"{a} + {abs(b)} = {c}") == (Checks(1, 0) if a + abs(b) == c else Checks(0, 1))
