"""Webhooks at a receiver that is there: what it hears, how it is signed, and that nothing it does harms a request or the router."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aua_runtime.contract.notices import NAMES, NOTICES
from aua_runtime.contract.settings import WebhookSettings
from aua_runtime.plan import Webhook
from aua_runtime.services import Misconfigured
from aua_runtime.status.samples import parsed
from aua_runtime.webhooks import outgoing
from aua_runtime.webhooks.destination import destination_of
from aua_runtime.webhooks.message import Message, body_of, signature
from aua_runtime.webhooks.watch import WATCHED, Watch
from harness import DEFAULT_SETTINGS, Models, Router, Script, Wire, ask, fails, hangs, models, router, says, two_fields, until
from hypothesis import given
from hypothesis import strategies as st

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ALL = WebhookSettings(NAMES, "info", 300.0)


async def takes(wire: Wire) -> None:
    await wire.raw(b"HTTP/1.1 204 X\r\n\r\n")


def answers(status: int, headers: str = "") -> Script:
    async def script(wire: Wire) -> None:
        await wire.raw(f"HTTP/1.1 {status} X\r\n{headers}content-length: 0\r\n\r\n".encode())

    return script


def with_receiver(
    test: Callable[[Router, Models], Awaitable[None]],
    folder: Path,
    *scripts: Script,
    told: WebhookSettings = ALL,
    alpha: tuple[Script, ...] = (says(),),
    **webhook: Any,
) -> None:
    """A router whose webhook goes to a receiver that runs `scripts`."""

    async def run() -> None:
        async with models(*(scripts or (takes,))) as sink, models(*alpha) as first, models(says()) as second:
            where = {"url": f"{sink.url}/hook?x=1", "private": True, **webhook}
            hand = two_fields(first, second)
            settings = replace(DEFAULT_SETTINGS, webhooks={"ops": told})
            environment = {"HOOK_KEY": KEY, "HOOK_URL": f"{sink.url}/secret/path"}
            hooks = (Webhook("ops", **{"kind": "generic", **where}),)
            async with router(hand, folder, settings=settings, environment=environment, webhooks=hooks) as it:
                await test(it, sink)

    asyncio.run(asyncio.wait_for(run(), 20))


def heard(sink: Models) -> list[str]:
    return [seen.body["type"] for seen in sink.seen]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.webhooks.LOOK_S", 0.02)
    monkeypatch.setattr("aua_runtime.webhooks.SHARE_OF_TIME", 0)
    monkeypatch.setattr(outgoing, "GATHER_S", 0.02)
    monkeypatch.setattr(outgoing, "PAUSE_S", 0.02)


def test_a_specialist_that_goes_down_is_told_once_with_neither_question_nor_answer(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        for _ in range(4):
            await it.chat("alpha UNIQUE-QUESTION")
        await until(lambda: "specialist_down" in heard(sink))
        await asyncio.sleep(0.2)
        assert heard(sink) == ["router_started", "specialist_down"]
        seen = sink.seen[1]
        assert (seen.path, seen.headers["content-type"]) == ("/hook?x=1", "application/json")
        assert seen.body["data"]["facts"] == {"specialist": "a"}
        assert seen.body["data"]["severity"] == "error"
        assert not any("UNIQUE" in one.text.decode() for one in sink.seen)

    with_receiver(test, tmp_path, alpha=(fails(500),))


def test_messages_are_signed_over_id_time_and_body(tmp_path: Path) -> None:
    async def test(_: Router, sink: Models) -> None:
        await until(lambda: bool(sink.seen))
        seen = sink.seen[0]
        id_, at = seen.headers["webhook-id"], int(seen.headers["webhook-timestamp"])
        assert re.fullmatch(r"msg_[0-9a-f]{32}", id_)
        key = destination_of(Webhook("a", "generic", "https://a.example.org", signing_env="K"), {"K": KEY}).key
        assert key is not None
        assert seen.headers["webhook-signature"] == signature(key, id_, at, seen.text)

    with_receiver(test, tmp_path, signing_env="HOOK_KEY")


def test_a_signature_is_that_of_the_official_library() -> None:
    """Of `standardwebhooks` 1.1.0: `Webhook(KEY).sign(id, timestamp, body)`."""
    key = destination_of(Webhook("a", "generic", "https://a.example.org", signing_env="K"), {"K": KEY}).key
    assert key is not None
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == SIGNED


SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("first", [answers(500), answers(503, "retry-after: 0\r\n"), answers(429), answers(408)])
def test_a_receiver_that_fails_is_asked_again_with_the_same_id(first: Script, tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        await until(lambda: len(sink.seen) == 2)
        assert len({seen.headers["webhook-id"] for seen in sink.seen}) == 1
        await until(lambda: "delivered" in it.running.services.metrics.text("prometheus").decode())

    with_receiver(test, tmp_path, first, takes)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410])
def test_a_refusal_or_a_redirect_is_final_and_nothing_is_followed(status: int, tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        await until(lambda: outcomes(it)["refused"] == 1)
        await asyncio.sleep(0.1)
        assert [seen.path for seen in sink.seen] == ["/hook?x=1"]

    with_receiver(test, tmp_path, answers(status, "location: /elsewhere\r\n"))


def outcomes(it: Router) -> Mapping[str, float]:
    text = it.running.services.metrics.text("prometheus").decode()
    return parsed(text).totals("aua_webhook_messages_total", "outcome")


async def trickles(wire: Wire) -> None:
    """Answers a byte at a time, and never comes to the end of its head."""
    await wire.raw(b"HTTP/1.1 204 X\r\n")
    for _ in range(200):
        await asyncio.sleep(0.05)
        await wire.raw(b"x")


async def dies(wire: Wire) -> None:
    """Is killed in the middle of its answer's head."""
    await wire.raw(b"HTTP/1.1 20")
    await wire.cut()


