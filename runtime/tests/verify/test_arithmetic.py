from fractions import Fraction

import pytest
from aua_runtime.verify.arithmetic import results
from hypothesis import given
from hypothesis import strategies as st


def told(text: str, question: str = "") -> tuple[int, int]:
    found = list(results(text, question))
    return sum(found), len(found) - sum(found)


@pytest.mark.parametrize(
    ("text", "passed", "failed"),
    [
        ("2 + 2 = 4", 1, 0),
        ("so 2 + 2 = 5.", 0, 1),
        ("10 / 4 = 2.5 and 1/3 = 0.33", 2, 0),
        ("2/3 = 0.66 and 2/3 = 0.67, not 2/3 = 0.68", 2, 1),
        ("0.1 + 0.2 = 0.4", 0, 1),
        ("5 \u2212 7 = \u22122 and 3 \u00d7 4 = 12", 2, 0),
        ("1 / 0 = 5", 0, 1),
        ("1 + 2 * 3 = 7, 1 + 2 * 3 = 9", 1, 1),
        ("(2 + 3) * 4 = 20 (since 2 + 3 = 5)", 2, 0),
        ("2^3 + 1 = 9, 2**3 = 8, 3\u00b2 = 9, -2^2 = -4", 4, 0),
        ("3 * 4 = 12 + 1", 0, 1),
        ("4 * 6 = 24 = 20 + 4 = 25 - 1", 3, 0),
        ("3 x 4 = 12", 1, 0),
        ("$12.50 * 3 = $37.50", 1, 0),
        ("1,234 + 1 = 1,235", 1, 0),
        ("**2 + 2 = 4**", 1, 0),
        ("- 5 + 3 = 8", 1, 0),
        ("1. 5 + 3 = 8", 1, 0),
        ("10/3 \u2248 3.3 and 100/7 \u2248 14", 2, 0),
        ("100/7 \u2248 16", 0, 1),
        (r"\(\frac{1}{2} + \frac{1}{4} = \frac{3}{4}\) and $2 \times 3 = \boxed{6}$", 2, 0),
        (r"2 \cdot 3^{2} &= 19 \\", 0, 1),
    ],
)
def test_sums_hold_or_not(text: str, passed: int, failed: int) -> None:
    assert told(text) == (passed, failed)


@pytest.mark.parametrize(
    "text",
    [
        "a2 + 2 = 5",
        "version 1.2 - 3 = x",
        "17 mod 5 + 1 = 3",
        "half of 8 = 4",
        "2,5 * 2 = 5",
        "5! = 120",
        "20% of 50 = 10",
        "1 + 1 = 10 in binary",
        "10 * 100 = 1 thousand",
        "24 * 60 minutes = 1 day",
        "60 minutes = 1 hour",
        "pi * 2 + 1 = 7.28",
        "Total - 5 + 3 = 8",
        "f(2) = 4",
        "x = x + 1",
        "if 2 + 2 == 5:",
        "a[1 + 1] = 3",
        "log 10 + 1 = 2",
        "7 = 8",
        "2 + = 5",
        "ec2 = 2015-03-01",
        "the day is 2024-03-11 = Monday, or 2024-03-11 = 2000",
        "row7 + 1 = 9",
        "at 12:30 + 1 = 14",
    ],
)
def test_what_may_be_part_of_something_else_is_not_judged(text: str) -> None:
    assert told(text) == (0, 0)


@pytest.mark.parametrize(
    ("text", "passed", "failed"),
    [
        ("The solutions are x = 2 and x = 3.", 2, 0),
        ("So x = 6/2 = 3 or x = -2.", 2, 1),
        ("If x = 1 then 1 - 5 + 6 = 2, which is not 0; x = 2.", 2, 0),
        ("x = 2 and again x = 2", 1, 0),
    ],
)
def test_solutions_solve_the_question_or_not(text: str, passed: int, failed: int) -> None:
    assert told(text, "Solve x^2 - 5x + 6 = 0.") == (passed, failed)


def test_a_solution_that_may_be_rounded_is_not_judged() -> None:
    assert told("x = 1.41", "Solve x^2 = 2") == (0, 0)


@pytest.mark.parametrize("question", ["Solve x + y = 3.", "If x = 3, what is 2x?", "Solve x = 1 + 1 and y + 1 = 2", "What is x?"])
def test_a_question_without_one_equation_in_one_variable_judges_no_solution(question: str) -> None:
    assert told("x = 7", question) == (0, 0)


@pytest.mark.parametrize(
    ("text", "passed", "failed"),
    [
        ("(x - 2)(x - 3) = x^2 - 5x + 6", 1, 0),
        ("(x - 2)(x - 3) = x^2 - 6x + 6", 0, 1),
        ("(x^2 - 1)/(x - 1) = x + 1", 1, 0),
        ("(a + b)^2 = a^2 + 2a*b + b^2", 1, 0),
        ("x(x + 1) = x^2 + x", 0, 0),
    ],
)
def test_forms_of_one_expression_are_equal_or_not(text: str, passed: int, failed: int) -> None:
    assert told(text, "Expand and simplify.") == (passed, failed)
    assert told(text, "What about this?") == (0, 0), "an equation to be solved is no identity"


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_a_sum_holds_exactly_if_it_is_true(a: int, b: int, c: int) -> None:
    assert told(f"{a} + {abs(b)} = {c}") == ((1, 0) if a + abs(b) == c else (0, 1))


@given(
    st.recursive(
        st.integers(0, 99).map(str),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        max_leaves=12,
    )
)
def test_nested_sums_have_the_value_that_python_gives_them(text: str) -> None:
    value = eval(text)  # noqa: S307 - digits, signs and brackets that this test made
    assert told(f"1 * {text} = {value}") == (1, 0)
    assert told(f"1 * {text} = {value + 1}") == (0, 1)


@given(st.fractions(-(10**12), 10**12, max_denominator=999), st.integers(1, 6))
def test_a_quotient_rounded_to_any_decimals_holds(value: Fraction, decimals: int) -> None:
    scaled = round(abs(value) * 10**decimals)
    text = f"{scaled // 10**decimals}.{scaled % 10**decimals:0{decimals}d}"
    assert told(f"{abs(value.numerator)} / {value.denominator} = {text}") == (1, 0)
