import pytest
from aua_runtime.classify import GENERAL, probabilities, vocabulary_of
from harness import subject
from hypothesis import given
from hypothesis import strategies as st

CODE = subject(
    "code", keywords={"python": 0.9, "function": 0.5, "c++": 0.9, "stack trace": 0.8, "```": 0.7, "unit_test": 0.6, "größe": 0.9}
)
MATH = subject("math", keywords={"integral": 0.9, "prove": 0.6, "function": 0.4, "∫": 0.9})
VOCABULARY = vocabulary_of((CODE, MATH))


def top(question: str, context: str = "") -> str:
    return next(iter(probabilities(question, context, VOCABULARY)))


@pytest.mark.parametrize("question", ["hello", "", "How are you today?", "?!", "你好", "pythonic functional", "cpp"])
def test_a_question_that_speaks_for_no_field_is_general(question: str) -> None:
    found = probabilities(question, "", VOCABULARY)
    assert found[GENERAL] == 1.0
    assert found["code"] == found["math"] == 0.0


@pytest.mark.parametrize(
    "question",
    [
        "Write PYTHON.",
        "a c++ question",
        "My stack-trace says",
        "the stack\ntrace",
        "```\nx\n```",
        "a unit test",
        "die Größe",
        "function of a stack trace",
    ],
)
def test_words_phrases_symbols_and_other_scripts_speak_for_their_field(question: str) -> None:
    assert top(question) == "code"


def test_symbols_are_found_inside_words() -> None:
    assert top("∫x dx") == "math"


def test_words_of_one_phrase_that_are_apart_say_nothing() -> None:
    assert top("a trace of the stack") == GENERAL


def test_a_word_counts_once() -> None:
    once, often = (probabilities(text, "", VOCABULARY)["math"] for text in ("prove", "prove prove prove"))
    assert once == often


def test_more_evidence_makes_a_field_likelier() -> None:
    less, more = (probabilities(text, "", VOCABULARY)["math"] for text in ("prove", "prove the integral"))
    assert less < more


def test_earlier_turns_count_less_than_the_question() -> None:
    assert top("Now prove it.", "python") == "math"
    assert probabilities("go on", "python", VOCABULARY)["code"] < probabilities("python", "", VOCABULARY)["code"]
    assert top("go on", "python") == "code"


def test_of_a_long_question_only_both_ends_are_read() -> None:
    filling = "word " * 10_000
    assert top(f"python {filling}") == "code"
    assert top(f"{filling} python") == "code"
    assert top(f"{filling} python {filling}") == GENERAL


def test_of_the_context_only_the_end_is_read() -> None:
    assert top("go on", "python " + "word " * 1000) == GENERAL


def test_a_field_named_general_holds_the_prior_and_its_own_words() -> None:
    vocabulary = vocabulary_of((CODE, subject(GENERAL, keywords={"weather": 0.9})))
    assert probabilities("hello", "", vocabulary)[GENERAL] == 1.0
    assert next(iter(probabilities("the weather", "", vocabulary))) == GENERAL


@given(st.text(max_size=400), st.text(max_size=400))
def test_probabilities_sum_to_one_and_fall(question: str, context: str) -> None:
    values = list(probabilities(question, context, VOCABULARY).values())
    assert sum(values) == pytest.approx(1)
    assert values == sorted(values, reverse=True)
