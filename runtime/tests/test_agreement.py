import time

import pytest
from aua_runtime.agreement import similarity


def test_what_both_say_anyway_is_no_agreement() -> None:
    question = "Which metal is liquid at room temperature?"
    one, other = "The metal that is liquid at room temperature is mercury.", "At room temperature the liquid metal is gallium."
    assert similarity(one, other) > 0.5
    assert similarity(one, other, question) == 0
    assert similarity(one, "It is mercury, a liquid metal.", question) == 1
    assert similarity("It is liquid.", "It is not liquid.", question) < 0.9


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("The answer is 42.", "I get 42", 0.9, 1),
        ("The answer is 42.", "The answer is 41.", 0, 0.1),
        ("So the result is **42**.", r"Therefore \boxed{42}", 0.9, 1),
        ("The answer is 1,200.", "answer: 1200.0", 0.9, 1),
        ("The answer is Paris.", "Without doubt the answer is: paris", 0.9, 1),
        ("The answer is Paris.", "The answer is Rome.", 0.3, 0.8),
        ("It is 41", "It is 42", 0, 0.7),
        ("same words here", "Same WORDS here", 1, 1),
        ("", "", 1, 1),
        ("", "x", 0, 0),
        ("x " * 3000 + "1", "y " * 3000 + "1", 0, 0.5),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', 1, 1),
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', 0.5, 0.5),
        ("[1, 2, 3]", "[1, 2]", 0.6, 0.7),
        ('{"a": 1}', "[1]", 0, 0),
    ],
)
def test_answers_are_alike_by_their_result_their_members_or_their_words(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(one, other) <= most
    assert similarity(one, other) == similarity(other, one)


@pytest.mark.parametrize(
    "text", ["answer " * 3000, "answer is " * 2000, "answer is x" + " y" * 8000, "{" * 16_000, "[1," * 5000, "1" * 16_000]
)
def test_no_answer_takes_long_to_compare(text: str) -> None:
    started_s = time.thread_time()
    similarity(text, text + "x")
    assert time.thread_time() - started_s < 0.1
