import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from aua_runtime.cli.sim import Simulation, drawn

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@contextmanager
def simulated(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", "--first-token-ms", "1", "--token-ms", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0


def test_the_same_seed_gives_the_same_answer_and_another_seed_another() -> None:
    assert drawn(BODY, Simulation(seed=1)) == drawn(BODY, Simulation(seed=1))
    assert drawn(BODY, Simulation(seed=1)) != drawn(BODY, Simulation(seed=2))


def test_a_verdict_that_is_asked_for_has_the_shape_that_was_asked_for() -> None:
    schema = {"properties": {"verdict": {"enum": ["a", "b", "both", "neither"]}}}
    answer = drawn({**BODY, "response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}, Simulation())
    assert json.loads("".join(answer.tokens))["verdict"] in {"a", "b", "both"}


def test_a_limit_on_tokens_cuts_the_answer() -> None:
    answer = drawn({**BODY, "max_tokens": 3}, Simulation())
    assert (len(answer.tokens), answer.finish_reason) == (3, "length")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_it_speaks_openais_shapes_and_says_that_it_is_simulated() -> None:
    with simulated("--model", "one") as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/health").json()["simulated"] is True
        assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["one"]
        whole = client.post("/v1/chat/completions", json={**BODY, "logprobs": True}).json()
        assert all("simulated" in whole[key] for key in ("id", "model", "system_fingerprint"))
        assert len(whole["choices"][0]["logprobs"]["content"]) == whole["usage"]["completion_tokens"]
        streamed = client.post("/v1/chat/completions", json={**BODY, "stream": True, "stream_options": {"include_usage": True}})
        frames = [line.removeprefix("data: ") for line in streamed.text.split("\n\n") if line]
        assert frames[-1] == "[DONE]"
        chunks = [json.loads(frame) for frame in frames[:-1]]
        assert chunks[-1]["usage"]["completion_tokens"] == whole["usage"]["completion_tokens"]
        said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])
        assert said == whole["choices"][0]["message"]["content"]
        assert client.post("/v1/chat/completions", content=b"{").status_code == 400
        assert client.get("/nowhere").status_code == 404
