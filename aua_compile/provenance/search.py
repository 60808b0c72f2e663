"""Which of many leaves something depends on: one at a time where there is a clue, then in halves until nothing moves it any more."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from aua_compile.frozen import dataclass
from aua_compile.provenance.leaf import Changes, Leaf

Verdict: TypeAlias = bool | None
"""Whether an experiment moved what is asked about; None where there was no outcome to compare."""


@dataclass(frozen=True, slots=True)
class Found:
    """The leaves that move it, each proven alone; and where more may lie, if the experiments allowed did not suffice to tell."""

    leaves: tuple[Leaf, ...]
    unsure: tuple[tuple[Leaf, ...], ...] = ()


def movers(groups: Iterable[Sequence[Leaf]], likely: Iterable[Leaf], moves: Callable[[Changes], Verdict], budget: int) -> Found:
    """The leaves of all groups that move it.

    The likely leaves are tried first: the more of them prove true, the fewer halves move. These may ask `moves` about `budget` times.
    """
    search = _Search(moves, budget)
    tried = {leaf: None for leaf in likely if leaf.changes}
    for leaf in tried:
        search.alone(leaf)
    moving = [group for group in groups if search.moved(group)]
    search.left = budget
    for group in moving:
        search.halves(tuple(leaf for leaf in group if leaf not in tried))
    return Found(tuple(search.proven), tuple(search.unsure))


def grouped(leaves: Iterable[Leaf], part: Callable[[Leaf], object]) -> tuple[tuple[Leaf, ...], ...]:
    """The leaves that can be changed, by `part`; those that decide what there is apart from those that are said."""
    groups: dict[tuple[bool, object], list[Leaf]] = {}
    for leaf in leaves:
        if leaf.changes:
            groups.setdefault((leaf.structural, part(leaf)), []).append(leaf)
    return tuple(tuple(groups[key]) for key in sorted(groups, key=lambda key: key[0]))


class _Search:
    def __init__(self, moves: Callable[[Changes], Verdict], budget: int) -> None:
        self.moves = moves
        self.left = budget
        self.proven: list[Leaf] = []
        self.unsure: list[tuple[Leaf, ...]] = []

    def _ask(self, changes: Changes) -> Verdict:
        self.left -= 1
        return self.moves(changes)

    def alone(self, leaf: Leaf) -> None:
        """The first two changes of a leaf and its last: they differ most, and the others lie between them."""
        if any(self._ask({leaf: which}) for which in sorted({0, min(1, len(leaf.changes) - 1), len(leaf.changes) - 1})):
            self.proven.append(leaf)

    def halves(self, leaves: tuple[Leaf, ...]) -> None:
        """A group that moves nothing, by its first changes or its last, holds no mover; any other is halved. Widest groups first."""
        waiting = deque([leaves] if leaves else [])
        while waiting:
            group = waiting.popleft()
            if self.left <= 0:
                self.unsure.append(group)
            elif len(group) == 1:
                self.alone(group[0])
            elif self.moved(group):
                middle = len(group) // 2
                waiting += (group[:middle], group[middle:])

    def moved(self, group: Sequence[Leaf]) -> bool:
        """Whether there may be a mover in it: one world moved it, or neither had an outcome."""
        first = self._ask(dict.fromkeys(group, 0))
        if first or all(len(leaf.changes) == 1 for leaf in group):
            return first is not False
        last = self._ask({leaf: len(leaf.changes) - 1 for leaf in group})
        return last or (first is None and last is None)
