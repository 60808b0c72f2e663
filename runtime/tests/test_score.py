import asyncio
from math import log
from pathlib import Path

import pytest
from aua_runtime.contract.settings import Weights
from aua_runtime.request import Answer
from aua_runtime.score import curiosity_of, efficacy_of, score_of
from aua_runtime.verify import Checks
from harness import Hand, ask, completion, models, one_field, router, says, specialist, subject

WEIGHTS = Weights(0.5, 0.3, 0.2)


def answer(text: str = "words", finish_reason: str | None = "stop", **more: object) -> Answer:
    return Answer(None, text, finish_reason, **more)


def test_an_answer_that_finished_beats_one_that_was_cut_and_that_beats_nothing() -> None:
    nothing = Checks(0, 0)
    whole, cut, empty = (efficacy_of(made, nothing) for made in (answer(), answer(finish_reason="length"), answer(" ")))
    assert whole > cut > empty == 0


def test_a_tool_call_without_words_is_an_answer() -> None:
    made = answer("", "tool_calls", calls_tools=True)
    assert efficacy_of(made, Checks(0, 0)) == efficacy_of(answer(), Checks(0, 0))


def test_what_holds_helps_and_one_failure_is_not_redeemed() -> None:
    values = [efficacy_of(answer(), Checks(*made)) for made in ((3, 0), (1, 0), (0, 0), (9, 1), (0, 2))]
    assert values == sorted(set(values), reverse=True)
    assert efficacy_of(answer(), Checks(9, 1)) == efficacy_of(answer(), Checks(0, 1))


def test_confidence_is_the_geometric_mean_of_the_token_probabilities() -> None:
    made = score_of(answer(token_log_probabilities=(log(0.5), log(0.8))), "", WEIGHTS)
    assert made.confidence == made.likelihood == pytest.approx((0.5 * 0.8) ** 0.5)


def test_a_server_that_tells_nonsense_is_not_believed_beyond_certainty() -> None:
    assert score_of(answer(token_log_probabilities=(1e6,)), "", WEIGHTS).likelihood == 1
    assert score_of(answer(token_log_probabilities=(-1e6,)), "", WEIGHTS).likelihood == 0


def test_agreement_with_other_candidates_counts_twice_in_the_confidence() -> None:
    made = score_of(answer(token_log_probabilities=(log(0.6),), agreement=0.3), "", WEIGHTS)
    assert made.confidence == pytest.approx(0.4)
    assert score_of(answer(agreement=0.3), "", WEIGHTS).confidence == 0.3


def test_a_term_about_which_nothing_is_known_is_left_out() -> None:
    made = score_of(answer("new words"), "question", WEIGHTS)
    assert made.confidence is None
    assert made.utility == pytest.approx((0.5 * 0.9 + 0.2 * 1) / 0.7)


def test_the_terms_are_weighted_as_the_field_says() -> None:
    made = score_of(answer("new words", token_log_probabilities=(log(0.5),)), "question", WEIGHTS)
    assert made.utility == pytest.approx(0.5 * 0.9 + 0.3 * 0.5 + 0.2 * 1)


def test_an_answer_that_repeats_the_question_adds_nothing() -> None:
    assert curiosity_of("What is it?", "so what IS it?") == 0
    assert curiosity_of("A fox.", "what is it") == 1


def asked(folder: Path, reply: object, **body: object) -> dict[str, object]:
    """The signals of an answer that a router has checked before it gave it."""

    async def test() -> dict[str, object]:
        async with models(says(reply) if isinstance(reply, str) else (lambda wire: wire.whole(reply))) as served:
            a = specialist("a", "alpha", served.url)
            async with router(Hand((subject("alpha", a, stream_mode="decided"),), (a,)), folder) as it:
                answered = await it.chat(**body)
                return answered.data["aua"]["utility"]["signals"]

    return asyncio.run(asyncio.wait_for(test(), 20))


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
TOOLS = [{"type": "function", "function": {"name": "count", "parameters": SCHEMA}}]


def calls(arguments: str) -> dict[str, object]:
    call = {"id": "t", "type": "function", "function": {"name": "count", "arguments": arguments}}
    return completion("", message={"role": "assistant", "content": None, "tool_calls": [call]}, finish_reason="tool_calls")


@pytest.mark.parametrize(
    ("reply", "body", "passed", "failed"),
    [
        ("Nothing to check here.", {}, 0, 0),
        ("So 2 + 2 = 4 and 2 * 3 = 7.", {}, 1, 1),
        ('{"n": 1}', {"response_format": FORMAT}, 1, 0),
        ('{"n": "1"}', {"response_format": FORMAT}, 0, 1),
        ("no", {"response_format": {"type": "json_object"}}, 0, 1),
        (calls('{"n": 1}'), {"tools": TOOLS}, 1, 0),
        (calls('{"n": "1"}'), {"tools": TOOLS}, 0, 1),
        ("x = 2 it is.", {"question": "Solve x + 1 = 3 for alpha."}, 1, 0),
    ],
)
def test_an_answer_is_held_against_what_its_request_gave(
    tmp_path: Path, reply: object, body: dict[str, object], passed: int, failed: int
) -> None:
    signals = asked(tmp_path, reply, **body)
    assert (signals["checks_passed"], signals["checks_failed"]) == (passed, failed)


def test_quotations_are_held_against_every_message_of_the_conversation(tmp_path: Path) -> None:
    sources = "Answer from these.\n[1] The mill on the river was built in 1820 by two brothers.\n" + "[2] Nothing else is known. " * 10
    messages = [{"role": "system", "content": sources}, {"role": "user", "content": "Who built the mill, alpha?"}]
    signals = asked(tmp_path, 'It "was built in 1820 by two brothers" [1], see also [3].', messages=messages)
    assert (signals["checks_passed"], signals["checks_failed"]) == (2, 1)


def test_an_answer_that_was_relayed_is_scored_afterwards(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says("So 2 + 2 = 5.")) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).status == 200
            text = ""

            async def scrape() -> bool:
                nonlocal text
                text = (await ask(it.management, "GET", "/metrics")).body.decode()
                return 'aua_specialist_efficacy_count{specialist="a"} 1' in text

            for _ in range(100):
                if await scrape():
                    break
                await asyncio.sleep(0.01)
            assert 'aua_specialist_efficacy_sum{specialist="a"} 0.333' in text

    asyncio.run(asyncio.wait_for(test(), 20))
