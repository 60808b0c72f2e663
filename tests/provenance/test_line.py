"""Every line of what is compiled has an answer: fields of the plan that were proven to move it, or that it is fixed text."""

import pytest

from aua_compile.artifact import Artifact
from aua_compile.plan.model import Plan
from aua_compile.provenance.emission import Emission
from aua_compile.provenance.line import explained
from aua_compile.provenance.model import Line
from aua_compile.provenance.plan_leaves import plan_leaves
from aua_compile.targets import compose, docs, kubernetes, plan_file, prometheus
from tests.targets.compiled import compiled
from tests.tools import within

ROUTER = "kubernetes/base/router.yaml"
STRUCTURED = {
    "plan.json",
    "compose/compose.yaml",
    "prometheus/prometheus.yaml",
    "prometheus/rules/alerts.yaml",
    "prometheus/rules/recording.yaml",
    ROUTER,
}
PLANS = {"cpu": compiled("local-ollama", "cpu"), "gpu": compiled("coding", "single-4090")}


def plan_of(name: str) -> Plan:
    plan = PLANS[name]
    assert plan is not None
    return plan


def structured(plan: Plan) -> list[Artifact]:
    """Files of a deployment that are data: of compose, what Prometheus reads, and some of the objects for Kubernetes."""
    emitted = (*compose.emit(plan), *prometheus.emit(plan), *kubernetes.emit(plan), *plan_file.emit(plan))
    return [artifact for artifact in emitted if artifact.path in STRUCTURED]


def answers(plan: Plan, path: str) -> list[Line]:
    emission = Emission(plan, path, plan_leaves(plan), many=True)
    return [explained(emission, line) for line in range(len(emission.lines))]


@pytest.mark.parametrize(
    ("name", "path"), [(name, artifact.path) for name in PLANS for artifact in structured(plan_of(name))], ids=lambda value: value
)
def test_every_line_of_a_structured_file_has_an_answer(name: str, path: str) -> None:
    plan = plan_of(name)
    found = answers(plan, path)
    told = {value for specialist in plan.specialists for value in (specialist.url, specialist.container_url)} | {plan.project.config}
    for line in found:
        if any(value in line.content for value in told):  # what the plan alone can know is not fixed text
            assert line.text
    assert [line.line for line in found] == list(range(1, len(found) + 1))
    assert any(line.text for line in found)


@pytest.mark.parametrize("path", ["kubernetes/base/engines/gpu-0.yaml", "plan.json", "grafana/dashboards/overview.json", "plan.md"])
def test_an_answer_takes_at_most_two_seconds(path: str) -> None:
    emission = Emission(plan_of("gpu"), path)
    for line in (0, len(emission.lines) // 2, len(emission.lines) - 2):
        with within(2):
            assert explained(emission, line).content == emission.lines[line]


def line_with(plan: Plan, path: str, text: str) -> Line:
    emission = Emission(plan, path)
    return explained(emission, next(index for index, line in enumerate(emission.lines) if text in line))


def test_a_line_that_another_word_would_change_is_said_by_that_field() -> None:
    answer = line_with(plan_of("gpu"), "compose/compose.yaml", 'published: "8001"')
    assert [decision.field for decision in answer.text] == ["api.management.port"]
    assert [decision.field for decision in answer.presence] == ["api.management.socket"]


def test_a_line_of_one_choice_names_the_choice() -> None:
    assert [decision.field for decision in line_with(plan_of("gpu"), "kubernetes/base/router.yaml", "type: Recreate").text] == [
        "state.backend"
    ]


def test_text_that_nothing_moves_is_fixed() -> None:
    answer = line_with(plan_of("gpu"), "kubernetes/base/router.yaml", "readOnlyRootFilesystem")
    assert (answer.text, answer.presence, answer.more, answer.target) == ((), (), (), "kubernetes")


def test_every_value_of_plan_json_is_read_off() -> None:
    plan = plan_of("gpu")
    held = [decision for line in answers(plan, "plan.json") for decision in line.text]
    values = {leaf.name: leaf.value for leaf in plan_leaves(plan)}
    assert {decision.field for decision in held} >= {"api.public.port", "instances.swe.command.0", "specialists.swe.retry.base_s"}
    assert all(decision.value == values[decision.field] for decision in held)


def test_a_digest_of_many_fields_names_parts_of_the_plan() -> None:
    answer = line_with(plan_of("gpu"), "plan.json", '"documentation": "')
    assert answer.more


def test_prose_has_answers_too() -> None:
    page = next(docs.emit(plan_of("gpu"))).text.splitlines()
    assert any("probability of 0.7 or more" in line for line in page)
    answer = line_with(plan_of("gpu"), "plan.md", "probability of 0.7 or more")
    assert [decision.field for decision in answer.text] == ["routing.single_threshold"]
