"""What the measurements rest on: the load, the watch's stages, a page on which each program replaces its own chapter; and that they run."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from aua_runtime import metrics

from bench import page, servers
from bench.page import merged, table
from bench.prompts import COUNT, questions
from bench.scoring import cost
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


# --- that they run: so little of each that nothing of what it prints means anything

PROGRAMS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "classify": ((), {"ROUNDS": 1, "questions": lambda: questions()[:120]}),
    "editor": ((), {"LINES": 100, "ASKED": 2}),
    "objects": (("2",), {}),
    "placing": ((), {"ROUNDS": 1, "PROBLEMS": ((2, (("rtx-4090", 2),)),)}),
    "state": ((), {"ROUNDS": 1, "REQUESTS": 64, "killing": lambda *_: iter(("nothing", *"000000")), "routers": lambda _: iter(())}),
    "memory": ((), {"STEP": 40, "STREAMED": 8, "STEPS": 2, "FROM": 40, "TO": 80}),
    "observed": (("--rounds", "1"), {"REQUESTS": 32}),
    "proxy": (("--rounds", "1", "--alone"), {"REQUESTS": 32, "REQUESTS_OF_NGINX": 32}),
    "stream": (("--rounds", "1"), {"EVENTS": 4, "EVERY_MS": 1.0, "STREAMS": 16, "BURSTS": 16, "SINGLES": 8}),
}
"""Arguments, and smaller values of names in the module. Left out: `compile` and `install`, which build wheels and environments, and
`hostile`, whose attackers take half a minute."""
AGAINST_NGINX = {"proxy", "stream"}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Callable[..., AbstractContextManager[Any]]]]:
    """What stands in for `bench.servers` in all programs: servers that run until the last of them is through."""
    folder = tmp_path_factory.mktemp("bench")
    with ExitStack() as stack:
        models = stack.enter_context(servers.backend())
        ours = stack.enter_context(servers.router(folder / "router", models.port))
        sender = stack.enter_context(servers.generator())
        yield {
            "backend": lambda: nullcontext(models),
            "generator": lambda: nullcontext(sender),
            "router": lambda *at, program=None, **more: servers.router(*at, program=program, **more) if program else nullcontext(ours),
        }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs(
    name: str,
    started: dict[str, Callable[..., AbstractContextManager[Any]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    if name in AGAINST_NGINX and not (shutil.which("nginx") or shutil.which("/usr/sbin/nginx")):
        pytest.skip("nginx is not installed")
    arguments, smaller = PROGRAMS[name]
    program = import_module(f"bench.{name}")
    monkeypatch.setattr(page, "PAGE", tmp_path / "performance.md")
    for replaced, by in {**started, **smaller}.items():
        monkeypatch.setattr(program, replaced, by, raising=replaced in smaller)
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    program.main()
    assert capsys.readouterr().out


def test_the_cost_of_scoring_has_a_row_for_each_kind_of_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "ROUNDS", 1)
    monkeypatch.setattr(cost, "CALLS", 2)
    assert len(table(("answer",), cost.costs())) == 2 + len(cost.KINDS)
