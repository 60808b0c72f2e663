"""One worker among several: its part of the bounds, and what the first one tells for all. Processes are tested in tests/contract."""

from pathlib import Path

from aua_runtime import siblings
from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.plan import Api, CallLimits, Deployment, Limits, Listener, Logs, SqliteStore
from aua_runtime.workers import Worker
from harness import one_field


def worker(number: int, count: int) -> Worker:
    return Worker(number, count, public=3, management=None if number else 4, alive=5, folder="/run/aua")


def test_only_the_first_worker_speaks_for_the_others() -> None:
    assert worker(0, 3).siblings == ("/run/aua/1.sock", "/run/aua/2.sock")
    assert worker(1, 3).siblings == ()
    assert worker(1, 3).private == "/run/aua/1.sock"


def test_bounds_that_hold_for_all_workers_are_shared_out_and_rounded_up(tmp_path: Path) -> None:
    hand = one_field("http://127.0.0.1:1", limits=CallLimits(concurrency=4, queue=10))
    limits = Limits(body_bytes=10_000, header_bytes=4_000, connections=100, streams=10)
    whole = Deployment(
        name="by-hand",
        structure="",
        folder=tmp_path,
        fields=hand.fields,
        specialists=hand.specialists,
        arbiter=None,
        routed=hand.routed,
        answered=hand.answered,
        api=Api(Listener("127.0.0.1", 0), Listener("127.0.0.1", 0), "router", limits),
        store=SqliteStore("state.db", "normal"),
        logs=Logs("json", prompts=False),
        metrics=True,
        drain_s=1.0,
    )
    part = worker(0, 3).share(whole)
    assert part.api.limits == Limits(body_bytes=10_000, header_bytes=4_000, connections=34, streams=4)
    assert part.specialists[0].limits == CallLimits(concurrency=2, queue=4)


def test_counts_of_several_workers_are_told_apart_and_each_family_once() -> None:
    first, second = Metrics(("a",), worker=0), Metrics(("a",), worker=1)
    first.count(metrics.RELOADS, "applied")
    first.observe(metrics.STATE_COMMIT, 0.003)
    second.count(metrics.RELOADS, "applied", by=2)
    second.count(metrics.ERRORS, "AUA_NOT_FOUND")
    lines = siblings.merged([first.text(), second.text()]).decode().splitlines()
    assert 'aua_settings_reloads_total{outcome="applied",worker="0"} 1' in lines
    assert 'aua_settings_reloads_total{outcome="applied",worker="1"} 2' in lines
    assert 'aua_errors_total{code="AUA_NOT_FOUND",worker="1"} 1' in lines
    assert 'aua_state_commit_seconds_bucket{worker="0",le="0.005"} 1' in lines
    heads = [line for line in lines if line.startswith("#")]
    assert len(heads) == len(set(heads))
    at = [index for index, line in enumerate(lines) if line.startswith("aua_settings_reloads_total")]
    assert at == list(range(at[0], at[0] + 6))  # three outcomes of two workers


def test_a_lone_router_has_no_label_for_workers() -> None:
    assert b"worker=" not in Metrics(("a",)).text()


def test_an_answer_that_is_no_json_tells_nothing() -> None:
    assert not siblings.is_ready(None)
    assert not siblings.is_ready((503, b"{}"))
    assert siblings.is_ready((200, b"{}"))
