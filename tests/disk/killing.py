"""Runs `apply` in processes that are killed, and looks at what each leaves. Started by test_kill.py and by the bench.

Arguments: an empty folder to work in; `exchange` or `journal`; how many processes to kill at a random moment, or `calls` to kill one right
before each call that changes the disk. Prints how many were killed, or what was wrong.
"""

import errno
import os
import random
import signal
import sys
import time
from pathlib import Path

from aua_compile.disk import Change, apply, compare, exchange, recover
from tests.disk.trees import at_call, files, texts, version, without_waiting

PERSONAL = {".env": "KEY=value\n", "notes/a.txt": "mine\n"}


def main(work: Path, how: str, kills: str) -> int:
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
    usual_s = measured(folder)
    current = 1
    while killed < (int(kills) if kills != "calls" else sys.maxsize):
        number += 1
        child = os.fork()
        if child == 0:
            with at_call(number if kills == "calls" else -1, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                done = apply(version(current + 1), folder).value is not None
            os._exit(0 if done else 3)
        if kills != "calls":
            time.sleep(chance.uniform(0, usual_s * 1.2))
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
            return complain(f"run {number} exited with {os.WEXITSTATUS(status)}")
        now = judged(folder, current, strict=how == "exchange")
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


def judged(folder: Path, old: int, *, strict: bool) -> int:
    """The version that lies in `folder` after a run from `old` to the next was stopped; -1 if it is neither, or something is left."""
    expected = {number: {**texts(version(number)), **PERSONAL} for number in (old, old + 1)}
    found = {path: text for path, text in files(folder).items() if not path.startswith(".aua.")}
    if found not in expected.values():
        changes: tuple[Change, ...] = compare(version(old + 1), folder).value or ()
        if strict or not any(change.kind == "interrupted" for change in changes):
            return complain(f"neither version {old} nor the next: {sorted(found)}")
    if recover(folder).value is None:
        return complain("the next run cannot recover")
    now = files(folder)
    number = next((number for number, texts_ in expected.items() if now == texts_), -1)
    if number < 0:
        return complain(f"recovered neither version {old} nor the next: {sorted(now)}")
    left = sorted(path.name for path in folder.parent.iterdir() if path != folder and not path.name.endswith("-lock"))
    return complain(f"left beside: {left}") if left else number


def measured(folder: Path) -> float:
    """How long a run takes here, in seconds."""
    started = time.perf_counter()
    apply(version(1), folder)
    return time.perf_counter() - started


def refuse(one: str, other: str) -> None:
    raise OSError(errno.ENOSYS, "not on this file system", f"{one} {other}")


def complain(what: str) -> int:
    print(what)
    return -1


if __name__ == "__main__":
    sys.exit(abs(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))