async def boasts(wire: Wire) -> None:
    """Sends a head that does not end."""
    await wire.raw(b"HTTP/1.1 200 X\r\n")
    for _ in range(100):
        await wire.raw(b"x-more: " + b"y" * 10_000 + b"\r\n")


async def nonsense(wire: Wire) -> None:
    await wire.raw(b"\x16\x03\x01\x00garbage\r\n\r\n")


async def babbles(wire: Wire) -> None:
    """Takes the message, and answers with more than anybody reads."""
    await wire.raw(b"HTTP/1.1 200 X\r\ncontent-length: 100000000\r\n\r\n" + b"z" * 100_000)
    await asyncio.sleep(5)


@pytest.mark.parametrize("at_first", [trickles, dies, boasts, nonsense])
def test_a_receiver_that_does_not_come_to_an_answer_is_asked_again(
    at_first: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "ANSWER_S", 0.3)

    async def test(it: Router, sink: Models) -> None:
        await until(lambda: len(sink.seen) == 2)
        assert sink.seen[0].headers["webhook-id"] == sink.seen[1].headers["webhook-id"]
        await until(lambda: outcomes(it)["delivered"] == 1)

    with_receiver(test, tmp_path, at_first, takes)


def test_an_answer_is_not_read_further_than_its_head(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        await until(lambda: bool(sink.seen) and sink.seen[0].left.is_set())
        await until(lambda: outcomes(it)["delivered"] == 1)
        assert len(sink.seen) == 1

    with_receiver(test, tmp_path, babbles)


def test_a_receiver_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        await until(lambda: len(sink.seen) == 1)
        for _ in range(4):
            await it.chat("alpha")
        await until(lambda: it.log.getvalue().count('"webhook_lost"') == 2)
        assert (len(sink.seen), outcomes(it)["refused"]) == (1, 2)

    with_receiver(test, tmp_path, answers(410), alpha=(fails(500),))


def test_a_receiver_that_speaks_no_tls_is_asked_again_and_then_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "ATTEMPTS", 2)
    monkeypatch.setattr(outgoing, "CONNECT_S", 0.2)

    async def run() -> None:
        async with models(takes) as sink, models(says()) as first, models(says()) as second:
            settings = replace(DEFAULT_SETTINGS, webhooks={"ops": ALL})
            hooks = (Webhook("ops", "generic", url=sink.url.replace("http:", "https:"), private=True),)
            async with router(two_fields(first, second), tmp_path, settings=settings, webhooks=hooks) as it:
                await until(lambda: '"webhook_lost"' in it.log.getvalue())
                assert (outcomes(it)["unreachable"], sink.seen) == (1, [])
                assert (await it.chat("alpha")).status == 200

    asyncio.run(asyncio.wait_for(run(), 20))


