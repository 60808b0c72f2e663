"""Places at servers: who gets one, who waits, who is sent away, and which server it is."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from aua_runtime.breaker import Breaker, BreakerLimits
from aua_runtime.plan import CallLimits
from aua_runtime.replicas import BALANCE, Full, Replicas, Resting, Upstream
from aua_runtime.transport.address import address_of
from harness import specialist, until


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def replicas(count: int = 1, *, concurrency: int | None = None, queue: int = 0, clock: Callable[[], float] | None = None) -> Replicas:
    limits = None if concurrency is None else CallLimits(concurrency, queue)
    served = specialist("a", "alpha", "http://s0", limits=limits)
    breaker = BreakerLimits(threshold=1, recovery_s=10.0, half_open_max=1)
    clock = clock or Clock()
    upstreams = [Upstream(served, address_of(f"http://s{index}"), b"", Breaker(breaker, clock)) for index in range(count)]
    return Replicas(served, "m", upstreams, clock)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 10))


def entered(them: Replicas, key: bytes = b"") -> Upstream:
    place = them.enter(key)
    assert place is not None
    return place[0]


# --- places and the line


def test_no_more_calls_are_open_than_the_limit_allows() -> None:
    them = replicas(concurrency=2)
    assert [them.enter() is not None for _ in range(3)] == [True, True, False]


def test_a_place_that_is_given_back_is_taken_again() -> None:
    them = replicas(concurrency=1)
    them.leave(entered(them))
    assert them.enter() is not None


def test_without_limits_nobody_waits() -> None:
    them = replicas()
    assert all(them.enter() is not None for _ in range(10_000))


def test_those_who_wait_are_served_in_the_order_they_came() -> None:
    async def test() -> None:
        them = replicas(concurrency=1, queue=3)
        upstream = entered(them)
        served: list[int] = []

        async def call(number: int) -> None:
            place = await them.wait(5)
            served.append(number)
            await asyncio.sleep(0)
            them.leave(place[0])

        calls = [asyncio.create_task(call(number)) for number in range(3)]
        await until(lambda: them.waiting == 3)
        them.leave(upstream)
        await asyncio.gather(*calls)
        assert served == [0, 1, 2]

    run(test)


def test_a_newcomer_does_not_get_ahead_of_those_who_wait() -> None:
    async def test() -> None:
        them = replicas(concurrency=1, queue=2)
        upstream = entered(them)
        waiting = asyncio.create_task(them.wait(5))
        await until(lambda: them.waiting == 1)
        them.leave(upstream)
        assert them.enter() is None
        assert (await waiting)[0] is upstream

    run(test)


def test_a_full_line_sends_away_and_says_how_long_its_first_has_waited() -> None:
    async def test() -> None:
        clock = Clock()
        them = replicas(concurrency=1, queue=1, clock=clock)
        entered(them)
        waiting = asyncio.create_task(them.wait(5))
        await until(lambda: them.waiting == 1)
        clock.now_s = 7.0
        with pytest.raises(Full) as full:
            await them.wait(5)
        assert full.value.waited_s == 7.0
        waiting.cancel()

    run(test)


def test_one_who_leaves_the_line_frees_a_place_in_it() -> None:
    async def test() -> None:
        them = replicas(concurrency=1, queue=1)
        upstream = entered(them)
        waiting = asyncio.create_task(them.wait(5))
        await until(lambda: them.waiting == 1)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert them.waiting == 0
        them.leave(upstream)
        assert upstream.open == 0

    run(test)


def test_one_who_leaves_as_a_place_comes_passes_it_on() -> None:
    async def test() -> None:
        them = replicas(concurrency=1, queue=2)
        upstream = entered(them)
        first, second = (asyncio.create_task(them.wait(5)) for _ in range(2))
        await until(lambda: them.waiting == 2)
        them.leave(upstream)
        first.cancel()
        assert (await second)[0] is upstream
        them.leave(upstream)
        assert upstream.open == 0

    run(test)


def test_a_wait_ends_in_time() -> None:
    async def test() -> None:
        them = replicas(concurrency=1, queue=1)
        entered(them)
        with pytest.raises(TimeoutError):
            await them.wait(0.01)
        assert them.waiting == 0

    run(test)


def test_those_who_wait_are_sent_away_when_the_breaker_opens() -> None:
    async def test() -> None:
        them = replicas(concurrency=1, queue=2)
        place = them.enter()
        assert place is not None
        waiting = [asyncio.create_task(them.wait(5)) for _ in range(2)]
        await until(lambda: them.waiting == 2)
        place[0].breaker.fail(place[1])
        them.leave(place[0])
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Resting, Resting]

    run(test)


def test_nobody_waits_for_servers_whose_breakers_are_open() -> None:
    async def test() -> None:
        them = replicas(2, concurrency=1, queue=2)
        for upstream in them.upstreams:
            upstream.breaker.fail(upstream.breaker.admit())
        assert them.enter() is None
        with pytest.raises(Resting):
            await them.wait(5)

    run(test)


def test_nobody_waits_for_a_breakers_probe() -> None:
    async def test() -> None:
        clock = Clock()
        them = replicas(concurrency=5, queue=5, clock=clock)
        only = them.upstreams[0]
        only.breaker.fail(only.breaker.admit())
        clock.now_s = 10.0
        assert them.enter() is not None
        assert them.enter() is None
        with pytest.raises(Resting):
            await them.wait(5)

    run(test)


# --- the choice


def test_a_key_stays_with_its_server() -> None:
    them = replicas(5)
    found = set()
    for _ in range(20):
        upstream = entered(them, b"session-1")
        found.add(upstream.address.host)
        them.leave(upstream)
    assert len(found) == 1


def test_keys_are_spread_over_the_servers() -> None:
    them = replicas(4)
    found: Counter[str] = Counter()
    for number in range(4000):
        upstream = entered(them, b"session-%d" % number)
        found[upstream.address.host] += 1
        them.leave(upstream)
    assert len(found) == 4
    assert min(found.values()) > 850  # of 1,000 expected; five standard deviations


def test_a_server_that_is_lost_moves_no_key_but_its_own() -> None:
    them = replicas(4)
    keys = [b"session-%d" % number for number in range(200)]

    def homes() -> dict[bytes, str]:
        found = {}
        for key in keys:
            upstream = entered(them, key)
            found[key] = upstream.address.host
            them.leave(upstream)
        return found

    before = homes()
    lost = them.upstreams[0]
    lost.breaker.fail(lost.breaker.admit())
    after = homes()
    assert all(after[key] == home for key, home in before.items() if home != lost.address.host)
    assert lost.address.host not in after.values()


def test_no_server_gets_more_than_its_share_of_one_popular_key() -> None:
    them = replicas(4)
    for _ in range(100):
        entered(them, b"the same for all")
    opened = sorted(upstream.open for upstream in them.upstreams)
    assert sum(opened) == 100
    assert opened[-1] <= BALANCE * 100 / 4 + 1


def test_a_full_server_passes_calls_on_before_anyone_waits() -> None:
    them = replicas(2, concurrency=3, queue=1)
    assert all(them.enter(b"key") is not None for _ in range(6))
    assert them.enter(b"key") is None


def test_a_server_that_failed_a_request_is_not_asked_again_where_there_is_another() -> None:
    them = replicas(3)
    first = entered(them, b"key")
    them.leave(first)
    place = them.enter(b"key", avoid=first)
    assert place is not None
    assert place[0] is not first


def test_the_only_server_left_is_asked_again() -> None:
    them = replicas(2)
    first, other = them.upstreams
    other.breaker.fail(other.breaker.admit())
    place = them.enter(b"key", avoid=first)
    assert place is not None
    assert place[0] is first


def test_a_place_at_any_server_serves_the_line() -> None:
    async def test() -> None:
        them = replicas(2, concurrency=1, queue=1)
        entered(them, b"key")
        second = entered(them, b"key")
        waiting = asyncio.create_task(them.wait(5))
        await until(lambda: them.waiting == 1)
        them.leave(second)
        assert (await waiting)[0] is second

    run(test)
