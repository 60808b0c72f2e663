"""From how many samples on a share says something: over a short stretch of time where many ask, over a longer one where few do.

The short window tells early and ends early. In the long one a deployment that is asked a few times an hour collects as many samples; there
the short window has to show the same, whatever few samples it has, so that an alert ends soon after its cause.
"""

from collections.abc import Callable

from aua_compile.observe.alert import Line, rising
from aua_compile.observe.promql import select
from aua_compile.observe.record import Record
from aua_compile.observe.scrape import router_job
from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan

Over = Callable[[Plan, float], Record]
"""What is recorded over a window of so many seconds."""


def told(
    plan: Plan, share: Over, beyond: str, samples: Over, windows_s: tuple[float, float], *on: str, where: str = "", counted: bool = False
) -> str:
    """That a share of enough samples lies `beyond` a bound; where it is `counted`, of more samples than one request makes."""
    bounds = plan.observability.thresholds
    near_s, far_s = windows_s
    matched = f" and on ({', '.join(on)}) "

    def of(recorded: Over, window_s: float, *matchers: str) -> str:
        return select(recorded(plan, window_s).name, router_job(plan), *matchers)

    def found(window_s: float) -> str:
        return of(share, window_s, *([where] if where else []))

    def enough(window_s: float) -> str:
        least = [f"{of(samples, window_s)} >= {bounds.min_samples}"]
        if counted:
            least.append(f"{found(window_s)} * {of(samples, window_s)} >= {bounds.min_failures}")
        return matched.join([f"{found(window_s)} {beyond}", *least])

    return f"{enough(near_s)} or {enough(far_s)}{matched}{found(near_s)} {beyond}"


def said(plan: Plan, what: str, far_s: float, *, bad: str = "") -> str:
    """The same in words."""
    bounds = plan.observability.thresholds
    least = f", or fewer than {bounds.min_failures} {bad}," if bad else ""
    return f"Where fewer than {bounds.min_samples} {what} came, those of {duration(far_s)} count; fewer than that{least} never raise it."


def many(plan: Plan) -> Line:
    """A made-up series of which every step has as many as it takes to be told of."""
    bounds = plan.observability.thresholds
    return rising(max(bounds.min_samples, bounds.min_failures))
