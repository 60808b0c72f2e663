import json
from dataclasses import replace
from math import exp
from statistics import fmean

import pytest
from aua_runtime.cli.sim.answers import OPENING, drawn
from aua_runtime.cli.sim.profile import Behaviour, Simulation
from aua_runtime.cli.sim.tasks import tasks

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def test_the_same_seed_gives_the_same_answer_and_another_seed_another() -> None:
    assert drawn(BODY, Simulation(seed=1)) == drawn(BODY, Simulation(seed=1))
    assert drawn(BODY, Simulation(seed=1)) != drawn(BODY, Simulation(seed=2))


def test_a_question_that_nobody_knows_gets_words_that_say_so() -> None:
    answer = drawn(BODY, Simulation())
    assert answer.text.startswith(OPENING)
    assert answer.right is None


def test_a_limit_on_tokens_cuts_the_answer() -> None:
    answer = drawn({**BODY, "max_tokens": 3}, Simulation())
    assert (len(answer.tokens), answer.finish_reason) == (3, "length")


def shaped(schema: dict[str, object], content: str = "hello") -> dict[str, object]:
    format_ = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return {"model": "m", "messages": [{"role": "user", "content": content}], "response_format": format_}


VERDICT = {"properties": {"verdict": {"enum": ["a", "b", "both", "neither"]}}}


def test_a_verdict_is_about_an_answer_and_not_about_its_place() -> None:
    def verdict(a: str, b: str) -> str:
        asked = f"<answer a 12>\n{a}\n</answer a 12>\n<answer b 12>\n{b}\n</answer b 12>"
        return str(json.loads(drawn(shaped(VERDICT, asked), Simulation()).text)["verdict"])

    words = {(one, verdict(one, other), verdict(other, one)) for one, other in (("x", "y"), ("yes", "no"), ("1", "2"), ("p", "q"))}
    assert all({first, second} == {"a", "b"} for _, first, second in words)


def test_a_verdict_that_is_asked_for_has_the_shape_that_was_asked_for() -> None:
    assert json.loads(drawn(shaped(VERDICT), Simulation()).text)["verdict"] in {"a", "b", "both"}


@pytest.mark.parametrize("correctness", [0.0, 0.5, 0.9, 1.0])
def test_as_many_answers_are_right_as_asked_for(correctness: float) -> None:
    simulation = Simulation(behaviour=Behaviour(correctness=correctness))
    rights = [drawn({**task.body, "model": str(model)}, simulation).right for task in tasks() for model in range(3)]
    assert fmean(bool(right) for right in rights) == pytest.approx(correctness, abs=0.05)


def test_each_field_has_its_own_correctness() -> None:
    simulation = Simulation(behaviours={"mathematics": Behaviour(correctness=0.0)}, behaviour=Behaviour(correctness=1.0))
    for task in tasks():
        assert drawn(task.body, simulation).right == (task.field != "mathematics")


def test_log_probabilities_tell_correctness_only_where_they_are_calibrated() -> None:
    def gap(simulation: Simulation) -> float:
        found: dict[bool | None, list[float]] = {True: [], False: []}
        for task in tasks():
            for model in range(3):
                answer = drawn({**task.body, "model": str(model)}, simulation)
                found[answer.right].append(exp(fmean(answer.log_probabilities)))
        return fmean(found[True]) - fmean(found[False])

    base = Simulation(behaviour=Behaviour(correctness=0.7))
    assert abs(gap(base)) < 0.03
    assert gap(replace(base, log_probabilities="calibrated")) > 0.1


def test_lengths_do_not_tell_correctness() -> None:
    lengths: dict[bool | None, list[int]] = {True: [], False: []}
    for task in tasks():
        if task.family in {"fact", "sum"}:
            for model in range(12):
                answer = drawn({**task.body, "model": str(model)}, Simulation(behaviour=Behaviour(correctness=0.5)))
                lengths[answer.right].append(len(answer.tokens))
    assert fmean(lengths[True]) == pytest.approx(fmean(lengths[False]), rel=0.03)


def test_no_two_tasks_ask_the_same() -> None:
    assert len({task.question for task in tasks()}) == len(tasks()) == 240
