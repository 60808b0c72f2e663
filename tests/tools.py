"""Real tools that judge what is emitted. An absent one skips its test with the reason, unless every tool is required."""

import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is inside takes at most so much CPU time: the program's own, without what measuring coverage adds to every line."""
    tracer = sys.gettrace()
    sys.settrace(None)
    began = time.process_time()
    try:
        yield
        took = time.process_time() - began
    finally:
        sys.settrace(tracer)
    assert took < seconds


def require(name: str) -> str:
    """The path of the command `name`: beside this interpreter, in the checkout's `.tools/bin`, or on PATH."""
    folders = (str(Path(sys.executable).parent), str(ROOT / ".tools" / "bin"), os.environ.get("PATH", os.defpath))
    path = shutil.which(name, path=os.pathsep.join(folders))
    if path is None:
        _absent(f"the command `{name}`")
    return str(path)


def require_file(name: str) -> Path:
    """The path of a file that judges, in the checkout's `.tools`."""
    path = ROOT / ".tools" / name
    if not path.is_file():
        _absent(f"the file `.tools/{name}`")
    return path


def require_module(name: str) -> None:
    """Go on only where the Python module `name` can be imported."""
    if importlib.util.find_spec(name) is None:
        _absent(f"the Python module `{name}`")


def require_platform(name: str) -> None:
    """Go on only on the platform that `sys.platform` calls `name`."""
    if sys.platform != name:
        pytest.skip(f"needs {name}; this is {sys.platform}")


def _absent(what: str) -> None:
    if os.environ.get("AUA_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{what} is required (AUA_REQUIRE_TOOLS=1) and not installed")
    pytest.skip(f"{what} is not installed")
