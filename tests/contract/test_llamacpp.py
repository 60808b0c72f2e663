"""The router in front of llama.cpp's own server, which answers with a tiny random model."""

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from tests.contract import tiny_model
from tests.contract.test_router import Running, process, running
from tests.targets.plans import single_4090
from tests.tools import ROOT, require_module

MESSAGES = [{"role": "user", "content": "hello"}]
COLOURS = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"], "additionalProperties": False}


@dataclass(frozen=True)
class Real:
    """A router and the server behind it."""

    router: Running
    engine: str
    http: httpx.Client

    def ask(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(f"{self.router.public}{path}", json={"model": "swe", "max_tokens": 24, **body})


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    require_module("xllamacpp")
    require_module("gguf")
    folder = tmp_path_factory.mktemp("llamacpp")
    tiny_model.write(folder / "tiny.gguf")
    plan = single_4090()
    plan = replace(plan, specialists=(replace(plan.specialists[0], embeddings=True), *plan.specialists[1:]))
    command = [sys.executable, str(ROOT / "tests" / "contract" / "llama_server.py"), str(folder / "tiny.gguf")]
    with process(command, folder) as ran:
        assert ran.stdout is not None
        engine = next(line.strip() for line in ran.stdout if line.startswith("http://"))
        with running(sys.executable, folder, plan, engine) as router, httpx.Client(trust_env=False, timeout=20) as http:
            yield Real(router, engine, http)


def frames(answer: httpx.Response) -> list[Any]:
    """The data of a stream's frames; the last one is `[DONE]`."""
    assert answer.status_code == 200, answer.text
    found = [frame.removeprefix("data: ") for frame in answer.text.split("\n\n") if frame]
    assert found[-1] == "[DONE]"
    return [json.loads(frame) for frame in found[:-1]]


def test_a_whole_answer_is_the_servers_own(real: Real) -> None:
    asked = {"messages": MESSAGES, "seed": 1, "temperature": 0, "logprobs": True, "top_logprobs": 2}
    told = real.ask("/v1/chat/completions", **asked).json()
    assert told["usage"]["completion_tokens"] == 24
    direct = real.http.post(f"{real.engine}/v1/chat/completions", json={"max_tokens": 24, **asked}).json()
    assert told.keys() - {"aua"} == direct.keys()
    assert told["choices"][0]["message"] == direct["choices"][0]["message"]
    tokens = told["choices"][0]["logprobs"]["content"]
    assert len(tokens[0]["top_logprobs"]) == 2
    assert all(token["logprob"] <= 0 for token in tokens)


def test_a_stream_says_what_the_whole_answer_says(real: Real) -> None:
    asked = {"messages": MESSAGES, "seed": 1, "temperature": 0}
    whole = real.ask("/v1/chat/completions", **asked).json()
    for options in ({}, {"stream_options": {"include_usage": True}}):
        told = frames(real.ask("/v1/chat/completions", stream=True, **asked, **options))
        said = "".join(choice["delta"].get("content") or "" for frame in told for choice in frame["choices"])
        assert said == whole["choices"][0]["message"]["content"]
        assert any(frame.get("usage") for frame in told) == bool(options)


def test_an_answer_keeps_to_a_schema(real: Real) -> None:
    shape = {"type": "json_schema", "json_schema": {"name": "colours", "schema": COLOURS}}
    told = real.ask("/v1/chat/completions", messages=MESSAGES, response_format=shape, max_tokens=200).json()
    assert json.loads(told["choices"][0]["message"]["content"])["colour"] in {"red", "blue"}


def test_candidates_are_compared_by_a_real_judge(real: Real) -> None:
    question = [{"role": "user", "content": "software and mathematics"}]
    told = real.ask("/v1/chat/completions", model="aua", messages=question, max_tokens=16)
    assert (told.status_code, told.headers["x-aua-mode"]) == (200, "fanout")
    decision = told.json()["aua"]
    assert decision["verdicts"]
    if not decision["abstained"]:
        assert 0 <= decision["utility"]["confidence"] <= 1
        assert decision["utility"]["signals"]["likelihood"] is not None  # from the server's own log-probabilities


def test_a_text_is_continued(real: Real) -> None:
    asked = {"prompt": "once upon", "seed": 1, "temperature": 0}
    whole = real.ask("/v1/completions", **asked, logprobs=1).json()
    assert whole["usage"]["completion_tokens"] == 24
    told = frames(real.ask("/v1/completions", stream=True, **asked))
    assert "".join(choice["text"] for frame in told for choice in frame["choices"]) == whole["choices"][0]["text"]
    assert not any(frame.get("usage") for frame in told)


def test_vectors_are_given(real: Real) -> None:
    told = real.ask("/v1/embeddings", model="aua", input=["one", "two"])
    assert told.headers["x-aua-specialist"] == "swe"
    vectors = [entry["embedding"] for entry in told.json()["data"]]
    assert [len(vector) for vector in vectors] == [tiny_model.WIDTH, tiny_model.WIDTH]
    assert math.hypot(*vectors[0]) == pytest.approx(1, abs=1e-3)
    assert real.ask("/v1/embeddings", model="math", input="one").status_code == 404


def test_a_refusal_of_the_server_keeps_its_status_and_words(real: Real) -> None:
    refused = real.ask("/v1/chat/completions", messages=[{"role": "user", "content": "x " * 9_000}])
    assert (refused.status_code, refused.headers["x-aua-upstream-status"]) == (400, "400")
    assert "context" in refused.json()["error"]["message"]


def test_the_server_counts_what_the_router_counts(real: Real) -> None:
    def counted(text: str, start: str) -> float:
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(start))

    def both() -> tuple[float, float]:
        engine = counted(real.http.get(f"{real.engine}/metrics").text, "llamacpp:tokens_predicted_total ")
        router = counted(real.http.get(f"{real.router.management}/metrics").text, 'aua_completion_tokens_total{specialist="swe"}')
        return engine, router

    before = both()
    real.ask("/v1/chat/completions", messages=MESSAGES, max_tokens=10)
    after = both()
    assert (after[0] - before[0], after[1] - before[1]) == (10, 10)
