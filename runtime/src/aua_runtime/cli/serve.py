"""`serve`: run a generated router with the runtime sources that lie beside it, or with the installed ones."""

import os
import sys
from pathlib import Path


def serve_folder(folder: str, bind: str | None) -> int:  # noqa: RET503 - what it ends with does not return
    """Become the router in this folder; 2 if there is none."""
    packages = [path.parent.name for path in sorted(Path(folder).glob("*/__main__.py")) if (path.parent / "settings.json").exists()]
    if len(packages) != 1:
        print(f"There is no generated router in {folder}: it holds a package with `settings.json`.", file=sys.stderr)
        return 2
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(Path(folder).resolve()), *([known] if known else [])])
    command = [sys.executable, "-m", packages[0], *(["--bind", bind] if bind else [])]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": path})  # noqa: S606 - our own interpreter, no shell
