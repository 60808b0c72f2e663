"""One artifact of a plan, and what becomes of its lines when leaves of the plan change."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from aua_compile.artifact import Artifact
from aua_compile.config.tree import Origin
from aua_compile.patches import patched
from aua_compile.plan.model import Plan
from aua_compile.provenance.leaf import Changes, Leaf, changed
from aua_compile.provenance.lines import Moved, moved
from aua_compile.provenance.plan_leaves import plan_leaves
from aua_compile.provenance.search import Verdict, grouped
from aua_compile.span import Span
from aua_compile.targets import TARGETS, Target, emit

PLAN_FILE = "aua_compile.targets.plan_file"


class Emission:
    """An artifact that can be emitted again from a changed plan. What was tried is remembered: lines of one file share experiments."""

    def __init__(self, plan: Plan, path: str, leaves: tuple[Leaf, ...] | None = None, *, many: bool = False) -> None:
        """`many` lines will be asked about: leaves are grouped finely, so that lines of different fields share more experiments."""
        self.plan = plan
        self.path = path
        self.leaves = plan_leaves(plan) if leaves is None else leaves
        self.patches = _patches_of(plan, path)
        self.groups = grouped(self.leaves, lambda leaf: leaf.path[:2] if many else None)
        self.target, text = _found(plan, path)
        self.lines = tuple(self._patched(plan, text).splitlines())
        self._tried: dict[frozenset[tuple[Leaf, int]], Moved | None] = {}

    def effect(self, changes: Changes) -> Moved | None:
        """The lines that change, or None where a plan so changed cannot be emitted."""
        key = frozenset((leaf, which) for leaf, which in changes.items())
        if key not in self._tried:
            self._tried[key] = self._effect(changes)
        return self._tried[key]

    def _effect(self, changes: Changes) -> Moved | None:
        try:
            plan = changed(self.plan, changes, self.leaves)
            text = _text(self.target, plan, self.path)
            new = None if text is None else self._patched(plan, text).splitlines()
        except Exception:  # noqa: BLE001 - a plan that no planner makes may break a target anywhere; that is an outcome, not a failure
            return None
        return moved(self.lines, new)

    def _patched(self, plan: Plan, text: str) -> str:
        """The artifact after those patches that change it in the plan as it is."""
        if not self.patches:
            return text
        some = replace(plan, patches=tuple(patch for number, patch in enumerate(plan.patches) if number in self.patches))
        made = patched((Artifact(self.path, text),), some, _nowhere).value
        if made is None:
            raise ValueError("the patches do not apply")
        return made.artifacts[0].text

    def moves(self, line: int, changes: Changes) -> Verdict:
        """Whether the changes touch a line (numbered from 0)."""
        effect = self.effect(changes)
        return None if effect is None else line in effect


def _nowhere(path: str) -> Origin:
    """Who said a patch, where nobody is told."""
    return Origin("project", Span.of_file("plan.json"), path, "")


def _patches_of(plan: Plan, path: str) -> frozenset[int]:
    """The numbers of the patches that change an artifact."""
    made = patched(emit(plan), plan, _nowhere).value if plan.patches else None
    by = made.origins.get(path, ()) if made is not None else ()
    return frozenset(number for number, patch in enumerate(plan.patches) if f"{patch.file} {patch.path}" in by)


def modules(plan: Plan) -> Iterator[str]:
    """The modules that emit a plan's artifacts."""
    yield PLAN_FILE
    yield from (module for name, module in TARGETS.items() if name in plan.targets)


def emitted(module: str, plan: Plan) -> Iterator[Artifact]:
    """The artifacts of one target."""
    emit: Target = import_module(module).emit
    yield from emit(plan)


def _text(module: str, plan: Plan, path: str) -> str | None:
    return next((artifact.text for artifact in emitted(module, plan) if artifact.path == path), None)


def _found(plan: Plan, path: str) -> tuple[str, str]:
    for module in modules(plan):
        text = _text(module, plan, path)
        if text is not None:
            return module, text
    raise KeyError(path)
