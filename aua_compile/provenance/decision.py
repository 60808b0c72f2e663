"""What a decision of the plan was made from: the keys and facts whose change changes it."""

import re
from collections.abc import Sequence

from aua_compile.provenance.clue import likely
from aua_compile.provenance.inputs import Inputs
from aua_compile.provenance.leaf import Changes, Leaf, held
from aua_compile.provenance.search import Found, Verdict, movers

LIKELY = 8  # inputs that hold the decision's value, and as many that are called like it
EXPERIMENTS = 40
EXPERIMENTS_IF_TAKEN = 12  # beside an input whose value was taken as it stands, others matter rarely
PLACED = frozenset({"instances", "ledgers", "estimates"})
"""Parts of the plan that placement decides."""
PLACING = frozenset({"context", "concurrency", "memory", "bytes", "visible_gib", "accelerators", "reserved_gib", "bandwidth_gb_per_s"})
"""What placement goes by first of all: wants, weights, and the size of a device."""


def deciders(inputs: Inputs, decided: Leaf) -> Found:
    """The inputs that a leaf of the plan depends on."""

    def moves(changes: Changes) -> Verdict:
        return _moves(inputs, decided, changes)

    near = _near(inputs.leaves, inputs.fields, decided)
    same = (leaf for leaf in near if str(leaf.value) == str(decided.value) and leaf.changes)
    if any(moves({leaf: 0}) for leaf in same):
        return movers(inputs.groups, near, moves, EXPERIMENTS_IF_TAKEN)
    placing = [leaf for leaf in inputs.leaves if leaf.name.rpartition(".")[2] in PLACING] if decided.path[0] in PLACED else []
    return movers(inputs.groups, dict.fromkeys([*near, *placing]), moves, EXPERIMENTS)


def _moves(inputs: Inputs, decided: Leaf, changes: Changes) -> Verdict:
    made = inputs.planned(changes)
    return None if made is None else _held(made, decided) != _held(inputs.made, decided)


class _Nothing:
    """What a plan has where it has nothing."""


def _held(plan: object, leaf: Leaf) -> object:
    try:
        return held(plan, leaf.path)
    except (LookupError, AttributeError, TypeError):
        return _Nothing


def _twins(made: Sequence[Leaf], decided: Leaf) -> list[str]:
    """Names of fields of the same entry that hold the same: what an argument of a command is, another field may tell."""
    return [leaf.name for leaf in made if leaf.path[:2] == decided.path[:2] and str(leaf.value) == str(decided.value)]


def _near(inputs: Sequence[Leaf], made: Sequence[Leaf], decided: Leaf) -> list[Leaf]:
    alike = likely(f"{decided.name} {decided.value}", inputs, LIKELY)
    words = set(re.split(r"[._\d ]+", " ".join([decided.name, *_twins(made, decided)])))
    common = {leaf: len(words & {*re.split(r"[._]", leaf.name)}) for leaf in inputs}
    called = sorted((leaf for leaf in inputs if common[leaf] > 1), key=lambda leaf: -common[leaf])[:LIKELY]
    return list(dict.fromkeys([*called, *alike]))
