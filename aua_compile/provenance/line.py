"""A line of an artifact: the fields of the plan that it depends on, and where those come from."""

import re
from collections.abc import Iterable, Mapping
from posixpath import commonprefix
from typing import Literal

from aua_compile.plan.digest import plain
from aua_compile.provenance.clue import likely
from aua_compile.provenance.decision import deciders
from aua_compile.provenance.emission import Emission
from aua_compile.provenance.inputs import CONFIG, Inputs
from aua_compile.provenance.leaf import Leaf
from aua_compile.provenance.model import Decision, Input, Line, Said
from aua_compile.provenance.plan_text import NAME, paths
from aua_compile.provenance.search import movers

LIKELY = 8  # fields whose value stands in the line are tried one by one, at most so many
EXPERIMENTS = 36
EXPERIMENTS_ON_DIGEST = 12  # nearly everything moves it; so many tell the parts of the plan
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
TRACED = 4  # fields whose inputs are looked for; a line that says more than these is a digest, or a list of everything


def explained(emission: Emission, line: int, inputs: Inputs | None = None) -> Line:
    """What line `line` (from 0) of an artifact depends on; with `inputs` also where that comes from."""
    if emission.path.rpartition("/")[2] == NAME:
        return _of_plan(emission, line, inputs)
    text = emission.lines[line]
    budget = EXPERIMENTS_ON_DIGEST if _is_digest(text, emission.leaves) else EXPERIMENTS
    found = movers(emission.groups, likely(text, emission.leaves, LIKELY), lambda changes: emission.moves(line, changes), budget)
    leaves = _distinct(found.leaves)
    said = [leaf for leaf in leaves if _says(emission, line, leaf)]
    stands = [leaf for leaf in leaves if leaf not in said]
    traced = {leaf.name for leaf in (said or stands)[:TRACED]} if inputs is not None else set()
    return Line(
        emission.path,
        line + 1,
        text,
        emission.target.removeprefix("aua_compile.targets."),
        tuple(decision(leaf, inputs if leaf.name in traced else None) for leaf in said),
        tuple(decision(leaf, inputs if leaf.name in traced else None) for leaf in stands),
        _parts(found.unsure),
    )


def _of_plan(emission: Emission, line: int, inputs: Inputs | None) -> Line:
    """A line of `plan.json`: the field that stands there; a digest of all; or a bracket."""
    path = paths(emission.lines)[line]
    here = [leaf for leaf in emission.leaves if leaf.path == path]
    said = here and not isinstance(plain(here[0].value), list | dict)
    told = tuple(decision(leaf, inputs) for leaf in here[:1])
    parts = tuple(dict.fromkeys(str(leaf.path[0]) for leaf in emission.leaves)) if path[:1] == ("digests",) else ()
    target = emission.target.removeprefix("aua_compile.targets.")
    return Line(emission.path, line + 1, emission.lines[line], target, told if said else (), () if said else told, parts)


def _is_digest(text: str, leaves: Iterable[Leaf]) -> bool:
    """Whether a line holds a digest that no field of the plan holds: one made of many fields."""
    found = DIGEST.search(text)
    return found is not None and not any(isinstance(leaf.value, str) and found.group() in leaf.value for leaf in leaves)


def _distinct(leaves: tuple[Leaf, ...]) -> list[Leaf]:
    """Each field once, and none of which a part was found: it moves the line by moving the part."""
    parts = {leaf.path[:end] for leaf in leaves for end in range(len(leaf.path))}
    return list({leaf.name: leaf for leaf in reversed(leaves) if leaf.path not in parts}.values())[::-1]


def _says(emission: Emission, line: int, leaf: Leaf) -> bool:
    """Whether the line is there in other words when the field is changed. What lists hold, they say themselves."""
    if isinstance(leaf.value, tuple | Mapping):
        return False
    effects = (emission.effect({leaf: which}) for which in range(len(leaf.changes)))
    return any(effect is not None and line in effect.said for effect in effects)


def decision(leaf: Leaf, inputs: Inputs | None) -> Decision:
    """A field of the plan; with `inputs` also what it was decided from."""
    if inputs is None:
        return Decision(leaf.name, plain(leaf.value), "decided", (), traced=False)
    found = deciders(inputs, leaf)
    by = tuple(source(inputs, each) for each in found.leaves)
    equal = [each for each in by if each.value == plain(leaf.value)]
    how: Literal["taken", "decided", "constant"] = "constant" if not by and not found.unsure else "taken" if equal else "decided"
    rest = [each for each in by if each not in equal]
    return Decision(leaf.name, plain(leaf.value), how, (*equal, *rest), more=bool(found.unsure))


def source(inputs: Inputs, leaf: Leaf) -> Input:
    """An input with those who said it."""
    file = str(leaf.path[0])
    said = (Said(each.layer, each.span.file, each.span.line, each.span.column, each.text) for each in inputs.origins(leaf))
    return Input("" if file == CONFIG else file, leaf.name, plain(getattr(leaf.value, "value", leaf.value)), tuple(said))


def _parts(groups: Iterable[tuple[Leaf, ...]]) -> tuple[str, ...]:
    """Groups of leaves by the part of the plan that each lies in."""
    named = (commonprefix([group[0].name, group[-1].name]).rpartition(".")[0] or group[0].name.partition(".")[0] for group in groups)
    return tuple(dict.fromkeys(named))
