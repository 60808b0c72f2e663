from math import log

import pytest
from aua_runtime.contract.settings import Weights
from aua_runtime.request import Answer
from aua_runtime.score import curiosity_of, efficacy_of, score_of, similarity
from aua_runtime.verify import Checks

WEIGHTS = Weights(0.5, 0.3, 0.2)


def answer(text: str = "words", finish_reason: str | None = "stop", **more: object) -> Answer:
    return Answer(None, text, finish_reason, **more)


def test_an_answer_that_finished_beats_one_that_was_cut_and_that_beats_nothing() -> None:
    nothing = Checks(0, 0)
    whole, cut, empty = (efficacy_of(made, nothing) for made in (answer(), answer(finish_reason="length"), answer(" ")))
    assert whole > cut > empty == 0


def test_a_tool_call_without_words_is_an_answer() -> None:
    assert efficacy_of(answer("", "tool_calls", calls_tools=True), Checks(0, 0)) == 1


def test_each_failed_check_costs_and_each_passed_one_helps() -> None:
    values = [efficacy_of(answer(), Checks(passed, failed)) for passed, failed in ((3, 0), (3, 1), (1, 1), (0, 1), (0, 3))]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1


def test_confidence_is_the_geometric_mean_of_the_token_probabilities() -> None:
    made = score_of(answer(token_log_probabilities=(log(0.5), log(0.8))), "", WEIGHTS)
    assert made.confidence == pytest.approx((0.5 * 0.8) ** 0.5)


def test_agreement_with_other_candidates_is_part_of_the_confidence() -> None:
    made = score_of(answer(token_log_probabilities=(log(0.6),), agreement=0.2), "", WEIGHTS)
    assert made.confidence == pytest.approx(0.4)


def test_a_term_about_which_nothing_is_known_is_left_out() -> None:
    made = score_of(answer("new words"), "question", WEIGHTS)
    assert made.confidence is None
    assert made.utility == pytest.approx((0.5 * 1 + 0.2 * 1) / 0.7)


def test_an_answer_that_repeats_the_question_adds_nothing() -> None:
    assert curiosity_of("What is it?", "what IS it") == 0
    assert curiosity_of("A fox.", "what is it") == 1


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("The answer is 42.", "I get 42", 0.9, 1),
        ("It is 41", "It is 42", 0, 0.7),
        ("same words here", "Same WORDS here", 1, 1),
        ("", "", 1, 1),
        ("", "x", 0, 0),
        ("x " * 3000 + "1", "y " * 3000 + "1", 0, 0.5),
    ],
)
def test_answers_are_alike_by_their_words_and_their_result(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(one, other) <= most
    assert similarity(one, other) == similarity(other, one)