def test_a_receiver_that_hangs_or_is_not_there_costs_no_request_and_no_stop_its_time(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        await until(lambda: bool(sink.seen))
        began_s = time.monotonic()
        for _ in range(5):
            assert (await it.chat("alpha")).status == 200
        assert time.monotonic() - began_s < 3

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aua_runtime.webhooks.FLUSH_S", 0.2)
        with_receiver(test, tmp_path, hangs)
        with_receiver(lambda it, _: it.chat("alpha"), tmp_path, url="http://127.0.0.1:9/hook")  # type: ignore[arg-type,return-value]


def test_what_waits_when_the_router_stops_is_sent_and_its_end_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        async with models(takes) as sink, models(says()) as first, models(says()) as second:
            settings = replace(DEFAULT_SETTINGS, webhooks={"ops": ALL})
            hooks = (Webhook("ops", "generic", sink.url, private=True),)
            async with router(two_fields(first, second), tmp_path, settings=settings, webhooks=hooks):
                pass
            assert len({seen.headers["webhook-id"] for seen in sink.seen}) == len(sink.seen) == 2
            assert heard(sink) == ["router_started", "router_draining"]

    asyncio.run(asyncio.wait_for(run(), 20))


def test_what_comes_and_goes_is_told_at_once_and_then_counted(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        webhooks = it.running._webhooks  # noqa: SLF001 - what looks is faster than breakers can flap
        assert webhooks is not None
        for _ in range(50):
            for name in ("specialist_down", "specialist_up"):
                webhooks._tell(name, {"specialist": "a"})  # noqa: SLF001
        await until(lambda: len(sink.seen) == 5)
        await asyncio.sleep(0.1)
        assert heard(sink) == ["router_started", "specialist_down", "specialist_up", "specialist_down", "specialist_up"]
        assert [seen.body["data"]["count"] for seen in sink.seen] == [1, 1, 1, 49, 49]

    with_receiver(test, tmp_path, told=replace(ALL, quiet_s=1.0))


def test_more_than_may_wait_is_dropped_and_counted(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        await until(lambda: bool(sink.seen))
        webhooks = it.running._webhooks  # noqa: SLF001
        assert webhooks is not None
        for number in range(outgoing.QUEUE + 10):
            webhooks._tell("specialist_down", {"specialist": f"s{number}"})  # noqa: SLF001
        assert outcomes(it)["queue_full"] >= 10

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aua_runtime.webhooks.FLUSH_S", 0.1)
        with_receiver(test, tmp_path, hangs)


def test_only_what_is_wanted_and_severe_enough_is_told_and_a_reload_changes_that(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        path = it.folder / "settings.json"
        data = json.loads(path.read_text())
        data["webhooks"]["ops"] |= {"min_severity": "info", "events": ["settings_reloaded"]}
        path.write_text(json.dumps(data))
        await asyncio.sleep(0.1)  # the first look
        assert sink.seen == []
        it.running.reload()
        await until(lambda: heard(sink) == ["settings_reloaded"])

    with_receiver(test, tmp_path, told=WebhookSettings(NAMES, "error", 300.0))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"events": ["specialist_dwon"]}, "holds `specialist_dwon`, which is no event"),
        ({"events": "all"}, "must be a list of strings"),
        ({"min_severity": "fatal"}, "must be one of info, warning, error"),
        ({"quiet_s": 0}, "must be a number from 1 to 86400"),
        ({"url": "http://elsewhere"}, "`webhooks.ops.url` is not a setting"),
    ],
)
def test_settings_that_are_wrong_are_refused_and_told(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        path = it.folder / "settings.json"
        data = json.loads(path.read_text())
        data["webhooks"]["ops"] |= change
        path.write_text(json.dumps(data))
        await asyncio.sleep(0.1)
        reply = await ask(it.management, "POST", "/config/reload")
        assert reply.status == 422 or reply.status >= 400
        assert told in reply.body.decode()
        await until(lambda: "settings_refused" in heard(sink))

    with_receiver(test, tmp_path)


def test_slack_gets_a_sentence_without_links_or_mentions() -> None:
    message = Message("specialist_down", {"specialist": "<!channel>&<http://a|b>"}, 0.0, 0.0, 3)
    said = json.loads(body_of(message, "slack", "shop", "digest"))["text"]
    assert said == (
        ":rotating_light: *shop*: The specialist &lt;!channel&gt;&amp;&lt;http://a|b&gt; gets no calls: its servers fail."
        " (3 times since 1970-01-01T00:00:00Z)"
    )


def test_every_notice_can_be_put_into_words() -> None:
    facts = {"specialist": "swe", "rows": 3, "percent": 50, "samples": 20}
    for notice in NOTICES:
        assert "{" not in Message(notice.name, facts, 0.0, 0.0).words


def test_a_url_from_the_environment_is_used_and_never_shown(tmp_path: Path) -> None:
    async def test(it: Router, sink: Models) -> None:
        await until(lambda: bool(sink.seen))
        assert sink.seen[0].path == "/secret/path"
        assert "secret/path" not in it.log.getvalue()

    with_receiver(test, tmp_path, answers(404), url=None, url_env="HOOK_URL")


@pytest.mark.parametrize(
    ("webhook", "environment", "told"),
    [
        ({"url_env": "U"}, {}, "U is not set"),
        ({"url_env": "U"}, {"U": " "}, "U is not set"),
        ({"url_env": "U"}, {"U": "hooks.example.org/SECRET"}, "U is not a URL"),
        ({"url_env": "U"}, {"U": "ftp://hooks.example.org/SECRET"}, "U is not a URL"),
        ({"url_env": "U"}, {"U": "https://user:SECRET@hooks.example.org/"}, "U is not a URL"),
        ({"url_env": "U"}, {"U": "https://hooks.example.org:SECRET/"}, "U is not a URL"),
        ({"url_env": "U"}, {"U": "https://[SECRET/"}, "U is not a URL"),
        ({"url_env": "U"}, {"U": "http://hooks.example.org/SECRET"}, "U is not an https URL"),
        ({"url_env": "U"}, {"U": "https://hooks.example.org/SECRET\r\nx: y"}, "characters"),
        ({"url": "https://a.example.org", "signing_env": "K"}, {}, "K is not set"),
        ({"url": "https://a.example.org", "signing_env": "K"}, {"K": "SECRET"}, "too short"),
        ({"url": "https://a.example.org", "signing_env": "K"}, {"K": "whsec_SECRET!"}, "not base64"),
        ({"url": "https://a.example.org", "signing_env": "K"}, {"K": "whsec_U0VDUkVU"}, "too short"),
    ],
)
def test_what_cannot_be_used_is_told_at_start_without_its_value(webhook: Any, environment: dict[str, str], told: str) -> None:
    with pytest.raises(Misconfigured, match=told) as raised:
        destination_of(Webhook("ops", "generic", **webhook), environment)
    assert "SECRET" not in str(raised.value)


# --- what is found in metrics


def look(watch: Watch, at_s: float, **counts: float) -> list[tuple[str, Mapping[str, object]]]:
    names = {
        "down": 'aua_breaker_state{specialist="a",worker="0"}',
        "other": 'aua_breaker_state{specialist="a",worker="1"}',
        "neither": 'aua_arbiter_verdicts_total{field="f",verdict="neither",basis="judge"}',
        "both": 'aua_arbiter_verdicts_total{field="f",verdict="both",basis="judge"}',
        "dropped": "aua_state_rows_dropped_total",
        "keyless": 'aua_errors_total{code="AUA_AUTH_REQUIRED"}',
    }
    assert all(name.startswith(WATCHED) for name in names.values())
    return list(watch.look(parsed("".join(f"{names[name]} {value}\n" for name, value in counts.items())), at_s))


def test_a_specialist_is_down_with_its_first_worker_and_up_with_its_last() -> None:
    watch = Watch()
    states = [(0, 0), (2, 0), (2, 2), (1, 2), (0, 2), (0, 1), (0, 0), (0, 0)]
    told = [[name for name, _ in look(watch, 0.0, down=down, other=other)] for down, other in states]
    assert told == [[], ["specialist_down"], [], [], [], [], ["specialist_up"], []]


def test_a_share_is_told_when_it_rises_and_again_only_after_it_fell() -> None:
    watch = Watch()
    assert look(watch, 0.0, neither=0, both=0) == []
    assert look(watch, 1.0, neither=19, both=0) == []
    assert look(watch, 2.0, neither=10 + 9, both=21) == [("arbiter_inconclusive_spike", {"percent": 48, "samples": 40})]
    assert look(watch, 3.0, neither=30, both=21) == []
    assert look(watch, 400.0, neither=30, both=100) == []
    assert look(watch, 401.0, neither=80, both=100)[0][0] == "arbiter_inconclusive_spike"


def test_what_lies_behind_the_first_look_is_not_told_and_counters_may_start_anew() -> None:
    watch = Watch()
    assert look(watch, 0.0, dropped=500, keyless=500) == []
    assert look(watch, 1.0, dropped=500, keyless=519) == []
    assert look(watch, 2.0, dropped=507, keyless=520) == [
        ("state_lost", {"rows": 7}),
        ("security_auth_failure_spike", {"samples": 20}),
    ]
    assert look(watch, 3.0, dropped=0, keyless=0) == []


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2))))
def test_down_and_up_always_take_turns(states: list[tuple[int, int]]) -> None:
    watch = Watch()
    told = [name for down, other in states for name, _ in look(watch, 0.0, down=down, other=other)]
    assert told == [("specialist_down", "specialist_up")[number % 2] for number in range(len(told))]


def test_a_worker_that_does_not_answer_for_a_while_makes_no_news() -> None:
    watch = Watch()

    def workers(*numbers: int) -> list[str]:
        lines = [
            f'aua_settings_reloads_total{{outcome="refused",worker="{number}"}} 7\n'
            f'aua_state_rows_dropped_total{{worker="{number}"}} 40\n'
            f'aua_errors_total{{code="AUA_AUTH_REQUIRED",worker="{number}"}} 50\n'
            f'aua_breaker_state{{specialist="a",worker="{number}"}} {number}\n'
            for number in numbers
        ]
        return [name for name, _ in watch.look(parsed("".join(lines)), 1.0)]

    assert workers(0, 1, 2) == ["specialist_down"]
    assert [workers(0), workers(0, 1, 2), workers(), workers(2)] == [[], [], [], []]
