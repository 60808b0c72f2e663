"""What the measurements rest on: the load, the watch's stages, and a page on which each program replaces its own chapter."""

from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from aua_runtime import metrics

from bench.page import merged
from bench.prompts import COUNT, questions
from bench.stages import STAGES, Watch, owner_of, timed
from bench.uncounted import COUNTS


def test_the_load_has_the_lengths_that_the_goals_name() -> None:
    words = sorted(len(question.split()) for question in questions())
    assert len(set(questions())) == COUNT
    assert 57 <= median(words) <= 63
    assert 380 <= words[round(COUNT * 0.95)] <= 420


@pytest.mark.parametrize(("module", "path"), [entry[1:] for entry in STAGES])
def test_a_watched_stage_is_a_function_of_the_runtime(module: str, path: str) -> None:
    owner, name = owner_of(module, path)
    assert callable(getattr(owner, name))


@pytest.mark.parametrize(("owner", "name"), COUNTS)
def test_what_is_taken_out_to_see_what_counting_costs_is_there(owner: str, name: str) -> None:
    assert callable(getattr(getattr(metrics, owner), name))


def test_a_stage_is_charged_without_the_stages_inside_it() -> None:
    watch = Watch()

    def spin() -> None:
        sum(range(200_000))

    inner: Callable[..., Any] = timed(watch, "inner", spin)
    timed(watch, "outer", inner)()
    assert watch.spent_s["inner"] > 5 * watch.spent_s["outer"]


def test_a_program_replaces_its_own_chapter_and_leaves_the_others() -> None:
    page = merged(merged("", "Memory", ["old", "", "### part", "", "of it"]), "The compiler", ["first"])
    assert merged(page, "Memory", ["new"]).endswith("## The compiler\n\nfirst\n\n## Memory\n\nnew\n")
