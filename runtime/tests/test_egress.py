"""Where calls go: to the server that the plan names, and nowhere that a name, a redirect or the environment would send them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from socket import AF_INET, SOCK_STREAM
from typing import Any

import pytest
from aua_runtime.plan import Retries
from aua_runtime.transport.address import Address
from aua_runtime.transport.outcomes import Unreachable
from aua_runtime.transport.pool import Pool
from harness import fails, models, one_field, router, says

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n"
METADATA = "169.254.169.254"
ONCE = Retries(max=0, base_s=0.001, cap_s=0.01, budget=0.0)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def named(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> list[str]:
    """Let the name `models.example.org` resolve to each of `answers` in turn, the last for ever. The list grows with each question."""
    asked: list[str] = []
    loop = asyncio.get_running_loop()
    known = loop.getaddrinfo

    async def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        if host != "models.example.org":
            return await known(host, port, **more)
        asked.append(host)
        return [(AF_INET, SOCK_STREAM, 6, "", (address, port)) for address in answers[min(len(asked), len(answers)) - 1]]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    return asked


def test_of_a_names_addresses_only_those_that_may_be_called_are(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        named(monkeypatch, (METADATA, "127.0.0.1"))
        async with models(says()) as served:
            exchange = await Pool().open(Address("http", "models.example.org", served.port, ""), HEAD, b"{}", connect_s=1, first_s=1)
            assert exchange.status == 200
            assert served.connections == 1

    run(test)


def test_a_name_is_asked_once_per_connection_and_its_answer_is_what_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        asked = named(monkeypatch, ("127.0.0.1",), (METADATA,))
        async with models(says()) as served:
            address, pool = Address("http", "models.example.org", served.port, ""), Pool()
            await pool.open(address, HEAD, b"{}", connect_s=1, first_s=1)
            pool.close()
            assert (len(asked), served.connections) == (1, 1)
            with pytest.raises(Unreachable, match="may not be called"):
                await pool.open(address, HEAD, b"{}", connect_s=1, first_s=1)
            assert (len(asked), served.connections) == (2, 1)

    run(test)


def test_a_public_name_that_turns_to_a_private_address_is_not_followed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with models(says()) as served:
            named(monkeypatch, ("127.0.0.1",))
            with pytest.raises(Unreachable, match="allow_private"):
                await Pool().open(
                    Address("http", "models.example.org", served.port, "", private=False), HEAD, b"{}", connect_s=1, first_s=1
                )
            assert served.connections == 0

    run(test)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_is_not_followed(tmp_path: Path, status: int, *, stream: bool) -> None:
    async def test() -> None:
        async with models(says()) as other:
            async with (
                models(fails(status, {"location": f"{other.url}/v1/chat/completions"})) as served,
                router(one_field(served.url, retries=ONCE), tmp_path) as it,
            ):
                answer = await it.chat(stream=stream)
            assert (answer.status, answer.data["error"]["code"]) == (502, "AUA_BACKEND_ERROR")
            assert "location" not in answer.headers
            assert str(other.port) not in answer.body.decode()
            assert other.connections == 0

    run(test)


def test_proxy_variables_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with models(says("proxied")) as proxy, models(says("direct")) as served:
            for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            async with router(one_field(served.url), tmp_path) as it:
                assert (await it.chat()).data["choices"][0]["message"]["content"] == "direct"
            assert proxy.connections == 0

    run(test)
