"""`plan.json`: the plan itself, for reviewers, for `aua diff` and for programs."""

from collections.abc import Iterator

from aua_compile.artifact import Artifact
from aua_compile.plan.digest import digests_of, plain
from aua_compile.plan.model import Plan
from aua_compile.plan.once import once_per_plan
from aua_compile.render import to_json


def emit(plan: Plan) -> Iterator[Artifact]:
    """The plan with its digests, keys sorted."""
    yield Artifact("plan.json", _text(plan))


@once_per_plan
def _text(plan: Plan) -> str:
    return to_json({"digests": digests_of(plan), **plain(plan)})
