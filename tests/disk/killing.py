"""Runs `apply` in processes that are killed, and looks at what each leaves. Started by test_kill.py and by the bench.

Arguments: an empty folder to work in; `exchange` or `journal`; how many processes to kill at a random moment, or `calls` to kill one right
before each call that changes the disk; `apply`, or `eject` for runs that hand a file over or back. Prints how many were killed, or what was
wrong.
"""

import errno
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aua_compile.checked import Checked
from aua_compile.disk import Change, apply, compare, ejected, exchange, recover
from aua_compile.disk.eject import eject, take_back
from aua_compile.disk.places import OWN
from aua_compile.manifest import MANIFEST, Manifest, read_manifest, written
from tests.disk.trees import at_call, files, texts, version, without_waiting

PERSONAL = {".env": "KEY=value\n", "notes/a.txt": "mine\n"}


MINE = "compose/changes0.yaml"
"""The file that is handed over."""


@dataclass(frozen=True)
class Deed:
    """What a run does to a folder in the state with a number, and what the files are then."""

    run: Callable[[int, Path], Checked[tuple[Change, ...]]]
    files: Callable[[int], dict[str, str]]
    changes: Callable[[int, Path], tuple[Change, ...]]


def eject_or_take_back(state: int, folder: Path) -> Checked[tuple[Change, ...]]:
    return eject(MINE, folder) if state % 2 == 0 else take_back(MINE, folder)


def handed_over(state: int) -> dict[str, str]:
    """Version 1 as it is, in an odd state with the first file handed over."""
    given = texts(version(1))
    manifest = read_manifest(given.pop(MANIFEST).encode())
    assert isinstance(manifest, Manifest)
    if state % 2:
        base, digest = ejected.base(MINE), manifest.files[MINE]
        files = {path: known for path, known in manifest.files.items() if path != MINE} | {base: digest}
        manifest = replace(manifest, files=files, ejected={MINE: digest})
        given[base] = given[MINE]
    return {**given, MANIFEST: written(manifest).text}


DEEDS = {
    "apply": Deed(
        lambda state, folder: apply(version(state + 1), folder),
        lambda state: texts(version(state)),
        lambda state, folder: compare(version(state + 1), folder).value or (),
    ),
    "eject": Deed(eject_or_take_back, handed_over, lambda _, folder: compare(version(1), folder).value or ()),
}


def main(work: Path, how: str, kills: str, does: str) -> int:
    deed = DEEDS[does]
    os.fsync = without_waiting
    if how == "journal":
        exchange.exchange = refuse
    folder = work / "deploy"
    apply(version(0), folder)
    for path, text in PERSONAL.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    killed = kept = number = 0
    chance = random.Random(f"{how}{kills}")
    apply(version(1), folder)
    current = 1 if does == "apply" else 0
    longest_s = 0.0
    while killed < (int(kills) if kills != "calls" else sys.maxsize):
        number += 1
        # Runs that end by themselves, at first and now and then, tell how long one takes: a machine is not as fast all the time.
        timing = kills != "calls" and number % 10 == 1
        started = time.perf_counter()
        child = os.fork()
        if child == 0:
            with at_call(number if kills == "calls" else -1, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                done = deed.run(current, folder).value is not None
            os._exit(0 if done else 3)
        if kills != "calls" and not timing:
            time.sleep(chance.uniform(0, longest_s))
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if timing:
            longest_s = max(longest_s, time.perf_counter() - started)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
            return complain(f"run {number} exited with {os.WEXITSTATUS(status)}")
        now = judged(folder, deed, current, strict=how == "exchange")
        if now < 0:
            return 1
        if os.WIFSIGNALED(status):
            killed += 1
            kept += now == current
        elif kills == "calls":
            break
        current = now
    print(f"killed {killed}; {kept} left the old files, {killed - kept} the new ones")
    return 0


def judged(folder: Path, deed: Deed, old: int, *, strict: bool) -> int:
    """The state that lies in `folder` after a run from `old` to the next was stopped; -1 if it is neither, or something is left."""
    expected = {number: {**deed.files(number), **PERSONAL} for number in (old, old + 1)}
    found = {path: text for path, text in files(folder).items() if path.split("/")[0] not in OWN}
    if found not in expected.values() and (strict or not any(change.kind == "interrupted" for change in deed.changes(old, folder))):
        return complain(f"neither state {old} nor the next: {sorted(found)}")
    if recover(folder).value is None:
        return complain("the next run cannot recover")
    now = files(folder)
    number = next((number for number, texts_ in expected.items() if now == texts_), -1)
    if number < 0:
        return complain(f"recovered neither state {old} nor the next: {sorted(now)}")
    left = sorted(path.name for path in folder.parent.iterdir() if path != folder and not path.name.endswith("-lock"))
    return complain(f"left beside: {left}") if left else number


def refuse(one: str, other: str) -> None:
    raise OSError(errno.ENOSYS, "not on this file system", f"{one} {other}")


def complain(what: str) -> int:
    print(what)
    return -1


if __name__ == "__main__":
    sys.exit(abs(main(Path(sys.argv[1]), *sys.argv[2:5])))
