"""Clients that people use, unchanged, against a compiled router with the simulator behind it: openai's, LangChain's, and curl."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from tests.contract.test_router import Running, running
from tests.targets.plans import single_4090
from tests.tools import require, require_module

QUESTION: Any = [{"role": "user", "content": "What is the weather? Please look up weather."}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "look_up_weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False},
    },
}


class Colour(BaseModel):
    """A shape to ask for."""

    name: Literal["red", "blue"]
    shade: int


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    plan = single_4090()
    plan = replace(plan, specialists=(replace(plan.specialists[0], embeddings=True), *plan.specialists[1:]))
    with running(sys.executable, tmp_path_factory.mktemp("clients"), plan) as it:
        yield it


@pytest.fixture
def client(router: Running) -> Iterator[Any]:
    require_module("openai")
    import openai

    with openai.OpenAI(base_url=f"{router.public}/v1", api_key="none", max_retries=0) as made:
        yield made


@pytest.mark.parametrize("model", ["aua", "swe", "mathematics", "coding"])
def test_openai_chats_whole_and_streamed(client: Any, model: str) -> None:
    messages = [{"role": "user", "content": "Why does this Python function raise a KeyError?"}]  # one field's, so one model answers
    whole = client.chat.completions.create(model=model, messages=messages)
    assert whole.choices[0].message.content
    assert whole.usage.completion_tokens > 0
    stream = client.chat.completions.create(model=model, messages=messages, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_openai_reads_the_ids_of_a_response(client: Any) -> None:
    raw = client.chat.completions.with_raw_response.create(model="swe", messages=QUESTION, extra_headers={"x-request-id": "mine"})
    assert (raw.headers["x-request-id"], raw.headers["x-aua-specialist"]) == ("mine", "swe")
    assert raw.parse()._request_id == "mine"  # noqa: SLF001 - how openai documents it


@pytest.mark.parametrize("model", ["swe", "aua"])
def test_openai_calls_tools_and_brings_their_answer(client: Any, model: str) -> None:
    whole = client.chat.completions.create(model=model, messages=QUESTION, tools=[TOOL], tool_choice="required")
    call = whole.choices[0].message.tool_calls[0]
    assert (whole.choices[0].finish_reason, call.function.name) == ("tool_calls", "look_up_weather")
    assert set(json.loads(call.function.arguments)) == {"city"}
    with client.chat.completions.stream(model=model, messages=QUESTION, tools=[TOOL], tool_choice="required") as stream:
        streamed = stream.get_final_completion().choices[0].message.tool_calls[0]
    assert streamed.function.arguments == call.function.arguments
    answered = [*QUESTION, whole.choices[0].message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert client.chat.completions.create(model=model, messages=answered, tools=[TOOL]).choices[0].message.content


@pytest.mark.parametrize("model", ["swe", "aua"])
def test_openai_parses_structured_output(client: Any, model: str) -> None:
    parsed = client.chat.completions.parse(model=model, messages=QUESTION, response_format=Colour)
    assert parsed.choices[0].message.parsed.name in {"red", "blue"}
    with client.chat.completions.stream(model=model, messages=QUESTION, response_format=Colour) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == parsed.choices[0].message.parsed


def test_openai_continues_texts_and_asks_for_vectors(client: Any) -> None:
    whole = client.completions.create(model="swe", prompt="Once upon a time", max_tokens=8)
    assert whole.choices[0].text
    streamed = client.completions.create(model="swe", prompt="Once upon a time", max_tokens=8, stream=True)
    assert "".join(chunk.choices[0].text for chunk in streamed if chunk.choices) == whole.choices[0].text
    vectors = client.embeddings.create(model="aua", input=["one", "two"])  # asks for base64 unasked
    assert [len(entry.embedding) for entry in vectors.data] == [64, 64]
    assert all(isinstance(value, float) for value in vectors.data[0].embedding)


def test_openai_lists_models_and_is_told_of_one_that_is_not_there(client: Any) -> None:
    import openai

    assert {model.id for model in client.models.list()} >= {"aua", "swe", "math", "arbiter", "software_engineering"}
    assert client.models.retrieve("coding").id == "coding"
    with pytest.raises(openai.NotFoundError, match="no model `nobody`") as told:
        client.chat.completions.create(model="nobody", messages=QUESTION)
    assert told.value.code == "AUA_MODEL_UNKNOWN"
    with pytest.raises(openai.BadRequestError, match="tokens"):
        client.completions.create(model="swe", prompt=[1, 2, 3])


def test_openai_works_asynchronously(router: Running) -> None:
    require_module("openai")
    import openai

    async def ask() -> None:
        async with openai.AsyncOpenAI(base_url=f"{router.public}/v1", api_key="none", max_retries=0) as client:
            whole = await client.chat.completions.create(model="swe", messages=QUESTION)
            stream = await client.chat.completions.create(model="swe", messages=QUESTION, stream=True)
            said = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
            assert "".join(said) == whole.choices[0].message.content
            many = await asyncio.gather(*(client.chat.completions.create(model="aua", messages=QUESTION) for _ in range(8)))
            assert all(answer.choices for answer in many)

    asyncio.run(ask())


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # of LangChain's own imports
@pytest.mark.parametrize("model", ["swe", "aua"])
def test_langchain_invokes_streams_calls_tools_and_parses(router: Running, model: str) -> None:
    require_module("langchain_openai")
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings
    from pydantic import SecretStr

    chat = ChatOpenAI(model=model, base_url=f"{router.public}/v1", api_key=SecretStr("none"), max_retries=0)
    whole = chat.invoke("Tell me a joke.")
    assert whole.content
    pieces = list(chat.stream("Tell me a joke."))
    assert "".join(str(piece.content) for piece in pieces) == whole.content
    called = chat.bind_tools([TOOL], tool_choice="required").invoke("Please look up weather.")
    assert called.tool_calls[0]["name"] == "look_up_weather"
    for method in ("json_schema", "function_calling"):
        colour = chat.with_structured_output(Colour, method=method).invoke("Name a colour.")
        assert isinstance(colour, Colour)
    vectors = OpenAIEmbeddings(model="aua", base_url=f"{router.public}/v1", api_key=SecretStr("none"), check_embedding_ctx_length=False)
    assert len(vectors.embed_query("one")) == 64


def curl(*arguments: str) -> str:
    command = [require("curl"), "--silent", "--show-error", "--noproxy", "*", "--max-time", "10", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_curl_chats_whole_and_streamed(router: Running) -> None:
    json_body = ("-H", "content-type: application/json", "-d")
    body = {"model": "swe", "messages": QUESTION}
    url = f"{router.public}/v1/chat/completions"
    whole = curl(url, *json_body, json.dumps(body))
    assert json.loads(whole)["choices"][0]["message"]["content"]
    frames = curl("-N", url, *json_body, json.dumps({**body, "stream": True})).split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    events = curl("-N", f"{router.public}/query/stream", *json_body, json.dumps({"query": "software and mathematics"})).split("\n\n")
    names = [event.split("\n")[0].removeprefix("event: ") for event in events if event]
    assert (names[:2], names[-1]) == (["start", "route"], "done")
    assert names.count("specialist_start") == names.count("specialist_done") == 2
    assert "200 OK" in curl("-I", f"{router.public}/health/live")
    large = json.dumps({**body, "unknown": "x" * 50_000})  # curl waits to be asked for it
    assert json.loads(curl(url, *json_body, large, "-H", "expect: 100-continue"))["choices"]
