"""Checks between the keys of a Config: one rule a module, `RULES` in the order in which findings are told."""

from collections.abc import Callable, Iterable

from aua_compile.checked import Checked
from aua_compile.config.resolve import Resolved
from aua_compile.diagnostic import Diagnostic

Rule = Callable[[Resolved], Iterable[Diagnostic]]

RULES: tuple[Rule, ...] = ()


def check_config(resolved: Resolved) -> Checked[Resolved]:
    """The config with everything that the rules find in it; no config after an error."""
    return Checked.of(resolved, [finding for rule in RULES for finding in rule(resolved)])
