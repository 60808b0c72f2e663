"""The router with a stopwatch around each stage: run in the folder of a generated router as `python -m bench.stages FILE`.

When it ends it writes to FILE the CPU seconds that the event loop's thread spent in each stage, without the stages inside it, and what
the thread that writes to SQLite spent. What the watch itself costs is measured first and taken off.
"""

import functools
import importlib
import inspect
import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

LOG = "log"
STAGES = (
    ("receive", "aua_runtime.http1", "Inbound.data_received"),
    ("parse and check", "aua_runtime.app", "App.answer"),
    ("classify", "aua_runtime.classify", "fields_of"),
    ("route", "aua_runtime.route", "pinned"),
    ("route", "aua_runtime.route", "chosen"),
    ("call", "aua_runtime.upstream", "relay"),
    ("call", "aua_runtime.transport.connection", "Connection.data_received"),
    ("respond", "aua_runtime.reply", "relayed"),
    ("score", "aua_runtime.score", "scored"),
    ("score", "aua_runtime.score", "note"),
    ("count and record", "aua_runtime.state", "recorded"),
    ("count and record", "aua_runtime.settle", "keep"),
    (LOG, "aua_runtime.settle", "_tell"),
    (LOG, "aua_runtime.log", "Log.flush"),
)
"""Stage, module, function: what the generated pipeline calls, and the two ends of a connection."""
WRITER = "write to SQLite"
_TRIALS = 20000


class Watch:
    """Which stage is running, and what each has taken. One thread."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = {}
        self.entered: dict[str, int] = {}
        self._open: list[str] = []
        self._since_s = 0.0

    def enter(self, stage: str) -> None:
        now_s = time.thread_time()
        if self._open:
            self.spent_s[self._open[-1]] += now_s - self._since_s
        self._open.append(stage)
        self.spent_s.setdefault(stage, 0.0)
        self.entered[stage] = self.entered.get(stage, 0) + 1
        self._since_s = time.thread_time()

    def leave(self) -> None:
        now_s = time.thread_time()
        self.spent_s[self._open.pop()] += now_s - self._since_s
        self._since_s = time.thread_time()

    def total(self) -> dict[str, float]:
        """Seconds by stage, less what an empty stage shows."""
        idle = Watch()
        for _ in range(_TRIALS):
            idle.enter("")
            idle.leave()
        each_s = idle.spent_s[""] / _TRIALS
        return {stage: max(0.0, spent_s - each_s * self.entered[stage]) for stage, spent_s in self.spent_s.items()}


class _Steps:
    """A coroutine whose steps are timed: what it waits for is not."""

    def __init__(self, watch: Watch, stage: str, coroutine: Any) -> None:
        self._watch = watch
        self._stage = stage
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        step = functools.partial(self._coroutine.send, None)
        while True:
            self._watch.enter(self._stage)
            try:
                waited = step()
            except StopIteration as end:
                return end.value
            finally:
                self._watch.leave()
            try:
                sent = yield waited
            except BaseException as error:  # noqa: BLE001 - handed on to where it belongs
                step = functools.partial(self._coroutine.throw, error)
            else:
                step = functools.partial(self._coroutine.send, sent)


class _Around:
    """A context manager whose entry and exit are timed."""

    def __init__(self, watch: Watch, stage: str, manager: AbstractContextManager[Any]) -> None:
        self._watch = watch
        self._stage = stage
        self._manager = manager

    def __enter__(self) -> Any:
        self._watch.enter(self._stage)
        try:
            return self._manager.__enter__()
        finally:
            self._watch.leave()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool | None:
        self._watch.enter(self._stage)
        try:
            return self._manager.__exit__(kind, error, trace)
        finally:
            self._watch.leave()


def timed(watch: Watch, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, watched."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def stepped(*args: Any, **more: Any) -> Any:
            return await _Steps(watch, stage, function(*args, **more))

        return stepped

    @functools.wraps(function)
    def called(*args: Any, **more: Any) -> Any:
        watch.enter(stage)
        try:
            made = function(*args, **more)
        finally:
            watch.leave()
        return _Around(watch, stage, made) if isinstance(made, AbstractContextManager) else made

    return called


def owner_of(module: str, path: str) -> tuple[Any, str]:
    """The module or class that holds a function, and the function's name there; AttributeError where it is not."""
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    getattr(owner, name)
    return owner, name


def main() -> None:
    watch = Watch()
    for stage, module, path in STAGES:
        owner, name = owner_of(module, path)
        setattr(owner, name, timed(watch, stage, getattr(owner, name)))
    owner, name = owner_of("aua_runtime.state.sqlite", "Sqlite._run")
    write = getattr(owner, name)

    def writing(recorder: Any) -> None:
        write(recorder)
        watch.spent_s[WRITER], watch.entered[WRITER] = time.thread_time(), 0

    setattr(owner, name, writing)
    deployment = importlib.import_module("aua_router.app").DEPLOYMENT
    code = importlib.import_module("aua_runtime.server").serve(deployment, [])
    Path(sys.argv[1]).write_text(json.dumps(watch.total()))
    sys.exit(code)


if __name__ == "__main__":
    main()
