"""What a change does to memory, capacity and cost: the plans' own ledgers and estimates, before and after."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from aua_compile.frozen import dataclass
from aua_compile.plan.model import Estimate, Ledger, Plan

Measure = Literal["memory_gib", "concurrency", "decode_tokens_per_s", "cost_per_million_tokens"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a device (its index, as text) or of a specialist. None: there is no such thing, or no figure of it."""

    measure: Measure
    of: str
    before: float | None
    after: float | None
    limit_before: float | None = None  # of memory: what the device has
    limit_after: float | None = None


def figures(before: Plan, after: Plan, renamed: Mapping[str, str]) -> tuple[Figure, ...]:
    """Memory of each device, then of each specialist how many it serves at once, how fast and for how much.

    `renamed` holds the new names of specialists that changed theirs.
    """
    return (*_memory(before, after), *_of_specialists(before, after, renamed))


def _memory(before: Plan, after: Plan) -> Iterator[Figure]:
    was, now = ({ledger.device: ledger for ledger in plan.ledgers} for plan in (before, after))
    for device in sorted(was.keys() | now.keys()):
        (used_before, limit_before), (used, limit) = _used(was.get(device)), _used(now.get(device))
        yield Figure("memory_gib", str(device), used_before, used, limit_before, limit)


def _used(ledger: Ledger | None) -> tuple[float | None, float | None]:
    return (None, None) if ledger is None else (sum(entry.total_gib for entry in ledger.entries), ledger.total_gib)


def _of_specialists(before: Plan, after: Plan, renamed: Mapping[str, str]) -> Iterator[Figure]:
    was = {renamed.get(estimate.specialist, estimate.specialist): estimate for estimate in before.estimates}
    now = {estimate.specialist: estimate for estimate in after.estimates}
    for name in dict.fromkeys((*was, *now)):
        old, new = was.get(name), now.get(name)
        for measure, value in _MEASURES.items():
            yield Figure(measure, name, None if old is None else value(old), None if new is None else value(new))


_MEASURES: Mapping[Measure, Callable[[Estimate], float | None]] = {
    "concurrency": lambda estimate: estimate.worst_case_concurrency,
    "decode_tokens_per_s": lambda estimate: estimate.decode_tokens_per_s,
    "cost_per_million_tokens": lambda estimate: estimate.cost_per_million_tokens,
}
