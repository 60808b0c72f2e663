import asyncio
import json
import time

import pytest
from aua_runtime.verify import (
    ANY_OBJECT,
    BOUND_S,
    CHARACTERS_MAX,
    NOTHING,
    WAITING_MAX,
    Checks,
    Claim,
    Given,
    ToolCall,
    Verifier,
    check,
    checkable,
)
from hypothesis import given
from hypothesis import strategies as st

CPU_S = 0.4
"""Bound on the worst answer of 16 kB; what is seen is a tenth of a second, and other work shares the processor."""


def checked(text: str, **more: object) -> Checks:
    return check(Claim(text), Given(**more))


@pytest.mark.parametrize(
    ("text", "checkable_"),
    [
        ("A linked list is a chain of nodes; each one knows the next.", False),
        ('See [1] for more, and "what was said there in so many words".', False),
        ("The keyword argument `key=` sorts by it.", False),
        ("So 2 + 2 = 4.", True),
        ("```python\nx\n```", True),
        ("Hence x = 3.", True),
    ],
)
def test_most_prose_is_not_touched(text: str, *, checkable_: bool) -> None:
    assert checkable(text, Given(context="hello")) == checkable_


def test_quotations_are_checkable_only_where_there_is_something_to_quote() -> None:
    said = '"the mill was built in 1820" [1]'
    assert not checkable(said, Given(context="Who built the mill?"))
    assert checkable(said, Given(context="[1] The mill was built in 1820 by two brothers." + " It stands yet." * 20))


def test_code_is_never_executed() -> None:
    assert checked("```python\nraise SystemExit\n```\n") == Checks(1, 0)


def test_at_most_so_much_is_read() -> None:
    assert checked("x" * CHARACTERS_MAX + " 2 + 2 = 5") == NOTHING


def test_sums_in_code_are_not_sums_of_the_text() -> None:
    assert checked("```text\n2 + 2 = 5\n```\n") == NOTHING


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ('{"n": 1}', SCHEMA, Checks(1, 0)),
        ('{"n": "1"}', SCHEMA, Checks(0, 1)),
        ("The result is 1.", SCHEMA, Checks(0, 1)),
        ('{"m": 1}', ANY_OBJECT, Checks(1, 0)),
        ("[1]", ANY_OBJECT, Checks(0, 1)),
        ("", SCHEMA, NOTHING),
    ],
)
def test_an_answer_that_was_asked_for_in_a_shape_has_it(text: str, shape: object, expected: Checks) -> None:
    assert checked(text, shape=shape) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("count", '{"n": 1}', Checks(1, 0)),
        ("count", '{"n": true}', Checks(0, 1)),
        ("count", '{"n": ', Checks(0, 1)),
        ("other", "{}", Checks(0, 1)),
    ],
)
def test_a_call_of_a_tool_fits_the_tool(name: str, arguments: str, expected: Checks) -> None:
    assert check(Claim("", (ToolCall(name, arguments),)), Given(tools={"count": SCHEMA})) == expected


# --- nothing that a model writes holds a thread

N = CHARACTERS_MAX


def nested(opening: str, closing: str, depth: int) -> str:
    return f"```python\n{opening * depth}1{closing * depth}\n```\n"


