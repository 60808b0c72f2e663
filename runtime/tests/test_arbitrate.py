"""Answers that are decided on before a client sees them: fan-out, verdicts, reviews, abstentions."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aua_runtime import reply
from aua_runtime.arbitrate import Judge, verdict_of
from harness import (
    DEFAULT_SETTINGS,
    Hand,
    Models,
    Reply,
    Router,
    Script,
    Wire,
    ask,
    completion,
    fails,
    hangs,
    models,
    router,
    says,
    specialist,
    subject,
)

NO = "I do not know."


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def judges(*verdicts: str, confidence: float = 0.9) -> Script:
    """A judge that gives these verdicts in turn, the last one for ever."""
    given = list(verdicts)

    async def script(wire: Wire) -> None:
        word = given.pop(0) if len(given) > 1 else given[0]
        await wire.whole(completion(json.dumps({"verdict": word, "confidence": confidence, "reason": "so"})))

    return script


@dataclass
class Setup:
    """Two candidates and a judge."""

    alpha: Models
    beta: Models
    judge: Models
    it: Router

    async def both(self, **body: object) -> Reply:
        return await self.it.chat("alpha and beta", **body)


def compared(
    test: Callable[[Setup], Awaitable[None]],
    folder: Path,
    *scripts: Script,
    abstains: bool = True,
    settings: object = DEFAULT_SETTINGS,
    careful: bool = False,
    **field: object,
) -> None:
    """Run a test with the scripts of specialist `a`, specialist `b` and the judge."""

    async def inner() -> None:
        async with AsyncExitStack() as stack:
            alpha, beta, judging = [await stack.enter_async_context(models(script)) for script in scripts]
            a, b = specialist("a", "alpha", alpha.url), specialist("b", "beta", beta.url)
            judge = specialist("judge", None, judging.url)
            fields = (subject("alpha", a, **field), subject("beta", b, **field))
            made = Hand(fields, (a, b, judge), judge=Judge(judge, "Judge.", NO if abstains else None, always_for_high_risk=careful))
            made.abstention = NO if abstains else None
            it = await stack.enter_async_context(router(made, folder, settings=settings))
            await test(Setup(alpha, beta, judging, it))

    run(inner)


def content(answer: Reply) -> str:
    return str(answer.data["choices"][0]["message"]["content"])


ONE, OTHER = says("The first thing entirely."), says("Something else was meant.")


@pytest.mark.parametrize(("word", "said"), [("a", "first"), ("b", "else"), ("both", "first"), ("neither", NO)])
def test_the_judges_verdict_is_followed(tmp_path: Path, word: str, said: str) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert said in content(answer)
        assert answer.data["aua"]["verdicts"][0]["verdict"] == word
        assert answer.data["aua"]["abstained"] == (word == "neither")

    compared(test, tmp_path, ONE, OTHER, judges(word))


def test_the_judge_is_asked_for_a_bound_shape_about_marked_material(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        await setup.both(temperature=0.9)
        asked = setup.judge.seen[0].body
        assert asked["response_format"]["json_schema"]["schema"]["properties"]["verdict"]["enum"] == ["a", "b", "both", "neither"]
        assert asked["temperature"] == 0
        assert asked["messages"][0] == {"role": "system", "content": "Judge."}
        assert "The first thing entirely." in asked["messages"][1]["content"]

    compared(test, tmp_path, ONE, OTHER, judges("a"))


async def nonsense(wire: Wire) -> None:
    await wire.whole(completion("I think A."))


@pytest.mark.parametrize(
    "judge",
    [nonsense, judges("c"), judges("a", confidence=0.1), judges("a", confidence=7), fails(401)],
    ids=["prose", "word", "unsure", "range", "down"],
)
@pytest.mark.parametrize(("policy", "said"), [("balanced", "first"), ("conservative", NO)])
def test_an_unusable_verdict_never_reaches_the_user(tmp_path: Path, judge: Script, policy: str, said: str) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert said in content(answer)
        assert answer.data["aua"]["verdicts"][0]["usable"] is False
        assert answer.data["aua"]["verdicts"][0]["basis"] == "score"

    compared(test, tmp_path, ONE, OTHER, judge, arbiter_policy=policy)


def test_a_verdict_that_changes_with_the_order_is_not_followed_by_the_conservative(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert content(await setup.both()) == NO
        assert len(setup.judge.seen) == 2

    compared(test, tmp_path, ONE, OTHER, judges("a", "a"), arbiter_policy="conservative")


def test_a_verdict_that_survives_the_swap_is_followed_by_the_conservative(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert "first" in content(await setup.both())

    compared(test, tmp_path, ONE, OTHER, judges("a", "b"), arbiter_policy="conservative")


def test_where_abstaining_is_off_the_better_answer_is_given_anyway(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert "first" in content(await setup.both())

    compared(test, tmp_path, ONE, OTHER, judges("neither"), abstains=False)


GOOD_CODE = says("Take this:\n```python\nx = 1\n```\n")
BAD_CODE = says("Use that one:\n```python\nx = = 1\n```\n")


@pytest.mark.parametrize(("scripts", "said"), [((GOOD_CODE, BAD_CODE), "Take"), ((BAD_CODE, GOOD_CODE), "Take")])
def test_checks_decide_before_the_judge_is_asked(tmp_path: Path, scripts: tuple[Script, Script], said: str) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert said in content(answer)
        assert answer.data["aua"]["verdicts"][0]["basis"] == "checks"
        assert setup.judge.seen == []

    compared(test, tmp_path, *scripts, judges("a"))


def test_answers_that_say_the_same_need_no_judge(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert content(await setup.both()) in {"It is 42.", "The result: 42"}
        assert setup.judge.seen == []

    compared(test, tmp_path, says("It is 42."), says("The result: 42"), judges("neither"))


def test_in_a_field_of_high_risk_agreement_is_no_substitute_for_the_judge(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert content(await setup.both()) == NO
        assert len(setup.judge.seen) == 1

    compared(test, tmp_path, says("It is 42."), says("The result: 42"), judges("neither"), careful=True, high_risk=True)


def test_a_candidate_that_fails_leaves_the_other_to_be_judged_alone(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert "else" in content(await setup.both())
        schema = setup.judge.seen[0].body["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["verdict"]["enum"] == ["a", "neither"]

    compared(test, tmp_path, fails(401), OTHER, judges("a"))


def test_when_all_candidates_fail_the_client_hears_it(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert (await setup.both()).status == 502

    compared(test, tmp_path, fails(401), fails(401), judges("a"))


def test_a_field_of_high_risk_is_always_reviewed_and_an_unusable_review_withholds_it(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert content(await setup.it.chat("alpha")) == "The first thing entirely."
        assert len(setup.judge.seen) == 1
        setup.judge.scripts = [nonsense]
        assert content(await setup.it.chat("alpha")) == NO

    compared(test, tmp_path, ONE, OTHER, judges("a"), careful=True, high_risk=True, stream_mode="decided")


def test_pinning_does_not_get_around_the_review(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        assert content(await setup.it.chat("alpha", model="a")) == NO

    compared(test, tmp_path, ONE, OTHER, judges("neither"), careful=True, high_risk=True, stream_mode="decided")


def test_an_answer_below_the_least_confidence_is_withheld(tmp_path: Path) -> None:
    def sure(log_probability: float) -> Script:
        return says("The first thing entirely.", logprobs={"content": [{"token": "x", "logprob": log_probability}]})

    settings = replace(DEFAULT_SETTINGS, min_confidence_for_direct_answer=0.45)

    async def test(setup: Setup) -> None:
        answer = await setup.it.chat("alpha")
        assert "first" in content(answer)
        assert "logprobs" not in answer.data["choices"][0], "only the router asked for them"
        assert setup.alpha.seen[0].body["logprobs"] is True
        asked = await setup.it.chat("alpha", logprobs=True)
        assert asked.data["choices"][0]["logprobs"]["content"]
        setup.alpha.scripts = [sure(-3.0)]
        withheld = await setup.it.chat("alpha")
        assert (content(withheld), withheld.data["aua"]["abstained"]) == (NO, True)

    compared(test, tmp_path, sure(-0.1), OTHER, judges("neither"), settings=settings, stream_mode="decided")


# --- streams of decided answers


def test_a_decided_stream_starts_at_once_and_ends_as_ordinary_chunks(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both(stream=True, stream_options={"include_usage": True})
        assert setup.alpha.seen[0].body.get("stream") is None
        assert answer.frames[-1] == "[DONE]"
        chunks = [json.loads(frame) for frame in answer.frames[:-1]]
        said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])
        assert said == "The first thing entirely."
        assert [chunk["choices"][0]["finish_reason"] for chunk in chunks if chunk["choices"]][-1] == "stop"
        assert chunks[-1]["usage"]["total_tokens"] == 10
        assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}

    compared(test, tmp_path, ONE, OTHER, judges("a"))


def test_tool_calls_of_a_decided_answer_are_streamed(tmp_path: Path) -> None:
    async def tools(wire: Wire) -> None:
        call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        await wire.whole({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})

    async def test(setup: Setup) -> None:
        answer = await setup.it.chat("alpha", stream=True)
        deltas = [json.loads(frame)["choices"][0] for frame in answer.frames[:-2]]
        assert [delta["delta"]["tool_calls"][0]["index"] for delta in deltas if "tool_calls" in delta["delta"]] == [0]
        assert deltas[-1]["finish_reason"] == "tool_calls"

    compared(test, tmp_path, tools, OTHER, judges("a"), stream_mode="decided")


def test_a_waiting_client_hears_heartbeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "HEARTBEAT_S", 0.02)

    async def slow(wire: Wire) -> None:
        await asyncio.sleep(0.12)
        await wire.whole(completion())

    async def test(setup: Setup) -> None:
        answer = await setup.both(stream=True)
        assert answer.frames.count(": heartbeat") >= 2
        assert answer.frames[-1] == "[DONE]"

    compared(test, tmp_path, slow, slow, judges("a"))


def test_a_decided_stream_that_fails_ends_in_an_error_and_no_false_done(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both(stream=True)
        assert answer.status == 200
        assert json.loads(answer.frames[-1])["error"]["code"] == "AUA_BACKEND_ERROR"

    compared(test, tmp_path, fails(401), fails(401), judges("a"))


def test_a_query_stream_shows_candidates_and_verdicts_meanwhile(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await ask(setup.it.port, "POST", "/query/stream", {"query": "alpha and beta"})
        events = [frame.split("\n")[0].removeprefix("event: ") for frame in answer.frames]
        assert events == ["route", "candidate", "candidate", "verdict", "answer"]

    compared(test, tmp_path, ONE, OTHER, judges("b"))


def test_a_client_that_leaves_cancels_all_candidates(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        asking = asyncio.create_task(setup.both())
        while not (setup.alpha.seen and setup.beta.seen):  # noqa: ASYNC110 - nothing can tell it
            await asyncio.sleep(0.005)
        asking.cancel()
        for seen in (*setup.alpha.seen, *setup.beta.seen):
            await asyncio.wait_for(seen.left.wait(), 2)

    compared(test, tmp_path, hangs, hangs, judges("a"))


@pytest.mark.parametrize(
    ("text", "word", "usable"),
    [
        ('{"verdict": "a", "confidence": 0.8, "reason": "x"}', "a", True),
        ('Sure: {"verdict": "BOTH", "confidence": 1} done', "both", True),
        ('{"x": 1} {"verdict": "b", "confidence": 0.7}', "b", True),
        ('{"verdict": "a", "confidence": true}', "neither", False),
        ('{"verdict": "a"}', "neither", False),
        ("{" * 7000, "neither", False),
        ("", "neither", False),
    ],
    ids=["plain", "in prose", "second", "truth", "no confidence", "braces", "nothing"],
)
def test_a_verdict_is_found_in_what_a_judge_says(text: str, word: str, *, usable: bool) -> None:
    verdict = verdict_of(text, alone=False, least=0.6)
    assert (verdict.word, verdict.usable) == (word, usable)


def test_a_single_answer_is_accepted_or_not() -> None:
    assert not verdict_of('{"verdict": "b", "confidence": 1}', alone=True, least=0).usable
