"""The versions of the language, oldest first, and the way from each to the newest."""

from collections.abc import Callable, Iterator

from aua_compile.config.model import CONFIG_VERSION
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Mapping
from aua_compile.foreign.keys import KEYS
from aua_compile.foreign.read import leaves
from aua_compile.frozen import dataclass
from aua_compile.migration import changes
from aua_compile.migration.rules import gone_key
from aua_compile.migration.tree import Tree, rewrite

Change = Callable[[Tree], None]


@dataclass(frozen=True, slots=True)
class Step:
    """The way from one version to the next."""

    old: str
    new: str
    changes: tuple[Change, ...]


CHAIN = (
    Step("0.5", "0.6", (changes.canonical_tier,)),
    Step("0.6", "1.0", (changes.engine_keys, changes.router_block, changes.logging_block)),
)
"""Every step there is; a version 1.1 is one more."""

TIDY: tuple[Change, ...] = (changes.canonical_tier, changes.canonical_fields)
"""What is written more plainly without a change of version."""

SPELT_ALIKE = {"0.7": "0.6", "0.8": "0.6", "0.9": "0.6"}
"""Versions that only added keys, so that their files begin at an earlier step."""


def knows(version: str) -> bool:
    """Whether there is a way from a version to the newest."""
    return version == CONFIG_VERSION or SPELT_ALIKE.get(version, version) in {step.old for step in CHAIN}


def steps(version: str) -> Iterator[Step]:
    """The steps from a version to the newest, in order."""
    at = SPELT_ALIKE.get(version, version)
    for step in CHAIN:
        if step.old == at:
            yield step
            at = step.new


def migrate(tree: Tree, version: str) -> None:
    """Bring a tree of a version that the chain knows up to date, and tidy it."""
    for step in steps(version):
        for change in step.changes:
            change(tree)
        if "config_version" in tree:
            rewrite(tree, "config_version", step.new)
    for change in TIDY:
        change(tree)


def gone_keys(root: Mapping, version: str) -> Iterator[Diagnostic]:
    """A finding for each key of an older version that today's language has no place for."""
    for leaf in leaves(root):
        known = KEYS.get(leaf.pattern)
        if known is not None and known.fate in {"unavailable", "ignored"}:
            yield gone_key(leaf.path, version, known.note, leaf.span)
