"""From how many samples on a share says something: over a short stretch of time where many ask, over a longer one where few do.

The short window tells early and ends early. In the long one a deployment that is asked a few times an hour collects as many samples; there
the short window has to show the same, whatever few samples it has, so that an alert ends soon after its cause.
"""

from collections.abc import Callable

from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan

Over = Callable[[float], str]
"""A query over a window of so many seconds."""


def told(plan: Plan, holds: Over, samples: Over, windows_s: tuple[float, float], *on: str, bad: Over | None = None) -> str:
    """That something holds for a share of enough samples, and of those that are `bad` there are more than one request makes."""
    bounds = plan.observability.thresholds
    near_s, far_s = windows_s
    matched = f" and on ({', '.join(on)}) "

    def enough(window_s: float) -> str:
        least = [f"{samples(window_s)} >= {bounds.min_samples}", *([f"{bad(window_s)} >= {bounds.min_failures}"] if bad else [])]
        return matched.join([holds(window_s), *least])

    return f"{enough(near_s)} or {enough(far_s)}{matched}{holds(near_s)}"


def said(plan: Plan, what: str, far_s: float, *, bad: str = "") -> str:
    """The same in words."""
    bounds = plan.observability.thresholds
    least = f", or fewer than {bounds.min_failures} {bad}," if bad else ""
    return f"Where fewer than {bounds.min_samples} {what} came, those of {duration(far_s)} count; fewer than that{least} never raise it."