HOSTILE = {
    "tower of powers": "10**10**10 = 5 and 9^9^9^9^9 = 1\n" * 300,
    "huge power": "2^99999999999 = 4\n" * 600,
    "squarings": "((((((7^250)^250)^250)^250)^250)^250) = 1\n" * 300,
    "long number": "9" * (N // 2) + " * " + "9" * (N // 2 - 20) + " = 1",
    "many sums": "1+1=2 " * (N // 6),
    "one chain": "1=" * (N // 2),
    "one long sum": "1+" * (N // 2 - 4) + "1 = 1",
    "open brackets": "(" * (N - 10) + "1 = 1",
    "closed brackets": "(" * (N // 2 - 10) + "1" + ")" * (N // 2 - 10) + " = 1",
    "signs": "-" * (N - 10) + "1 = 1",
    "spaces": " " * (N - 10) + "= 1",
    "thousands": "1," + "111," * (N // 4 - 2) + "1 = 1",
    "fractions": r"\frac{" * (N // 6) + "= 1",
    "braces": "x^{" * (N // 3 - 2) + "= 1",
    "stars": "**" * (N // 2 - 2) + "= 1",
    "letters": "x = 2 " * (N // 6),
    "deep code": nested("(", ")", 4000),
    "deep lists": nested("[", "]", 150),
    "deep dictionaries": nested('{"a":', "}", 150),
    "open code": "```python\n" + "[{(" * 5000 + "\n```\n",
    "lambdas": "```python\n" + "lambda: " * 2000 + "\n```\n",
    "negations": "```python\n" + "-" * (N - 40) + "1\n```\n",
    "nots": "```python\n" + "not " * (N // 4 - 10) + "x\n```\n",
    "attributes": "```python\na" + ".b" * (N // 2 - 20) + "\n```\n",
    "conjunctions": "```python\n" + "a and " * (N // 6 - 10) + "b\n```\n",
    "decorators": "```python\n" + "@a\n" * (N // 3 - 10) + "\n```\n",
    "statements": "```python\n" + "x=1\n" * (N // 4 - 10) + "```\n",
    "indents": "```python\n" + "".join(" " * depth + "if 1:\n" for depth in range(99)) + "\n```\n",
    "formats": "```python\n" + "f'{a}'" * (N // 6 - 10) + "\n```\n",
    "digits": "```python\nx = " + "9" * (N - 40) + "\n```\n",
    "fences": "```\n" * (N // 4),
    "fences in a line": "```" * (N // 3),
    "languages": "```" + "a" * (N - 10),
    "json": "```json\n" + "[" * (N - 40) + "\n```\n",
    "json numbers": "```json\n" + "9" * (N - 40) + "\n```\n",
    "quotes": '"' * N,
    "quotations": '"one two three four five six" ' * (N // 30),
    "gaps": '"' + "a ... " * 90 + '"' + "\n",
    "references": "[1][2] " * (N // 7),
    "ranges": "[" + "1-" * (N // 2),
}
CONTEXT = "[1] " + "a b " * 30_000 + "\n[2] the end"


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_a_model_writes_holds_the_thread(name: str) -> None:
    started_s = time.thread_time()
    found = check(Claim(HOSTILE[name]), Given(question="Solve x^2 = 4. Quote the sources.", context=CONTEXT))
    assert time.thread_time() - started_s < CPU_S
    assert found.total >= 0


def test_what_cannot_be_decided_within_the_bounds_is_not_a_failure() -> None:
    for name in ("tower of powers", "huge power", "long number", "deep code", "negations", "attributes", "one long sum"):
        assert checked(HOSTILE[name]).failed == 0, name


def test_a_hostile_schema_does_not_hold_the_thread_either() -> None:
    wide = {"anyOf": [{"$ref": "#"}] * 50}
    deep = {"properties": {"a": {"$ref": "#"}}, "allOf": [{"$ref": "#"}]}
    started_s = time.thread_time()
    for shape in (wide, deep, {"uniqueItems": True}, {"not": {"$ref": "#"}}, {"enum": [list(range(2000))] * 50}):
        for text in (json.dumps({"a": 1}), json.dumps(list(range(3000)))):
            checked(text, shape=shape)
    assert time.thread_time() - started_s < 1.0


def test_the_event_loop_goes_on_while_an_answer_is_checked() -> None:
    async def longest_stall_s() -> float:
        verifier = Verifier()
        checking = asyncio.create_task(verifier.checks_of([Claim(HOSTILE["statements"])] * 6, Given()))
        longest_s = 0.0
        while not checking.done():
            started_s = time.process_time()  # of all threads: what else the machine does is not the checks' doing
            await asyncio.sleep(0)
            longest_s = max(longest_s, time.process_time() - started_s)
        verifier.close()
        return longest_s

    assert asyncio.run(longest_stall_s()) < BOUND_S


def test_checks_that_take_too_long_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.verify.BOUND_S", 0.01)
    monkeypatch.setattr("aua_runtime.verify.check", lambda *_: time.sleep(0.1))

    async def test() -> list[Checks]:
        verifier = Verifier()
        try:
            return await verifier.checks_of([Claim("2 + 2 = 5")], Given())
        finally:
            verifier.close()

    assert asyncio.run(test()) == [NOTHING]


def test_no_more_than_so_many_wait() -> None:
    async def test() -> list[list[Checks]]:
        verifier = Verifier()
        try:
            return list(await asyncio.gather(*(verifier.checks_of([Claim("2 + 2 = 5")], Given()) for _ in range(WAITING_MAX + 1))))
        finally:
            verifier.close()

    assert asyncio.run(test()) == [[Checks(0, 1)]] * WAITING_MAX + [[NOTHING]]


@given(st.text(alphabet='0123456789+-*/=().,` \npythonjs{}[]"^x\\$', max_size=600))
def test_nothing_that_a_model_writes_breaks_the_checks(text: str) -> None:
    assert checked(text, question="Solve x + 1 = 2", context=CONTEXT[-2000:]).total >= 0
