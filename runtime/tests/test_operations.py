"""Continuations of texts and vectors: routed, scored and recorded like conversations where they can be, and passed on as they are."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import (
    DEFAULT_SETTINGS,
    Hand,
    Models,
    Reply,
    Script,
    Wire,
    ask,
    models,
    one_field,
    router,
    specialist,
    streams,
    subject,
    two_fields,
)

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def text_completion(text: str, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": "stop", **more}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "served", "choices": [choice], "usage": USAGE}


def continues(text: str, **more: Any) -> Script:
    async def script(wire: Wire) -> None:
        await wire.whole(text_completion(text, **more))

    return script


def text_chunk(text: str, finish_reason: str | None = None) -> bytes:
    return b"data: " + json.dumps({**text_completion(text, finish_reason=finish_reason), "usage": None}).encode() + b"\n\n"


TEXT_STREAM = (
    text_chunk("once "),
    text_chunk("more"),
    text_chunk("", "stop"),
    b"data: " + json.dumps({"id": "cmpl-1", "object": "text_completion", "choices": [], "usage": USAGE}).encode() + b"\n\n",
    b"data: [DONE]\n\n",
)


async def complete(port: int, prompt: object = "alpha", **more: Any) -> Reply:
    return await ask(port, "POST", "/v1/completions", {"model": "aua", "prompt": prompt, **more})


def test_a_text_is_routed_by_its_words_and_continued(tmp_path: Path) -> None:
    async def test() -> None:
        texts = models(continues("from a")), models(continues("from b"))
        async with texts[0] as alpha, texts[1] as beta, router(two_fields(alpha, beta), tmp_path) as it:
            answer = await complete(it.port, "beta", suffix="!", unknown={"x": 2**70})
            assert (answer.headers["x-aua-specialist"], answer.data) == ("b", text_completion("from b"))
            seen = beta.seen[0]
            assert (seen.path, seen.body["suffix"], seen.body["unknown"]) == ("/v1/completions", "!", {"x": 2**70})
            assert (await complete(it.port, ["alpha", "alpha again"])).headers["x-aua-field"] == "alpha"
            assert (await complete(it.port, "alpha", model="b")).headers["x-aua-specialist"] == "b"
            it.running.services.settling.settle()
            await it.running.services.recorder.close()
            with sqlite3.connect(it.folder / "state" / "aua.db") as database:
                assert database.execute("SELECT sum(completion_tokens), count(*) FROM usage").fetchone() == (9, 3)

    run(test)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_continuation_is_relayed_frame_by_frame(tmp_path: Path, *, wanted: bool) -> None:
    async def test() -> None:
        async with models(streams(*TEXT_STREAM)) as served, router(one_field(served.url), tmp_path) as it:
            answer = await complete(it.port, stream=True, stream_options={"include_usage": wanted})
            told = [json.loads(frame) for frame in answer.frames[:-1]]
            assert "".join(choice["text"] for frame in told for choice in frame["choices"]) == "once more"
            assert any(frame.get("usage") for frame in told) == wanted
            assert answer.frames[-1] == "[DONE]"
            assert served.seen[0].body["stream_options"] == {"include_usage": True}

    run(test)


def test_a_continuation_that_breaks_off_ends_in_an_error(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(streams(*TEXT_STREAM[:2])) as served, router(one_field(served.url), tmp_path) as it:
            answer = await complete(it.port, stream=True)
            assert json.loads(answer.frames[-1])["error"]["code"] == "AUA_STREAM_INTERRUPTED"

    run(test)


@pytest.mark.parametrize("stream", [False, True])
def test_continuations_of_several_specialists_are_compared_and_one_is_sent(tmp_path: Path, *, stream: bool) -> None:
    async def test() -> None:
        one = continues("x" * 300, logprobs={"token_logprobs": [None, -0.1, -0.2]})
        other = models(continues("", finish_reason="length"))
        async with models(one) as alpha, other as beta, router(two_fields(alpha, beta), tmp_path) as it:
            answer = await complete(it.port, "alpha and beta", stream=stream)
            assert answer.headers["x-aua-mode"] == "fanout"
            bodies = [json.loads(frame) for frame in answer.frames[:-1]] if stream else [answer.data]
            assert "".join(choice["text"] for body in bodies for choice in body["choices"]) == "x" * 300
            assert bodies[-1]["aua"]["specialist"] == "a"
            assert bodies[-1]["aua"]["utility"]["confidence"] is not None
            assert not any(choice.get("logprobs") for body in bodies for choice in body["choices"])
            assert alpha.seen[0].body["logprobs"] == 1

    run(test)


@pytest.mark.parametrize("stream", [False, True])
def test_an_abstention_has_the_shape_of_a_continuation(tmp_path: Path, *, stream: bool) -> None:
    async def test() -> None:
        async with models(continues("perhaps")) as served:
            a = specialist("a", "alpha", served.url)
            hand = Hand((subject("alpha", a, stream_mode="decided"),), (a,), abstention="I cannot say.")
            settings = replace(DEFAULT_SETTINGS, min_confidence_for_direct_answer=1.0)
            async with router(hand, tmp_path, settings=settings) as it:
                answer = await complete(it.port, stream=stream, **({"stream_options": {"include_usage": True}} if stream else {}))
                bodies = [json.loads(frame) for frame in answer.frames[:-1]] if stream else [answer.data]
                assert {body["object"] for body in bodies} == {"text_completion"}
                assert "".join(choice["text"] for body in bodies for choice in body["choices"]) == "I cannot say."
                assert [body["aua"]["abstained"] for body in bodies if "aua" in body] == [True]
                assert bodies[-1]["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}

    run(test)


def test_a_fields_instruction_precedes_a_text(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(continues("x")) as served:
            a = specialist("a", "alpha", served.url)
            async with router(Hand((subject("alpha", a, instruction="Take care."),), (a,)), tmp_path) as it:
                await complete(it.port, "alpha")
                await complete(it.port, ["alpha", "beta"])
                assert [seen.body["prompt"] for seen in served.seen] == [
                    "Take care.\n\nalpha",
                    ["Take care.\n\nalpha", "Take care.\n\nbeta"],
                ]

    run(test)


@pytest.mark.parametrize("prompt", [None, 7, [], [1, 2, 3], [[1, 2], [3]], ["a", 1], {"a": 1}])
def test_a_prompt_without_words_is_refused(tmp_path: Path, prompt: object) -> None:
    async def test() -> None:
        async with models(continues("x")) as served, router(one_field(served.url), tmp_path) as it:
            refused = await complete(it.port, prompt)
            assert (refused.status, refused.data["error"]["param"]) == (400, "prompt")
            assert served.seen == []

    run(test)


@pytest.mark.parametrize("body", [{"choices": []}, {"choices": [{"message": {"content": "x"}}]}, {"choices": [{"text": None}]}, [], "x"])
def test_what_is_no_continuation_is_an_error_of_the_server(tmp_path: Path, body: object) -> None:
    async def script(wire: Wire) -> None:
        await wire.whole(body)

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            answer = await complete(it.port)
            assert (answer.status, answer.data["error"]["code"]) == (502, "AUA_BACKEND_ERROR")
            assert answer.headers["x-aua-field"] == "alpha"

    run(test)


# --- vectors

VECTORS = b"""{"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.1, -1e-7]}], "model": "m",
 "usage": {"prompt_tokens": 5, "total_tokens": 5}}"""


async def embeds(wire: Wire) -> None:
    await wire.whole(VECTORS)


def embedding_hand(alpha: Models, beta: Models) -> Hand:
    """As `two_fields`, but `b` offers vectors and would fall back to `a`."""
    a = specialist("a", "alpha", alpha.url)
    b = specialist("b", "beta", beta.url, embeddings=True, fallback=("a",))
    return Hand((subject("alpha", a), subject("beta", b, aliases=("bee",))), (a, b))


async def embed(port: int, **more: Any) -> Reply:
    return await ask(port, "POST", "/v1/embeddings", {"model": "aua", "input": "alpha", **more})


def test_vectors_come_from_the_one_who_offers_them_whatever_the_text_is_about(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(embeds) as alpha, models(embeds) as beta, router(embedding_hand(alpha, beta), tmp_path) as it:
            for model in ("aua", "b", "beta", "bee"):
                answer = await embed(it.port, model=model, encoding_format="float", dimensions=2)
                assert (answer.status, answer.body, answer.headers["x-aua-specialist"]) == (200, VECTORS, "b")
            assert alpha.seen == []
            assert (beta.seen[0].path, beta.seen[0].body) == (
                "/v1/embeddings",
                {"model": "model-of-b", "input": "alpha", "encoding_format": "float", "dimensions": 2},
            )
            assert [(await embed(it.port, input=given)).status for given in (["a", "b"], [1, 2], [[1], [2]])] == [200, 200, 200]
            it.running.services.settling.settle()
            await it.running.services.recorder.close()
            with sqlite3.connect(it.folder / "state" / "aua.db") as database:
                assert database.execute("SELECT sum(prompt_tokens) FROM usage").fetchone() == (35,)

    run(test)


def test_vectors_of_another_model_never_stand_in(tmp_path: Path) -> None:
    async def broken(wire: Wire) -> None:
        await wire.whole({"data": "none"})

    async def test() -> None:
        async with models(embeds) as alpha, models(broken) as beta, router(embedding_hand(alpha, beta), tmp_path) as it:
            assert (await embed(it.port)).status == 502
            assert alpha.seen == []

    run(test)


@pytest.mark.parametrize(("model", "status"), [("a", 404), ("alpha", 404), ("nobody", 404), (7, 400)])
def test_vectors_that_nobody_offers_are_not_found(tmp_path: Path, model: object, status: int) -> None:
    async def test() -> None:
        async with models(embeds) as alpha, models(embeds) as beta, router(embedding_hand(alpha, beta), tmp_path) as it:
            refused = await embed(it.port, model=model)
            assert (refused.status, refused.data["error"]["param"]) == (status, "model")
            assert alpha.seen == beta.seen == []

    run(test)


@pytest.mark.parametrize("given", [None, "", [], 7, {}])
def test_an_input_of_nothing_is_refused(tmp_path: Path, given: object) -> None:
    async def test() -> None:
        async with models(embeds) as alpha, models(embeds) as beta, router(embedding_hand(alpha, beta), tmp_path) as it:
            assert (await embed(it.port, input=given)).status == 400

    run(test)
