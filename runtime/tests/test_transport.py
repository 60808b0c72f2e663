import asyncio
import time
from socket import AF_INET, SOCK_STREAM
from typing import Any

import pytest
from aua_runtime.transport.address import Address, address_of, reachable
from aua_runtime.transport.outcomes import Broken, TimedOut, Unreachable
from aua_runtime.transport.pool import Pool
from harness import Wire, hangs, models, says

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n"


@pytest.mark.parametrize(
    ("host", "private", "allowed"),
    [
        ("8.8.8.8", False, True),
        ("2606:4700::1111", False, True),
        ("127.0.0.1", True, True),
        ("127.0.0.1", False, False),
        ("10.0.0.1", False, False),
        ("::1", False, False),
        ("::ffff:10.0.0.1", False, False),
        ("fd00::1", True, True),
        ("169.254.169.254", True, False),
        ("::ffff:169.254.169.254", True, False),
        ("fe80::1%eth0", True, False),
        ("fd00:ec2::254", True, False),
        ("100.100.100.200", True, False),
        ("0.0.0.0", True, False),
        ("224.0.0.1", True, False),
    ],
)
def test_only_addresses_that_models_live_at_are_called(host: str, *, private: bool, allowed: bool) -> None:
    assert reachable(host, private=private) == allowed


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://u:p@x", "http://x?q", "http://x#f", "x:80"])
def test_a_base_url_is_plain(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        address_of(url)


def test_an_address_names_its_port_only_where_it_must() -> None:
    assert [address_of(url).authority for url in ("http://x", "https://x:443", "http://x:8080/base/", "http://[::1]:1")] == [
        "x",
        "x",
        "x:8080",
        "[::1]:1",
    ]
    assert address_of("http://x/base/").path == "/base"


def test_a_private_address_behind_a_name_is_not_called() -> None:
    async def test() -> None:
        async with models(says()) as served:
            address = Address("http", "localhost", served.port, "", private=False)
            with pytest.raises(Unreachable, match="allow_private"):
                await Pool().open(address, HEAD, b"{}", connect_s=1, first_s=1)
            assert served.connections == 0

    asyncio.run(test())


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000,
        b"HTTP/1.1 101 Switching\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
    ],
)
def test_what_is_not_a_response_breaks_the_exchange(data: bytes) -> None:
    async def script(wire: Wire) -> None:
        await wire.raw(data)

    async def test() -> None:
        async with models(script) as served:
            with pytest.raises(Broken):
                await Pool().open(address_of(served.url), HEAD, b"{}", connect_s=1, first_s=1)

    asyncio.run(test())


def test_informational_responses_are_passed_over() -> None:
    async def script(wire: Wire) -> None:
        await wire.raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n")
        await wire.whole({"a": 1})

    async def test() -> None:
        async with models(script) as served:
            exchange = await Pool().open(address_of(served.url), HEAD, b"{}", connect_s=1, first_s=1)
            assert (exchange.status, await exchange.read(1, "total")) == (200, b'{"a": 1}')
            assert b"link" not in exchange.headers
            exchange.close()

    asyncio.run(test())


def test_a_request_that_makes_its_server_cut_the_connection_is_not_tried_on_every_kept_one() -> None:
    async def cuts(wire: Wire) -> None:
        await wire.cut()

    async def test() -> None:
        async with models(*[says()] * 5, cuts) as served:
            pool = Pool()
            address = address_of(served.url)
            kept = [await pool.open(address, HEAD, b"{}", connect_s=1, first_s=1) for _ in range(5)]
            for exchange in kept:
                while await exchange.read(1, "total"):
                    pass
                exchange.close()
            with pytest.raises(Broken):
                await pool.open(address, HEAD, b"{}", connect_s=1, first_s=1)
            assert len(served.seen) == 5 + 2, "once on a kept connection, once on a new one"
            pool.close()

    asyncio.run(test())


def test_the_time_for_an_answer_does_not_begin_anew_on_another_connection() -> None:
    async def closes_late(wire: Wire) -> None:
        await asyncio.sleep(0.3)
        await wire.cut()

    async def test() -> None:
        async with models(says(), closes_late, hangs) as served:
            pool = Pool()
            address = address_of(served.url)
            exchange = await pool.open(address, HEAD, b"{}", connect_s=1, first_s=1)
            while await exchange.read(1, "total"):
                pass
            exchange.close()
            began_s = time.monotonic()
            with pytest.raises(TimedOut):
                await pool.open(address, HEAD, b"{}", connect_s=1, first_s=0.5)
            assert time.monotonic() - began_s < 0.7
            assert len(served.seen) == 3, "once on the kept connection, once on a new one"
            pool.close()

    asyncio.run(test())


def test_an_address_that_swallows_what_is_sent_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with models(says()) as served:
            loop = asyncio.get_running_loop()
            connect = loop.create_connection

            async def two(*_: object, **__: object) -> list[tuple[object, ...]]:
                return [(AF_INET, SOCK_STREAM, 6, "", (host, served.port)) for host in ("127.0.0.2", "127.0.0.1")]

            async def swallowed(made: Any, host: str, *rest: Any, **more: Any) -> Any:
                await asyncio.sleep(60 if host == "127.0.0.2" else 0)
                return await connect(made, host, *rest, **more)

            monkeypatch.setattr(loop, "getaddrinfo", two)
            monkeypatch.setattr(loop, "create_connection", swallowed)
            pool = Pool()
            exchange = await pool.open(Address("http", "model.example", served.port, ""), HEAD, b"{}", connect_s=0.4, first_s=2)
            assert exchange.status == 200
            pool.close()

    asyncio.run(test())


def test_a_name_is_resolved_once_and_called_where_it_may_be_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with models(says()) as served:
            asked: list[str] = []

            async def lead_astray(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
                asked.append(host)
                found = ("169.254.169.254", "127.0.0.1") if len(asked) == 1 else ("169.254.169.254",)
                return [(AF_INET, SOCK_STREAM, 6, "", (address, port)) for address in found]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lead_astray)
            pool = Pool()
            address = Address("http", "model.example", served.port, "")
            exchange = await pool.open(address, HEAD, b"{}", connect_s=1, first_s=1)
            exchange.close()
            assert (asked, exchange.status, served.connections) == (["model.example"], 200, 1)
            pool.close()
            with pytest.raises(Unreachable, match="may not be called"):
                await pool.open(address, HEAD, b"{}", connect_s=1, first_s=1)

    asyncio.run(test())


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".invalid", ".".join(["a" * 60] * 5)])
def test_a_name_that_cannot_be_one_is_an_unreachable_server(host: str) -> None:
    async def test() -> None:
        with pytest.raises(Unreachable, match="does not resolve"):
            await Pool().open(Address("http", host, 80, ""), HEAD, b"{}", connect_s=5, first_s=1)

    asyncio.run(test())


def test_a_server_that_sends_faster_than_is_read_is_made_to_wait() -> None:
    written = 0

    async def script(wire: Wire) -> None:
        nonlocal written
        await wire.head()
        for _ in range(400):
            await wire.chunk(b"x" * 65536)
            written += 65536
        await wire.end()

    async def test() -> None:
        async with models(script) as served:
            pool = Pool()
            exchange = await pool.open(address_of(served.url), HEAD, b"{}", connect_s=1, first_s=1)
            await asyncio.sleep(0.15)
            assert written < 400 * 65536, "26 MB do not wait in memory"
            total = 0
            while data := await exchange.read(2, "total"):
                total += len(data)
            assert total == 400 * 65536
            exchange.close()
            pool.close()

    asyncio.run(test())
