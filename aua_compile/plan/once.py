"""Work that several targets need of the same plan, done once."""

from collections.abc import Callable
from typing import TypeVar

from aua_compile.plan.model import Plan

T = TypeVar("T")


def once_per_plan(make: Callable[[Plan], T]) -> Callable[[Plan], T]:
    """`make`, remembering what it made of the last plan. A plan is frozen, so what was made of the same object still holds."""
    last: tuple[Plan, T] | None = None

    def made(plan: Plan) -> T:
        nonlocal last
        if last is None or last[0] is not plan:
            last = (plan, make(plan))
        return last[1]

    return made
