"""Each change between versions does to a config what its docstring shows."""

import inspect
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from aua_compile.migration.chain import CHAIN, TIDY
from aua_compile.migration.text import edited

CHANGES = list(dict.fromkeys([*(change for step in CHAIN for change in step.changes), *TIDY]))


def example(change: Callable[[Any], None]) -> tuple[str, str]:
    page = inspect.getdoc(change) or ""
    before, after = page.partition("Before::\n")[2].split("After::\n")
    return dedent(before).strip() + "\n", dedent(after).strip() + "\n"


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_does_what_it_shows(change: Callable[[Any], None]) -> None:
    before, after = example(change)
    assert edited(before, change)[0] == after


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_leaves_alone_what_it_made(change: Callable[[Any], None]) -> None:
    after = example(change)[1]
    assert edited(after, change)[0] == after


def test_the_chain_has_no_gap_and_ends_at_today() -> None:
    from aua_compile.config.model import CONFIG_VERSION

    assert [step.new for step in CHAIN[:-1]] == [step.old for step in CHAIN[1:]]
    assert CHAIN[-1].new == CONFIG_VERSION
