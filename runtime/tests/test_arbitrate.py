"""Answers that are decided on before a client sees them: fan-out, verdicts, reviews, abstentions."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aua_runtime import reply
from aua_runtime.arbitrate import Judge
from aua_runtime.arbitrate.judge import statement_of
from aua_runtime.contract.arbitration import SWAPPED, Mode
from aua_runtime.contract.settings import WelfareSettings
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


def judges(word: str, confidence: float = 0.9) -> Script:
    """A judge that gives this verdict on `ONE` as `a` and another as `b`, in whichever order they come."""

    async def script(wire: Wire) -> None:
        asked = wire.seen.body["messages"][1]["content"]
        turned = "<answer b" in asked and asked.find("The first thing") > asked.index("<answer b")
        await wire.whole(completion(json.dumps({"verdict": SWAPPED[word] if turned else word, "confidence": confidence, "reason": "so"})))

    return script


def prefers_the_place(word: str) -> Script:
    """A judge that says the same word whatever the order."""
    return says(json.dumps({"verdict": word, "confidence": 0.9, "reason": "so"}))


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
    mode: Mode = "pairwise",
    **field: object,
) -> None:
    """Run a test with the scripts of specialist `a`, specialist `b` and the judge."""

    async def inner() -> None:
        async with AsyncExitStack() as stack:
            alpha, beta, judging = [await stack.enter_async_context(models(script)) for script in scripts]
            a, b = specialist("a", "alpha", alpha.url), specialist("b", "beta", beta.url)
            judge = specialist("judge", None, judging.url)
            fields = (subject("alpha", a, **field), subject("beta", b, **field))
            made = Hand(
                fields, (a, b, judge), judge=Judge(judge, "Judge.", NO if abstains else None, always_for_high_risk=careful, mode=mode)
            )
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


def test_the_judge_is_asked_in_either_order(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        await setup.both()
        asked = [seen.body["messages"][1]["content"] for seen in setup.judge.seen]
        firsts = [text.index("The first thing") < text.index("Something else") for text in asked]
        assert sorted(firsts) == [False, True]

    compared(test, tmp_path, ONE, OTHER, judges("a"))


@pytest.mark.parametrize("place", ["a", "b"])
@pytest.mark.parametrize(("policy", "said"), [("balanced", "first"), ("conservative", NO)])
def test_a_judge_that_prefers_a_place_prefers_no_answer(tmp_path: Path, place: str, policy: str, said: str) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert said in content(answer)
        verdict = answer.data["aua"]["verdicts"][0]
        assert (verdict["verdict"], verdict["usable"], verdict["basis"]) == ("both", False, "score")
        assert verdict["confidence"] < 0.5

    compared(test, tmp_path, ONE, OTHER, prefers_the_place(place), arbiter_policy=policy)


@pytest.mark.parametrize("policy", ["balanced", "conservative"])
def test_a_verdict_that_survives_the_swap_is_followed(tmp_path: Path, policy: str) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert "else" in content(answer)
        assert answer.data["aua"]["verdicts"][0]["confidence"] == pytest.approx(0.9)

    compared(test, tmp_path, ONE, OTHER, judges("b"), arbiter_policy=policy)


def test_a_server_that_knows_no_schemas_is_asked_in_words(tmp_path: Path) -> None:
    async def plain(wire: Wire) -> None:
        if "response_format" in wire.seen.body:
            await wire.whole({"error": {"message": "unknown field"}}, 400)
        else:
            await wire.whole(completion('Both are fine. {"reason": "a set {1} fits", "verdict": "both", "confidence": 0.8}'))

    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert answer.data["aua"]["verdicts"][0] == {
            "verdict": "both",
            "confidence": 0.8,
            "basis": "judge",
            "reason": "a set {1} fits",
            "usable": True,
        }

    compared(test, tmp_path, ONE, OTHER, plain)


def test_candidates_cannot_close_the_marks_around_them(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        await setup.it.chat("alpha and beta", headers={"x-request-id": "known"})
        asked = setup.judge.seen[0].body["messages"][1]["content"]
        assert "known" not in asked

    compared(test, tmp_path, ONE, OTHER, judges("a"))


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
        assert len(setup.judge.seen) == 2

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
        *ordinary, last = chunks
        assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in ordinary) == "The first thing entirely."
        assert ordinary[-1]["choices"][0]["finish_reason"] == "stop"
        assert ordinary[-1]["aua"]["specialist"] == "a"
        assert (last["choices"], last["usage"]["total_tokens"]) == ([], 10)
        assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}

    compared(test, tmp_path, ONE, OTHER, judges("a"))


def test_every_chunk_of_a_decided_stream_holds_a_choice_unless_usage_was_asked_for(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both(stream=True)
        chunks = [json.loads(frame) for frame in answer.frames[:-1]]
        assert all(len(chunk["choices"]) == 1 for chunk in chunks)
        assert not any("usage" in chunk for chunk in chunks)

    compared(test, tmp_path, ONE, OTHER, judges("a"))


def test_tool_calls_of_a_decided_answer_are_streamed(tmp_path: Path) -> None:
    async def tools(wire: Wire) -> None:
        call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        await wire.whole({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})

    async def test(setup: Setup) -> None:
        answer = await setup.it.chat("alpha", stream=True)
        deltas = [json.loads(frame)["choices"][0] for frame in answer.frames[:-1]]
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
        assert events == [
            *("start", "route", "specialist_start", "specialist_start", "specialist_done", "specialist_done"),
            *("arbiter", "chunk", "done"),
        ]

    compared(test, tmp_path, ONE, OTHER, judges("b"))


def test_a_client_that_leaves_cancels_all_candidates(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        for turn in range(1, 16):
            asking = asyncio.create_task(setup.both())
            while not len(setup.alpha.seen) == len(setup.beta.seen) == turn:  # noqa: ASYNC110 - nothing can tell it
                await asyncio.sleep(0.005)
            asking.cancel()
            for seen in (setup.alpha.seen[-1], setup.beta.seen[-1]):
                await asyncio.wait_for(seen.left.wait(), 2)

    compared(test, tmp_path, hangs, hangs, judges("a"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"verdict": "a", "confidence": 0.8, "reason": "x"}', "a"),
        ('Sure: {"verdict": "BOTH", "confidence": 1} done', "both"),
        ('{"x": 1} {"verdict": "b", "confidence": 0.7}', "b"),
        ('```json\n{"reason": "it says {x}", "verdict": "b", "confidence": 0.7}\n```', "b"),
        ('{"verdict": "a", "confidence": true}', None),
        ('{"verdict": "a", "confidence": 1.1}', None),
        ('{"verdict": "a", "confidence": NaN}', None),
        ('{"verdict": "a"}', None),
        ("{" * 7000, None),
        ('{"a":' * 2000, None),
        ("", None),
    ],
    ids=range(11),
)
def test_a_statement_is_found_in_what_a_judge_says(text: str, word: str | None) -> None:
    found = statement_of(text, alone=False)
    assert (found[0].word if found is not None else None) == word


def test_a_single_answer_is_accepted_or_not() -> None:
    assert statement_of('{"verdict": "b", "confidence": 1}', alone=True) is None


def test_no_judge_is_certain() -> None:
    found = statement_of('{"verdict": "b", "confidence": 1}', alone=False)
    assert found is not None
    assert found[0].confidence == 0.99


# --- abstention has a shape of its own


def test_an_abstention_says_why_in_openais_shape(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        choice = answer.data["choices"][0]
        assert choice["message"] == {"role": "assistant", "content": NO, "refusal": None}
        assert choice["finish_reason"] == "stop"
        assert answer.data["aua"]["abstained"] is True
        assert answer.data["aua"]["abstention"] == {"reason": "no_acceptable_answer", "confidence": None, "least_confidence": None}
        assert answer.data["aua"]["specialist"] is None
        assert "x-aua-specialist" not in answer.headers
        given = await setup.it.chat("alpha")
        assert "aua" not in given.data, "a relayed answer is the specialist's own"

    compared(test, tmp_path, ONE, OTHER, judges("neither"))


@pytest.mark.parametrize("stream", [False, True])
def test_an_abstention_where_a_shape_was_asked_for_is_a_refusal(tmp_path: Path, *, stream: bool) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both(response_format={"type": "json_object"}, stream=stream)
        if not stream:
            assert answer.data["choices"][0]["message"] == {"role": "assistant", "content": None, "refusal": NO}
            return
        chunks = [json.loads(frame) for frame in answer.frames[:-1]]
        assert [chunk["choices"][0]["delta"].get("refusal") for chunk in chunks[:2]] == [None, NO]
        assert chunks[-1]["aua"]["abstained"] is True

    compared(test, tmp_path, says("[1]"), says("[2]"), judges("neither"))


def test_an_abstention_says_why_in_the_routers_own_shape(tmp_path: Path) -> None:
    settings = replace(DEFAULT_SETTINGS, min_confidence_for_direct_answer=0.98)

    async def test(setup: Setup) -> None:
        answer = await ask(setup.it.port, "POST", "/query", {"query": "alpha"})
        assert (answer.status, answer.data["answer"], answer.data["specialist"], answer.data["finish_reason"]) == (200, NO, None, "stop")
        assert answer.data["abstained"] is True
        assert answer.data["abstention"]["reason"] == "unsure_answer"
        assert answer.data["abstention"]["least_confidence"] == 0.98
        assert 0.5 < answer.data["abstention"]["confidence"] < 0.98

    compared(test, tmp_path, ONE, OTHER, judges("a"), settings=settings, stream_mode="decided")


# --- the mode vcg


WELFARE = WelfareSettings(prior=0.65, prior_weight=10, margin=0.005, least_welfare=0.5)


def welfare(**more: float) -> object:
    return replace(DEFAULT_SETTINGS, welfare=replace(WELFARE, **more))


GOOD, POOR = says("Words of its own entirely."), says("Something", finish_reason="content_filter")


@pytest.mark.parametrize(
    ("one", "other", "settings", "word", "said"),
    [
        (GOOD, POOR, welfare(), "a", "own"),
        (POOR, GOOD, welfare(), "a", "own"),
        (GOOD, says("Quite another phrase altogether."), welfare(), "both", ""),
        (GOOD, POOR, welfare(least_welfare=0.9), "neither", NO),
    ],
    ids=["a", "a again", "both", "neither"],
)
def test_the_greatest_welfare_is_given_without_a_judge(
    tmp_path: Path, one: Script, other: Script, settings: object, word: str, said: str
) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert said in content(answer)
        verdict = answer.data["aua"]["verdicts"][0]
        assert (verdict["verdict"], verdict["basis"], verdict["usable"]) == (word, "welfare", True)
        assert sorted(verdict["welfare"]) == ["a", "b"]
        assert verdict["payment"] == pytest.approx(min(verdict["welfare"].values()))
        assert verdict["confidence"] == pytest.approx(max(verdict["welfare"].values()))
        assert setup.judge.seen == []

    compared(test, tmp_path, one, other, judges("a"), settings=settings, mode="vcg")


def test_what_the_winner_was_needed_for_is_recorded(tmp_path: Path) -> None:
    told: dict[str, object] = {}

    async def test(setup: Setup) -> None:
        told.update((await setup.both()).data["aua"]["verdicts"][0])

    compared(test, tmp_path, GOOD, POOR, judges("a"), settings=welfare(), mode="vcg")
    with closing(sqlite3.connect(tmp_path / "state" / "aua.db")) as database:
        assert database.execute("SELECT verdict, basis, confidence, payment FROM verdicts").fetchall() == [
            ("a", "welfare", told["confidence"], told["payment"])
        ]


def test_a_good_record_outweighs_one_slightly_worse_answer(tmp_path: Path) -> None:
    """The verdict `b`: the second by utility, the first by welfare."""

    async def test(setup: Setup) -> None:
        for _ in range(30):
            await setup.both()
        setup.beta.scripts = [says("Words of its own.")]
        setup.alpha.scripts = [says("Words.", finish_reason="length")]
        answer = await setup.both()
        assert answer.data["aua"]["verdicts"][0]["verdict"] == "b"
        assert content(answer) == "Words."

    compared(test, tmp_path, GOOD, POOR, judges("a"), settings=welfare(), mode="vcg")


def test_welfare_is_weighed_only_among_answers_that_fail_no_checks(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert "Take" in content(answer)
        assert answer.data["aua"]["verdicts"][0]["basis"] == "checks"

    compared(test, tmp_path, BAD_CODE, GOOD_CODE, judges("a"), settings=welfare(), mode="vcg")


def test_in_a_field_of_high_risk_the_judge_reviews_the_winner(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert content(answer) == NO
        assert [verdict["basis"] for verdict in answer.data["aua"]["verdicts"]] == ["welfare", "judge"]

    compared(test, tmp_path, GOOD, POOR, judges("neither"), settings=welfare(), mode="vcg", careful=True, high_risk=True)


def test_a_lone_candidate_is_given_if_it_is_worth_enough(tmp_path: Path) -> None:
    async def test(setup: Setup) -> None:
        answer = await setup.both()
        assert "own" in content(answer)
        verdict = answer.data["aua"]["verdicts"][0]
        assert (verdict["verdict"], verdict["payment"]) == ("a", 0)

    compared(test, tmp_path, GOOD, fails(401), judges("a"), settings=welfare(), mode="vcg")
