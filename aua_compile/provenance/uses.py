"""Every line, and every field of the plan, that changes when a key, a fact or a field of the plan is changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass

from aua_compile.artifact import Artifact
from aua_compile.compiler import remade
from aua_compile.plan.model import Plan
from aua_compile.provenance.inputs import Inputs
from aua_compile.provenance.leaf import Leaf, changed
from aua_compile.provenance.lines import moved
from aua_compile.provenance.model import Use
from aua_compile.provenance.plan_leaves import plan_leaves

Texts = Mapping[str, tuple[str, ...]]
CARRIED = "router/aua_runtime/"
"""Where the runtime's own sources lie: they are the same in every deployment, and half of all lines."""


def texts(artifacts: Iterable[Artifact]) -> Texts:
    """The lines of each artifact, without those that are carried as they are."""
    return {artifact.path: tuple(artifact.text.splitlines()) for artifact in artifacts if not artifact.path.startswith(CARRIED)}


def plans_of_keys(inputs: Inputs, keys: Iterable[Leaf], most: int) -> Iterator[Plan]:
    """The plans that come of changing each key alone, at most `most` ways; a key that is given is not taken away, if it can be changed."""
    for leaf in keys:
        ways = [which for which, change in enumerate(leaf.changes) if leaf.value is None or change(leaf.value) is not None]
        for which in (ways or range(len(leaf.changes)))[:most]:
            made = inputs.warned({leaf: which})
            if made is not None:
                yield made


def plans_of_field(plan: Plan, field: Leaf, leaves: tuple[Leaf, ...]) -> Iterator[Plan]:
    """The plan with one field changed, each way."""
    for which in range(len(field.changes)):
        yield changed(plan, {field: which}, leaves)


def uses(plan: Plan, others: Iterable[Plan]) -> tuple[Use, ...]:
    """The lines of `plan`'s artifacts that differ in those of any other plan, in order."""
    lines = texts(remade(plan).value or ())
    found: dict[str, set[int]] = {}
    for other in others:
        for path, touched in _touched(lines, other):
            found.setdefault(path, set()).update(touched)
    return tuple(use for path in lines if path in found for use in _of_file(path, lines[path], found[path]))


def _touched(lines: Texts, other: Plan) -> Iterator[tuple[str, frozenset[int]]]:
    try:
        made = remade(other).value
    except Exception:  # noqa: BLE001 - as in Emission: a plan that no planner makes
        return
    if made is None:
        return
    new = texts(made)
    for path, old in lines.items():
        if new.get(path) != old:
            effect = moved(old, new.get(path))
            yield path, effect.said | effect.gone


def _of_file(path: str, lines: tuple[str, ...], touched: set[int]) -> Iterator[Use]:
    if len(touched) == len(lines) > 1:
        yield Use(path, 0, "")
    else:
        yield from (Use(path, line + 1, lines[line]) for line in sorted(touched))


def fields_of(plan: Plan, others: Iterable[Plan]) -> tuple[str, ...]:
    """The fields of the plan that differ in any of the others, by name, in order."""
    before = _values(plan)
    differ = {name for other in others for name, _ in _values(other).items() ^ before.items()}
    return tuple(name for name in before if name in differ)


def _values(plan: Plan) -> dict[str, str]:
    plain = (leaf for leaf in plan_leaves(plan) if not isinstance(leaf.value, tuple | Mapping) and not is_dataclass(leaf.value))
    return {leaf.name: repr(leaf.value) for leaf in plain}
