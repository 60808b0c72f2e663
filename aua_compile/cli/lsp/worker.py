"""The thread that compiles projects while the loop answers: one task at a time, told to the loop as it ends."""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aua_compile.cli.lsp.documents import Unsaved
from aua_compile.cli.lsp.projects import Analysis, Key, analysed, files_of, owners
from aua_compile.registry.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Task:
    """Projects to analyse, and files whose projects are not known yet; each says by itself whether it is a config."""

    keys: frozenset[Key]
    files: Mapping[Path, bool]
    unsaved: Unsaved


@dataclass(frozen=True, slots=True)
class Owned:
    """The projects of a file."""

    path: Path
    keys: tuple[Key, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A bug of ours that a task ran into, in words."""

    reason: str


class Done:
    """The task is over."""


Told = Owned | Analysis | Failed | Done


class Worker:
    """Takes tasks from the loop's thread and tells what comes of them in its own."""

    def __init__(self, tell: Callable[[Told], None], catalog: Catalog) -> None:
        self._tell, self._catalog = tell, catalog
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="analysis", daemon=True).start()

    def begin(self, task: Task) -> None:
        """Have a task done; `Done` is told when it is."""
        self._tasks.put(task)

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                self._do(task)
            except Exception as error:  # noqa: BLE001 - a bug in an analysis must not end the editor's server
                self._tell(Failed(f"{type(error).__name__}: {error}"))
            self._tell(Done())

    def _do(self, task: Task) -> None:
        keys = set(task.keys)
        for path, is_config in task.files.items():
            found = tuple(dict.fromkeys(owners(path, task.unsaved, is_config=is_config)))
            self._tell(Owned(path, found, files_of(found[0].config) if found else ()))
            keys.update(found)
        for key in sorted(keys, key=lambda key: (str(key.config), key.env or "")):
            self._tell(analysed(key, task.unsaved, self._catalog))
