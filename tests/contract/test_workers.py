"""A generated router of several workers, as the processes that it runs in."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from aua_compile.plan.model import Listener
from aua_compile.targets.router import PACKAGE
from tests.contract.test_router import free_ports, models, process, written
from tests.targets.plans import single_4090

WORKERS = 3
SOON_S = 20.0


@dataclass(frozen=True)
class Several:
    """A router with its workers, and where it lies."""

    public: str
    management: str
    folder: Path
    supervisor: "subprocess.Popen[str]"

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self.management}/health/ready", trust_env=False)

    def chat(self, **more: object) -> httpx.Response:
        body = {"model": "swe", "messages": [{"role": "user", "content": "Sort a list."}], **more}
        return httpx.post(f"{self.public}/v1/chat/completions", json=body, trust_env=False, timeout=20)

    def counted(self, metric: str, field: str) -> dict[str, float]:
        """By worker, what a metric counted in series whose labels hold `field`."""
        found: dict[str, float] = {}
        for line in httpx.get(f"{self.management}/metrics", trust_env=False).text.splitlines():
            if line.startswith(metric + "{") and field in line:
                worker = line.partition('worker="')[2].partition('"')[0]
                found[worker] = found.get(worker, 0) + float(line.rpartition(" ")[2])
        return found

    def workers(self) -> list[int]:
        """The workers' process ids."""
        listed = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text()
        return [int(number) for number in listed.split()]

    def settings(self, **routing: float) -> None:
        """Write other thresholds, as a compile with changed values does."""
        path = self.folder / PACKAGE / "settings.json"
        data = json.loads(path.read_text())
        made = path.with_suffix(".new")
        made.write_text(json.dumps({**data, "routing": {**data["routing"], **routing}}))
        made.rename(path)

    def thresholds(self) -> float:
        answer = httpx.post(f"{self.public}/route", json={"query": "Sort a list."}, trust_env=False)
        return float(answer.json()["thresholds"]["single"])


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that has ended may still wait to be reaped."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(holds: Callable[[], bool]) -> None:
    end = monotonic() + SOON_S
    while True:
        with suppress(httpx.HTTPError):
            if holds():
                return
        assert monotonic() < end
        sleep(0.05)


@contextmanager
def several(tmp_path: Path, token_ms: int = 1) -> Iterator[Several]:
    """Three workers behind one port, with a model server that pretends behind them."""
    plan = single_4090()
    public, management = free_ports(2)
    api = replace(plan.api, public=Listener("127.0.0.1", public), management=Listener("127.0.0.1", management))
    folder = written(replace(plan, api=api, router=replace(plan.router, workers=WORKERS, drain_s=5.0)), tmp_path)
    with models(tmp_path, token_ms) as url:
        urls = {f"AUA_SPECIALIST_{name}_URL": url for name in ("SWE", "MATH", "ARBITER")}
        with process([sys.executable, "-m", PACKAGE], tmp_path, tmp_path / "router.log", PYTHONPATH=str(folder), **urls) as ran:
            it = Several(f"http://127.0.0.1:{public}", f"http://127.0.0.1:{management}", folder, ran)
            until(lambda: it.ready().status_code == 200)
            yield it


def test_workers_share_the_port_the_state_and_the_counts(tmp_path: Path) -> None:
    with several(tmp_path) as it:
        assert it.ready().json()["workers"] == {"ready": WORKERS, "of": WORKERS}
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _: it.chat(), range(60)))
        assert {answer.status_code for answer in answers} == {200}
        until(lambda: sum(it.counted("aua_query_total", "software_engineering").values()) == 60)
        by_worker = it.counted("aua_query_total", "software_engineering")
        assert len(by_worker) > 1
        text = httpx.get(f"{it.management}/metrics", trust_env=False).text
        assert text.count("# TYPE aua_query_total ") == 1
    kept = sqlite3.connect(tmp_path / "state" / "aua.db")
    with kept:
        assert kept.execute("SELECT count(*) FROM requests").fetchone() == (60,)
    kept.close()
    lines = [json.loads(line) for line in (tmp_path / "router.log").read_text().splitlines()]  # whole ones, whoever wrote them
    assert {line["worker"] for line in lines} == set(range(WORKERS))
    assert sum(line["event"] == "query" for line in lines) == 60


def test_a_worker_that_is_killed_is_started_again_and_takes_no_other_along(tmp_path: Path) -> None:
    with several(tmp_path) as it:
        before = it.workers()
        assert len(before) == WORKERS
        os.kill(before[1], signal.SIGKILL)
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: it.chat(), range(30)))
        assert {answer.status_code for answer in answers} == {200}
        until(lambda: it.ready().status_code == 200 and len(it.workers()) == WORKERS)
        assert len(set(before) & set(it.workers())) == WORKERS - 1


def test_the_management_listener_outlives_the_worker_that_answers_it(tmp_path: Path) -> None:
    with several(tmp_path) as it:
        os.kill(it.workers()[0], signal.SIGKILL)
        until(lambda: it.ready().status_code == 200)
        assert it.ready().json()["workers"] == {"ready": WORKERS, "of": WORKERS}


@pytest.mark.parametrize("how", ["request", "signal"])
def test_a_reload_reaches_every_worker_and_fails_no_request(tmp_path: Path, how: str) -> None:
    with several(tmp_path) as it, ThreadPoolExecutor(8) as pool:
        asked = pool.submit(lambda: [it.chat().status_code for _ in range(40)])
        for threshold in (0.6, 0.65, 0.9):
            it.settings(single_threshold=threshold)
            if how == "signal":
                it.supervisor.send_signal(signal.SIGHUP)
            else:
                answer = httpx.post(f"{it.management}/config/reload", trust_env=False, timeout=10)
                assert (answer.status_code, answer.json()["outcome"]) == (200, "applied")
            until(lambda wanted=threshold: {it.thresholds() for _ in range(12)} == {wanted})  # type: ignore[misc]  # a default binds it
        it.settings(single_threshold=7)
        assert httpx.post(f"{it.management}/config/reload", trust_env=False, timeout=10).status_code == 409
        assert {it.thresholds() for _ in range(12)} == {0.9}
        assert set(asked.result()) == {200}


def test_stopping_lets_open_answers_finish_and_leaves_no_process(tmp_path: Path) -> None:
    with several(tmp_path, token_ms=50) as it, ThreadPoolExecutor(4) as pool:
        workers = it.workers()
        open_answers = [pool.submit(it.chat) for _ in range(4)]
        until(lambda: sum(it.counted("aua_queries_in_flight", "").values()) == 4)
        it.supervisor.send_signal(signal.SIGTERM)
        assert [answer.result().status_code for answer in open_answers] == [200] * 4
        assert it.supervisor.wait(15) == 0
    assert not [pid for pid in workers if is_alive(pid)]


def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    def killed() -> None:
        with several(tmp_path) as it:
            workers.extend(it.workers())
            it.supervisor.kill()

    workers: list[int] = []
    with pytest.raises(AssertionError):  # it did not end with 0
        killed()
    assert len(workers) == WORKERS
    until(lambda: not [pid for pid in workers if is_alive(pid)])


def test_what_no_worker_can_start_with_ends_the_router_with_its_reason(tmp_path: Path) -> None:
    plan = single_4090()
    folder = written(replace(plan, api=replace(plan.api, api_key_env="ROUTER_KEY"), router=replace(plan.router, workers=WORKERS)), tmp_path)
    ran = subprocess.run(
        [sys.executable, "-m", PACKAGE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 4
    assert "ROUTER_KEY" in ran.stderr
