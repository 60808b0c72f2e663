"""`serve`: run a generated router with the runtime sources that lie beside it, or with the installed ones."""

import os
import sys
from pathlib import Path


def serve_folder(folder: str, bind: str | None) -> int:  # noqa: RET503 - what it ends with does not return
    """Become the router in this folder; 2 if there is none."""
    found = package_in(folder)
    if found is None:
        return 2
    root, package = found
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(root), *([known] if known else [])])
    command = [sys.executable, "-m", package, *(["--bind", bind] if bind else [])]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": path})  # noqa: S606 - our own interpreter, no shell


def package_in(folder: str) -> tuple[Path, str] | None:
    """Where the generated package lies and its name: in the folder or in `router` there; None, and said so, if there is not exactly one."""
    for root in (Path(folder), Path(folder) / "router"):
        packages = [path.parent.name for path in sorted(root.glob("*/__main__.py")) if (path.parent / "settings.json").exists()]
        if len(packages) == 1:
            return root.resolve(), packages[0]
    print(f"There is no generated router in {folder}: it holds a package with `settings.json`.", file=sys.stderr)
    return None
