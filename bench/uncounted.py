"""The router with its counting taken out, to see what that costs: run in the folder of a generated router as `python -m bench.uncounted`.

A deployment without `/metrics` still counts. Gauges that a request raises and lowers are left; they cost next to nothing.
"""

import importlib
import sys
from typing import Any

COUNTS = (
    ("Histogram", "observe"),
    ("Metrics", "count"),
    ("Metrics", "observe"),
    ("Scores", "note"),
    ("Queries", "note"),
)
"""Class and method in `aua_runtime.metrics`: what every request goes through."""


def nothing(*_: Any, **__: Any) -> None:
    """In place of what counts."""


def main() -> None:
    metrics = importlib.import_module("aua_runtime.metrics")
    for owner, name in COUNTS:
        setattr(getattr(metrics, owner), name, nothing)
    deployment = importlib.import_module("aua_router.app").DEPLOYMENT
    sys.exit(importlib.import_module("aua_runtime.server").serve(deployment, []))


if __name__ == "__main__":
    main()
