import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from aua_compile.observe.rules import alert_groups
from aua_compile.plan.model import Plan
from aua_compile.targets.prometheus import emit
from tests.targets.plans import PLANS, everything, external_only, macbook, single_4090

plans = pytest.mark.parametrize("make", PLANS.values(), ids=list(PLANS))


def files(plan: Plan) -> dict[str, Any]:
    return {artifact.path.removeprefix("prometheus/"): yaml.safe_load(artifact.text) for artifact in emit(plan)}


def jobs(plan: Plan) -> dict[str, Any]:
    return {job["job_name"]: job for job in files(plan)["prometheus.yaml"]["scrape_configs"]}


def names(plan: Plan) -> set[str]:
    return {rule["alert"] for group in alert_groups(plan) for rule in group["rules"]}


def addresses(job: dict[str, Any]) -> list[str]:
    return [address for found in job["static_configs"] for address in found["targets"]]


def test_the_router_is_scraped_at_its_management_listener() -> None:
    assert addresses(jobs(single_4090())["coding-router"]) == ["router:8001"]


def test_each_engine_that_has_metrics_is_scraped_under_its_own_name() -> None:
    found = jobs(everything())["all-of-it-engine"]["static_configs"]

    assert [entry["labels"]["service"] for entry in found] == ["swe", "math", "arbiter", "law", "writer"]
    assert {entry["labels"]["__metrics_path__"] for entry in found} == {"/metrics"}


def test_an_engine_without_metrics_is_not_scraped() -> None:
    assert list(jobs(macbook())) == ["laptop-router"]


def test_an_external_vllm_is_scraped_where_it_is_called_and_one_behind_a_key_is_not() -> None:
    assert addresses(jobs(external_only())["front-external"]) == ["10.1.2.3:8080"]


def test_an_external_server_without_certificate_checks_does_not_switch_them_off_for_others() -> None:
    plan = external_only()
    hosted, office = plan.specialists
    loose = replace(office, name="loose", container_url="https://llm.example.net", tls_verify=False)
    found = jobs(replace(plan, specialists=(hosted, office, loose)))

    assert addresses(found["front-external"]) == ["10.1.2.3:8080"]
    assert "tls_config" not in found["front-external"]
    assert addresses(found["front-external-unverified"]) == ["llm.example.net:443"]
    assert found["front-external-unverified"]["tls_config"] == {"insecure_skip_verify": True}


def test_several_routers_are_found_by_name() -> None:
    found = jobs(external_only())["front-router"]["dns_sd_configs"]

    assert found == [{"names": ["router"], "type": "A", "port": 8001}]


def test_a_router_whose_metrics_are_off_or_behind_a_socket_is_not_scraped_and_has_no_alerts() -> None:
    plan = macbook()
    off = replace(plan, observability=replace(plan.observability, metrics=False))
    behind = replace(plan, api=replace(plan.api, management=replace(plan.api.management, socket="/run/aua.sock")))

    for changed in (off, behind):
        assert jobs(changed) == {}
        assert names(changed) == set()
        assert files(changed)["rules/recording.yaml"] == {"groups": []}


def test_alerts_that_are_off_leave_the_recording_rules() -> None:
    plan = single_4090()
    found = files(replace(plan, observability=replace(plan.observability, alerts=False)))

    assert found["rules/alerts.yaml"] == {"groups": []}
    assert found["rules/recording.yaml"]["groups"]
    assert "tests/alerts.yaml" not in found


def test_what_is_deployed_differs_where_a_router_would_and_not_where_only_alerts_do() -> None:
    plan = single_4090()
    others = replace(plan.observability, thresholds=replace(plan.observability.thresholds, failed_share=0.2))
    router = replace(plan.routing, single_threshold=0.9)

    assert files(replace(plan, observability=others))["rules/deployed.yaml"] == files(plan)["rules/deployed.yaml"]
    assert files(replace(plan, routing=router))["rules/deployed.yaml"] != files(plan)["rules/deployed.yaml"]


def test_only_features_that_are_on_have_alerts() -> None:
    always = {
        "AUA_RouterDown",
        "AUA_HighErrorRate",
        "AUA_HighLatency",
        "AUA_SpecialistDown",
        "AUA_BreakerOpen",
        "AUA_LowUtilityScore",
        "AUA_PlanDiffers",
        "AUA_SettingsReloadRefused",
        "AUA_StateLagging",
        "AUA_StateRowsLost",
    }

    assert names(external_only()) == always
    assert names(macbook()) == always | {"AUA_QueueSaturated"}
    assert names(single_4090()) == always | {
        "AUA_QueueSaturated",
        "AUA_HighContradictionRate",
        "AUA_ArbiterCaseFourSpike",
        "AUA_EngineDown",
        "AUA_EnginePreempting",
    }


def test_a_field_that_asks_for_nothing_has_no_utility_alert() -> None:
    plan = macbook()
    fields = tuple(replace(field, confidence_threshold=0.0) for field in plan.fields)

    assert "AUA_LowUtilityScore" not in names(replace(plan, fields=fields))


@plans
def test_every_alert_has_a_runbook_and_two_tests(make: Callable[[], Plan]) -> None:
    plan = make()
    tested = [test["name"] for test in files(plan)["tests/alerts.yaml"]["tests"]]

    for group in alert_groups(plan):
        for rule in group["rules"]:
            assert rule["annotations"]["runbook_url"].endswith(f"runbooks/{rule['alert']}.md") or plan.observability.runbook_base_url
            assert [tested.count(f"{rule['alert']} {what}") for what in ("fires and recovers", "stays silent")] == [1, 1]


def test_a_published_runbook_is_linked_by_its_url() -> None:
    rules = [rule for group in alert_groups(external_only()) for rule in group["rules"]]

    assert rules[0]["annotations"]["runbook_url"] == "https://runbooks.example.org/front/AUA_RouterDown.md"


@plans
def test_every_query_is_bound_to_a_job_of_this_deployment(make: Callable[[], Plan]) -> None:
    plan = make()
    found = files(plan)
    rules = [rule for kind in ("recording", "alerts") for group in found[f"rules/{kind}.yaml"]["groups"] for rule in group["rules"]]

    for rule in rules:
        selectors = re.findall(r"\{[^}]*\}", rule["expr"])
        assert all(f'job="{plan.project.name}-' in selector for selector in selectors)
        assert selectors or rule["expr"].startswith("vector(")


def test_a_threshold_of_the_plan_reaches_its_alert() -> None:
    plan = single_4090()
    thresholds = replace(plan.observability.thresholds, failed_share=0.123)
    changed = replace(plan, observability=replace(plan.observability, thresholds=thresholds))

    assert "> 0.123 and" in next(rule["expr"] for rule in alert_groups(changed)[0]["rules"] if rule["alert"] == "AUA_HighErrorRate")
