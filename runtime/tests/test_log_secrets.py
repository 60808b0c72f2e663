"""Secrets pushed into a router from every side, and the lines of one request in the worst case: what its log then holds."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aua_runtime.contract.log_fields import EVENTS, LINE_BYTES, REQUEST_LINES
from aua_runtime.plan import Retries
from harness import (
    DEFAULT_SETTINGS,
    Hand,
    Models,
    Router,
    Wire,
    ask,
    completion,
    fails,
    models,
    request_bytes,
    router,
    says,
    specialist,
    subject,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def one(served: Models) -> Hand:
    made = specialist("a", "alpha", served.url)
    return Hand((subject("alpha", made),), (made,))


MARK = "s3cr3t"
SECRETS = st.text(st.sampled_from("abc019 -_/+=.:\"'\\{}[]\t\x1b\u202e\u2028\x85ä日😀"), max_size=20).map(lambda text: f"sk {MARK}{text}")


@dataclass(slots=True)
class Spoken:
    """A router at debug level, a loop to ask it on, and what its model server says."""

    runner: asyncio.Runner
    it: Router
    reply: tuple[int, bytes] = (200, b"")

    async def script(self, wire: Wire) -> None:
        status, body = self.reply
        await wire.whole(body or completion("x"), status, {"x-secret": f"Bearer {MARK}"})


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        found = Spoken(runner, None)  # type: ignore[arg-type]  # the router comes next

        async def begin() -> None:
            served = await stack.enter_async_context(models(found.script))
            made = specialist("a", "alpha", served.url, key_env="A_KEY", headers={"x-own": MARK})
            hand = Hand((subject("alpha", made),), (made,))
            folder = tmp_path_factory.mktemp("secrets")
            environment = {"A_KEY": f"{MARK}-upstream", "KEY": f"{MARK}-own"}
            found.it = await stack.enter_async_context(router(hand, folder, environment=environment, key_env="KEY"))

        runner.run(begin())
        yield found
        runner.run(stack.aclose())


def header(secret: str) -> str:
    return secret.encode("latin-1", "replace").decode("latin-1").replace("\x1b", "?").replace("\x85", "?")


async def _sent(it: Router, data: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
    writer.write(data)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 5)
    writer.close()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SECRETS, st.integers(0, 5))
def test_no_secret_reaches_the_log_wherever_it_is_sent(spoken: Spoken, capfd: pytest.CaptureFixture[str], secret: str, said: int) -> None:
    it, quoted = spoken.it, json.dumps(secret)[1:-1]
    error = json.dumps({"error": {"message": f"Incorrect API key: {secret}", "code": secret, "type": secret}}).encode()
    spoken.reply = [(200, b""), (400, error), (500, error), (200, error), (200, error[:-3]), (401, secret.encode())][said]
    key = {"authorization": f"Bearer {MARK}-own"}
    body = {"model": "aua", "messages": [{"role": "user", "content": f"alpha {secret}"}]}
    requests = [
        request_bytes("POST", "/v1/chat/completions", body, key),
        request_bytes("POST", "/v1/chat/completions", {**body, "stream": True, secret: secret}, key),
        request_bytes("POST", "/v1/chat/completions", {**body, "model": secret}, key),
        request_bytes("POST", "/v1/chat/completions", body, {"authorization": f"Bearer {header(secret)}"}),
        request_bytes("POST", "/v1/chat/completions", f'{{"messages": "{quoted}'.encode(), key),
        request_bytes("POST", f"/v1/{MARK}?key={MARK}", body, key),
        request_bytes("GET", f"/v1/models/{MARK}", None, key),
        request_bytes("POST", "/query", {"query": secret, "session_id": secret, "field": secret}, key),
        request_bytes("POST", "/query", {"query": secret}, {**key, "x-request-id": header(secret), "x-aua-session-id": header(secret)}),
        request_bytes("POST", "/query", {"query": "alpha"}, {**key, "traceparent": header(secret), "tracestate": header(secret)}),
        request_bytes("POST", "/query", {"query": "alpha"}, {**key, "host": f"{MARK}.example", "cookie": header(secret)}),
        request_bytes(MARK.upper(), f"/{MARK}", None, key),
        f"{MARK} \r\n\r\n".encode(),
    ]

    async def push() -> None:
        for request in requests:
            await _sent(it, request)

    spoken.runner.run(push())
    log = it.log.getvalue()
    assert '"event":"query"' in log
    assert MARK not in log
    assert MARK not in "".join(capfd.readouterr())
    for line in log.splitlines():
        told = json.loads(line)
        assert told["event"] in {event.name for event in EVENTS}
        assert line.isascii()
        assert line.isprintable()
    it.log.seek(0)
    it.log.truncate()


def lines_of(it: Router) -> list[dict[str, object]]:
    return [json.loads(line) for line in it.log.getvalue().splitlines()]


def test_a_storm_of_faults_writes_a_few_lines_a_request_and_not_one_for_each_failed_call(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(fails(500)) as served:
            made = [
                specialist(name, "alpha", served.url, retries=Retries(max=9, base_s=0.0, cap_s=0.0, budget=1.0)) for name in ("a", "b", "c")
            ]
            chained = tuple(replace(each, fallback=tuple(other.name for other in made if other is not each)) for each in made)
            hand = Hand((subject("alpha", chained[0]),), chained)
            async with router(hand, tmp_path) as it:
                await asyncio.gather(*(it.chat() for _ in range(40)))
                lines = lines_of(it)
        of_requests = Counter(line["request_id"] for line in lines if "request_id" in line)
        assert max(of_requests.values()) <= REQUEST_LINES
        assert max(len(json.dumps(line)) for line in lines) <= LINE_BYTES
        counts = Counter(line["event"] for line in lines)
        assert counts["query"] == 40
        assert 0 < counts["call_failed"] <= 3 * 3 * 5  # specialists, codes, and the burst of each

    asyncio.run(asyncio.wait_for(test(), 30))


def test_questions_and_answers_are_written_only_where_they_are_asked_for(tmp_path: Path) -> None:
    async def test(*, prompts: bool) -> list[dict[str, object]]:
        async with models(says("the answer")) as served, router(one(served), tmp_path) as it:
            it.running.services.log.prompts = prompts
            await it.chat("alpha, the question")
            return lines_of(it)

    without, asked = (asyncio.run(asyncio.wait_for(test(prompts=prompts), 10)) for prompts in (False, True))
    assert "the question" not in json.dumps(without)
    assert "the answer" not in json.dumps(without)
    contents = {line["event"]: line["content"] for line in asked if "content" in line}
    assert contents == {"question": "alpha, the question", "answer": "the answer"}


@pytest.mark.parametrize(("sample", "of"), [(0.0, 0), (1.0, 30), (0.5, 15)])
def test_a_share_of_what_went_well_is_written_and_all_that_failed(tmp_path: Path, sample: float, of: int) -> None:
    async def test() -> None:
        asked = replace(DEFAULT_SETTINGS, log_sample=sample)
        async with models(says("x")) as served, router(one(served), tmp_path, settings=asked) as it:
            for number in range(30):
                trace = f"{number + 1:024x}{(number * 2**32) // 30:08x}"
                await it.chat(headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
            await it.chat(model="nobody")
            lines = lines_of(it)
        outcomes = Counter(line["outcome"] for line in lines if line["event"] == "query")
        assert outcomes == Counter({"answered": of, "rejected": 1})

    asyncio.run(asyncio.wait_for(test(), 20))


def test_a_level_that_is_reloaded_holds_from_the_next_request_on(tmp_path: Path) -> None:
    async def test(served: Models) -> None:
        async with router(one(served), tmp_path) as it:
            data = json.loads((tmp_path / "settings.json").read_text())
            for level, expected in (("error", 0), ("debug", 2), ("warning", 0), ("info", 1)):
                (tmp_path / "settings.json").write_text(json.dumps({**data, "logging": {"level": level, "sample": 1.0}}))
                assert (await ask(it.management, "POST", "/config/reload")).status == 200
                it.log.getvalue()
                it.log.seek(0)
                it.log.truncate()
                await it.chat()
                assert len([line for line in lines_of(it) if "request_id" in line]) == expected

    async def run() -> None:
        async with models(says("x")) as served:
            await test(served)

    asyncio.run(asyncio.wait_for(run(), 20))
