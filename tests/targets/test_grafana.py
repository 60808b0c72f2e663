import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
import yaml

from aua_compile.observe.alerts import alerts
from aua_compile.plan.model import Objectives, Plan
from aua_compile.targets import docs
from aua_compile.targets.grafana import emit
from tests.targets.plans import PLANS, everything, external_only, macbook, single_4090, traced_elsewhere

plans = pytest.mark.parametrize("make", PLANS.values(), ids=list(PLANS))


Tree: TypeAlias = dict[str, Any]


def pages(plan: Plan) -> dict[str, Tree]:
    return {
        artifact.path.removeprefix("grafana/dashboards/").removesuffix(".json"): json.loads(artifact.text)
        for artifact in emit(plan)
        if artifact.path.endswith(".json")
    }


def titles(page: Tree) -> set[str]:
    return {panel["title"] for panel in page["panels"]}


def panel_of(page: Tree, title: str) -> Tree:
    found: Tree = next(panel for panel in page["panels"] if panel["title"] == title)
    return found


def steps_of(page: Tree, title: str) -> list[tuple[str, float | None]]:
    return [(step["color"], step["value"]) for step in panel_of(page, title)["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def test_each_page_is_there_only_where_its_feature_is() -> None:
    with_dashboards = replace(macbook(), observability=replace(macbook().observability, dashboards=True))

    assert set(pages(single_4090())) == {"overview", "routing", "specialists", "arbiter", "errors", "engines", "cost"}
    assert set(pages(external_only())) == set(pages(with_dashboards)) == {"overview", "routing", "specialists", "errors", "cost"}
    free = replace(external_only(), specialists=tuple(replace(one, price=None) for one in external_only().specialists))
    assert "cost" not in pages(free)
    assert list(emit(macbook())) == []


def test_engine_panels_follow_what_the_engines_of_the_plan_export() -> None:
    both = titles(pages(everything())["engines"])
    plan = everything()
    only_llamacpp = replace(plan, instances=tuple(instance for instance in plan.instances if instance.engine != "vllm"))

    assert {"vLLM", "llama.cpp", "KV cache in use", "Preemptions"} <= both
    assert "KV cache in use" not in titles(pages(only_llamacpp)["engines"])
    assert "Waiting" in titles(pages(only_llamacpp)["engines"])


def test_a_router_that_is_not_scraped_leaves_the_engines_page() -> None:
    plan = single_4090()

    assert set(pages(replace(plan, observability=replace(plan.observability, metrics=False)))) == {"engines"}


@plans
def test_pages_have_the_form_that_grafana_reads(make: Callable[[], Plan]) -> None:
    found = pages(make())
    uids = [page["uid"] for page in found.values()]

    assert len(set(uids)) == len(uids)
    for page in found.values():
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", page["uid"])
        assert {"title", "schemaVersion", "templating", "time", "panels", "annotations", "refresh"} <= set(page)
        declared = {variable["name"] for variable in page["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(page["panels"]))) - {"__rate_interval"}
        assert used <= declared
        assert declared - {"datasource"} <= used
        ids = [panel["id"] for panel in page["panels"]]
        assert len(set(ids)) == len(ids)
        for panel in page["panels"]:
            if panel["type"] != "row":
                assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
                assert panel["description"]
                assert panel["fieldConfig"]["defaults"]["unit"]
                references = [target["refId"] for target in panel["targets"]]
                assert references
                assert len(set(references)) == len(references)


@plans
def test_panels_fill_the_grid_without_overlap(make: Callable[[], Plan]) -> None:
    for page in pages(make()).values():
        taken: set[tuple[int, int]] = set()
        for panel in page["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            assert place["x"] + place["w"] <= 24
            assert not cells & taken
            taken |= cells


def test_uids_stay_when_other_values_change_and_long_names_are_cut() -> None:
    plan = single_4090()
    other = replace(plan, routing=replace(plan.routing, deadline_s=9.0), fields=plan.fields[:1])
    long = replace(plan, project=replace(plan.project, name="a" * 63))

    assert {page["uid"] for page in pages(other).values()} == {page["uid"] for page in pages(plan).values()}
    assert len({page["uid"] for page in pages(long).values()}) == 7


def test_thresholds_are_those_of_the_plan() -> None:
    plan = single_4090()
    page = pages(plan)["overview"]

    assert steps_of(page, "Failed") == [("green", None), ("red", plan.observability.thresholds.failed_share)]
    assert steps_of(page, "Latency")[-1] == ("red", plan.routing.deadline_s)
    assert steps_of(pages(plan)["arbiter"], "Neither")[-1] == ("red", plan.observability.thresholds.neither_share)


def test_a_panel_warns_before_its_last_threshold_where_the_plan_has_two() -> None:
    plan = single_4090()
    promised = replace(plan, observability=replace(plan.observability, objectives=Objectives(fast=0.99, within_s=10.0)))

    assert steps_of(pages(promised)["overview"], "Latency") == [("green", None), ("orange", 10.0), ("red", plan.routing.deadline_s)]


def test_the_states_of_a_breaker_are_told_in_words() -> None:
    (mapping,) = panel_of(pages(single_4090())["errors"], "Breakers")["fieldConfig"]["defaults"]["mappings"]

    assert [mapping["options"][value]["text"] for value in "012"] == ["closed", "half open", "open"]


def test_a_panel_that_may_be_empty_says_why() -> None:
    assert (
        panel_of(pages(single_4090())["errors"], "Errors by code")["fieldConfig"]["defaults"]["noValue"] == "No response has had an error."
    )


def test_graphs_are_marked_where_alerts_fired_plans_changed_routers_started_and_settings_were_read() -> None:
    plan = single_4090()
    unscraped = replace(plan, observability=replace(plan.observability, metrics=False))

    assert [mark["name"] for mark in pages(plan)["errors"]["annotations"]["list"]] == ["Alerts", "Plans", "Starts", "Reloads"]
    assert [mark["name"] for mark in pages(unscraped)["engines"]["annotations"]["list"]] == ["Alerts"]


def test_of_very_many_specialists_those_with_the_greatest_values_are_drawn() -> None:
    plan = single_4090()
    many = replace(plan, specialists=tuple(replace(plan.specialists[0], name=f"s{number}") for number in range(21)))

    assert panel_of(pages(many)["specialists"], "Calls")["targets"][0]["expr"].startswith("topk(20, ")
    assert "topk" not in json.dumps(pages(plan))


def test_panels_link_published_runbooks_and_name_the_others() -> None:
    published = panel_of(pages(external_only())["overview"], "Failed")
    local = panel_of(pages(single_4090())["overview"], "Failed")

    assert [link["url"] for link in published["links"]] == ["https://runbooks.example.org/front/AUA_HighErrorRate.md"]
    assert local["links"] == []
    assert "docs/runbooks/AUA_HighErrorRate.md" in local["description"]


@plans
def test_every_alert_leads_from_a_panel_to_a_runbook_that_is_there(make: Callable[[], Plan]) -> None:
    plan = make()
    linked = replace(plan, observability=replace(plan.observability, runbook_base_url="https://runbooks.example.org"))
    links = {link["url"] for page in pages(linked).values() for panel in page["panels"] for link in panel.get("links", ())}
    slow = {f"{alert.name}Slow" for alert in alerts(plan)}  # kin of an alert whose panel shows both

    assert links <= {f"https://runbooks.example.org/{alert.name}.md" for alert in alerts(plan)}
    assert links >= {f"https://runbooks.example.org/{alert.name}.md" for alert in alerts(plan) if alert.name not in slow} or not links
    assert {f"docs/runbooks/{link.rpartition('/')[2]}" for link in links} <= {artifact.path for artifact in docs.emit(linked)}


def test_a_dot_of_a_latency_leads_to_its_trace_whatever_the_address_holds() -> None:
    plan = traced_elsewhere()
    tracing = plan.observability.tracing
    assert tracing is not None
    url = "https://traces.example.org/$team/{trace_id}?at=$1"
    traced = replace(plan, observability=replace(plan.observability, tracing=replace(tracing, trace_url=url)))
    source = next(yaml.safe_load(artifact.text) for artifact in emit(traced) if "datasources" in artifact.path)
    (destination,) = source["datasources"][0]["jsonData"]["exemplarTraceIdDestinations"]

    assert destination["name"] == "trace_id"  # the label of aua_runtime.exposition
    assert destination["url"].replace("$$", "$") == "https://traces.example.org/$team/${__value.raw}?at=$1"
    assert panel_of(pages(traced)["overview"], "Latency")["targets"][0]["exemplar"]


def test_without_alerts_no_runbook_is_named() -> None:
    plan = single_4090()
    quiet = replace(plan, observability=replace(plan.observability, alerts=False))

    assert "runbook" not in json.dumps(pages(quiet)).lower()


def test_a_fresh_grafana_finds_prometheus_and_the_pages() -> None:
    files = {artifact.path: yaml.safe_load(artifact.text) for artifact in emit(single_4090()) if artifact.path.endswith(".yaml")}
    source = files["grafana/provisioning/datasources/prometheus.yaml"]["datasources"][0]
    provider = files["grafana/provisioning/dashboards/aua.yaml"]["providers"][0]

    assert source["url"] == "http://prometheus:9090"
    assert source["uid"] == pages(single_4090())["overview"]["templating"]["list"][0]["current"]["value"]
    assert provider["options"] == {"path": "/etc/grafana/dashboards"}
