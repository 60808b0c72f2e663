import base64
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aua_runtime.status.samples import parsed

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals")


@contextmanager
def simulated(*options: str) -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", "--first-token-ms", "0", "--token-ms", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            with httpx.Client(base_url=process.stdout.readline().split()[-1], trust_env=False) as client:
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0


def chunks_of(text: str) -> list[dict[str, Any]]:
    frames = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert frames[-1] == "[DONE]"
    return [json.loads(frame) for frame in frames[:-1]]


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with simulated("--model", "one") as client:
        yield client


def test_it_speaks_openais_shapes_and_says_that_it_is_simulated(server: httpx.Client) -> None:
    assert server.get("/health").json()["simulated"] is True
    assert [model["id"] for model in server.get("/v1/models").json()["data"]] == ["one"]
    whole = server.post("/v1/chat/completions", json={**BODY, "logprobs": True}).json()
    assert all("simulated" in whole[key] for key in ("id", "model", "system_fingerprint"))
    assert len(whole["choices"][0]["logprobs"]["content"]) == whole["usage"]["completion_tokens"]
    assert server.post("/v1/chat/completions", content=b"{").status_code == 400
    assert server.post("/v1/chat/completions", json={}).status_code == 400
    assert server.get("/nowhere").status_code == 404


def test_a_stream_says_what_the_whole_answer_says(server: httpx.Client) -> None:
    asked = {**BODY, "logprobs": True}
    whole = server.post("/v1/chat/completions", json=asked).json()
    chunks = chunks_of(server.post("/v1/chat/completions", json={**asked, "stream": True, "stream_options": {"include_usage": True}}).text)
    assert chunks[-1]["usage"] == whole["usage"]
    parts = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert "".join(part["delta"].get("content") or "" for part in parts) == whole["choices"][0]["message"]["content"]
    assert [token for part in parts for token in (part.get("logprobs") or {}).get("content", [])] == whole["choices"][0]["logprobs"][
        "content"
    ]


def test_completions_of_the_older_api(server: httpx.Client) -> None:
    asked = {"model": "m", "prompt": "hello", "logprobs": 1}
    whole = server.post("/v1/completions", json=asked).json()
    assert (whole["object"], whole["choices"][0]["finish_reason"]) == ("text_completion", "stop")
    assert len(whole["choices"][0]["logprobs"]["tokens"]) == whole["usage"]["completion_tokens"]
    chunks = chunks_of(server.post("/v1/completions", json={**asked, "stream": True}).text)
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == whole["choices"][0]["text"]
    assert server.post("/v1/completions", json={"model": "m"}).status_code == 400


def test_embeddings_are_near_where_words_are_shared(server: httpx.Client) -> None:
    texts = ["the red fox jumps", "the red fox sleeps", "quarterly revenue grew"]
    answer = server.post("/v1/embeddings", json={"model": "m", "input": texts}).json()
    a, b, c = (entry["embedding"] for entry in answer["data"])
    near, far = (sum(x * y for x, y in zip(a, other, strict=True)) for other in (b, c))
    assert near > 0.5 > abs(far)
    assert sum(x * x for x in a) == pytest.approx(1)
    packed = server.post("/v1/embeddings", json={"model": "m", "input": texts[0], "encoding_format": "base64"}).json()
    data = base64.b64decode(packed["data"][0]["embedding"])
    assert list(struct.unpack(f"<{len(data) // 4}f", data)) == pytest.approx(a, abs=1e-6)


def test_a_tool_that_is_asked_for_is_called_and_streamed(server: httpx.Client) -> None:
    schema = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": schema}}
    asked = {"model": "m", "messages": [{"role": "user", "content": "Please get weather for Lund"}], "tools": [tool]}
    choice = server.post("/v1/chat/completions", json=asked).json()["choices"][0]
    call = choice["message"]["tool_calls"][0]
    assert (choice["finish_reason"], choice["message"]["content"], call["function"]["name"]) == ("tool_calls", None, "get_weather")
    assert isinstance(json.loads(call["function"]["arguments"])["town"], str)
    chunks = chunks_of(server.post("/v1/chat/completions", json={**asked, "stream": True}).text)
    streamed = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert streamed == [{"index": 0, **call}]
    answered = [
        *asked["messages"],
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "4 C"},
    ]
    assert server.post("/v1/chat/completions", json={**asked, "messages": answered}).json()["choices"][0]["finish_reason"] == "stop"


def test_faults_are_drawn_as_often_as_asked_for() -> None:
    with simulated("--too-many", "0.2", "--failed", "0.2", "--tokens", "12", "--seed", "3") as client:
        answers = [client.post("/v1/chat/completions", json=BODY) for _ in range(150)]
    counts = {status: sum(answer.status_code == status for answer in answers) for status in (200, 429, 500)}
    assert sum(counts.values()) == 150
    assert 15 <= counts[429] <= 50
    assert 15 <= counts[500] <= 50
    assert {answer.headers.get("retry-after") for answer in answers if answer.status_code == 429} == {"1"}


@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_answer_breaks_off(*, stream: bool) -> None:
    with simulated("--cut", "1") as client, pytest.raises(httpx.RemoteProtocolError):
        client.post("/v1/chat/completions", json={**BODY, "stream": stream})


@pytest.mark.parametrize("options", [("--correctness", "1.5"), ("--cut", "-0.1"), ("--tokens", "nan"), ("--spread", "x")])
def test_numbers_that_make_no_sense_are_refused(options: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", *options]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert refused.returncode == 2
    assert options[0] in refused.stderr


def test_a_profile_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text('{"fields": {"law": {"correctness": 2}}}')
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", "--profile", str(path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert refused.returncode == 2
    assert "`law.correctness`" in refused.stderr


@pytest.mark.parametrize(("engine", "tokens"), [("vllm", "vllm:generation_tokens_total"), ("llamacpp", "llamacpp:tokens_predicted_total")])
def test_with_an_engine_it_shows_that_engines_metrics_of_what_it_served(engine: str, tokens: str) -> None:
    with simulated("--engine", engine, "--places", "2") as client:
        asked = {**BODY, "stream_options": {"include_usage": True}}
        whole = client.post("/v1/chat/completions", json=BODY).json()
        last = chunks_of(client.post("/v1/chat/completions", json={**asked, "stream": True}).text)[-1]
        written = sum(usage["completion_tokens"] for usage in (whole["usage"], last["usage"]))
        shown = client.get("/metrics")
        assert shown.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert parsed(shown.text).total(tokens) == written


def test_without_an_engine_there_are_no_metrics(server: httpx.Client) -> None:
    assert server.get("/metrics").status_code == 404
