"""Records as requests leave them, and a look at what was counted."""

from aua_runtime.metrics import Metrics
from aua_runtime.state import Record

CALL = ("swe", 200, None, 120, 60, 0.001, 0.011, 0.004, 900, 40, "USD/test@1/00000000")


def record(name: str = "request", *, calls: int = 1, verdicts: int = 0) -> Record:
    """What a request that was answered leaves."""
    mode = "single" if calls == 1 else "fanout"
    row = (name, "trace", "session", 1.7e9, "openai", 0, "aua", "answered", None, "stop", "swe", 0.0123, None, 0.7, 0.5, None, 0.2, "plan")
    route = (mode, "above_single_threshold", "alpha", 0.9, "swe")
    return (
        row + route,
        [(position, *CALL) for position in range(calls)],
        [(position, "a", 0.9, "judge", 1, None) for position in range(verdicts)],
    )


def value(counted: Metrics, series: str) -> float:
    """The value of one series, with its labels as they are written."""
    return float(next(line for line in counted.text().decode().splitlines() if line.startswith(f"{series} ")).split(" ")[1])
