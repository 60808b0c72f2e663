"""Rules against the real judge, promtool, and against the contract of what is exported."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from aua_compile.observe.alerts import alerts
from aua_compile.observe.objectives import objective_records
from aua_compile.observe.recording import records
from aua_compile.observe.scrape import router_job
from aua_compile.plan.model import Objectives, Plan
from aua_compile.targets import prometheus
from tests.promql import faults_of, known_of
from tests.targets.plans import PLANS, everything, external_only, single_4090
from tests.tools import ROOT, require, require_module

GALLERY = tuple(path.parent for path in (ROOT / "golden").glob("*/prometheus"))
OF_ROUTER = f'job="{router_job(single_4090())}"'
plans = pytest.mark.parametrize("make", PLANS.values(), ids=list(PLANS))


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(plan: Plan, folder: Path) -> Path:
    for artifact in prometheus.emit(plan):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text, encoding="utf-8")
    return folder / "prometheus"


@plans
def test_promtool_accepts_the_configuration_and_the_rules(make: Callable[[], Plan], tmp_path: Path) -> None:
    promtool = require("promtool")
    folder = written(make(), tmp_path)

    run(promtool, "check", "config", folder / "prometheus.yaml")
    run(promtool, "check", "rules", *(folder / path for path in prometheus.RULES))


@pytest.mark.parametrize("make", [everything, external_only])
def test_every_alert_fires_recovers_and_stays_silent_where_its_tests_say(make: Callable[[], Plan], tmp_path: Path) -> None:
    promtool = require("promtool")

    assert "SUCCESS" in run(promtool, "test", "rules", written(make(), tmp_path) / "tests" / "alerts.yaml")


@pytest.mark.parametrize("case", sorted(GALLERY), ids=lambda path: path.name)
def test_the_tests_that_the_gallery_ships_pass(case: Path) -> None:
    promtool = require("promtool")

    assert "SUCCESS" in run(promtool, "test", "rules", case / "prometheus" / "tests" / "alerts.yaml")


@pytest.mark.parametrize("interval_s", [1.0, 7.5, 3600.0])
def test_alerts_work_at_every_scrape_interval(interval_s: float, tmp_path: Path) -> None:
    promtool = require("promtool")
    plan = single_4090()
    plan = replace(plan, observability=replace(plan.observability, scrape_interval_s=interval_s))
    folder = written(plan, tmp_path)

    run(promtool, "check", "config", folder / "prometheus.yaml")
    assert "SUCCESS" in run(promtool, "test", "rules", folder / "tests" / "alerts.yaml")


SHARES = ("failed_share", "slow_share", "contradiction_share", "neither_share", "queue_share", "backlog_share")


@pytest.mark.parametrize(
    "given", [{"min_samples": 1_000_000, **dict.fromkeys(SHARES, 0.99)}, {"min_failures": 500, **dict.fromkeys(SHARES, 0.001)}]
)
def test_the_alerts_of_a_config_of_your_own_pass_their_tests(given: dict[str, Any], tmp_path: Path) -> None:
    promtool = require("promtool")
    plan = single_4090()
    told = replace(plan.observability, thresholds=replace(plan.observability.thresholds, **given))

    assert "SUCCESS" in run(promtool, "test", "rules", written(replace(plan, observability=told), tmp_path) / "tests" / "alerts.yaml")


@pytest.mark.parametrize("deadline_s", [0.01, 1.0, 100000.0])
def test_the_latency_alert_can_fire_whatever_the_deadline(deadline_s: float, tmp_path: Path) -> None:
    promtool = require("promtool")
    plan = replace(single_4090(), routing=replace(single_4090().routing, deadline_s=deadline_s))

    assert "SUCCESS" in run(promtool, "test", "rules", written(plan, tmp_path) / "tests" / "alerts.yaml")


def test_text_that_looks_like_a_template_stays_text_in_annotations(tmp_path: Path) -> None:
    promtool = require("promtool")
    plan = single_4090()
    url = "https://runbooks.example.org/{{ $labels.job }}/${y}"
    plan = replace(plan, observability=replace(plan.observability, runbook_base_url=url))

    assert "SUCCESS" in run(promtool, "test", "rules", written(plan, tmp_path) / "tests" / "alerts.yaml")


@plans
def test_every_rule_names_only_what_is_exported(make: Callable[[], Plan]) -> None:
    require_module("promql_parser")
    plan = make()
    known = known_of(plan)
    exprs = {record.name: record.expr for record in records(plan)}
    for alert in alerts(plan):
        exprs |= {alert.name: alert.expr, f"{alert.name} query": alert.query}
        exprs |= {f"{alert.name} step {number}": query for number, step in enumerate(alert.steps) for query in step.queries}

    assert {name: faults for name, expr in exprs.items() if (faults := faults_of(expr, known))} == {}


@pytest.mark.parametrize(
    ("answered", "failed", "left"),
    [
        pytest.param("0+0.1x120", "0+0.02x120", None, id="too few to say anything"),
        pytest.param("0+60x120", "0+40x120", 78, id="an outage of two hours right after the first start"),
        pytest.param("0+100x120", "0x120", 100, id="nothing has failed"),
        pytest.param("0x120", "0x120", None, id="nobody asks anything"),
    ],
)
def test_the_first_hours_of_a_deployment_use_up_no_more_of_a_budget_of_30_days_than_they_are_of_them(
    answered: str, failed: str, left: int | None, tmp_path: Path
) -> None:
    counted = {f'aua_query_total{{{OF_ROUTER},outcome="{name}"}}': values for name, values in (("answered", answered), ("failed", failed))}

    judge_budget(counted, "1m", "1m", "2h", left, tmp_path)


@pytest.mark.parametrize(("days", "failed_per_s", "left"), [(30, 0.001, 50), (30, 0.004, -100), (15, 0.001, 75)])
def test_what_is_left_of_a_budget_is_of_30_days_as_busy_as_those_that_were_seen(
    days: int, failed_per_s: float, left: int, tmp_path: Path
) -> None:
    rates = {
        f"job:aua_slo_availability_{part}:rate{{{OF_ROUTER}}}": f"_x{(30 - days) * 72} {per_s}x{days * 72 - 1}"
        for part, per_s in (("all", 0.4), ("bad", failed_per_s))
    }

    judge_budget(rates, "20m", "30d", "30d", left, tmp_path, scrape_interval_s=300.0)  # as finely as promtool's 10,000 samples allow


def judge_budget(
    series: dict[str, str], step: str, evaluated: str, at: str, left: int | None, folder: Path, scrape_interval_s: float = 15.0
) -> None:
    """So many per cent are left of a budget of 0.5 %, promtool finds, or nothing."""
    plan = single_4090()
    promised = replace(plan.observability, objectives=Objectives(availability=0.995), scrape_interval_s=scrape_interval_s)
    plan = replace(plan, observability=promised)
    given = {name.partition("{")[0] for name in series}
    rules = [{"record": each.name, "expr": each.expr} for each in objective_records(plan) if each.name not in given]
    found = [{"labels": f"{{{OF_ROUTER}}}", "value": left}] if left is not None else []
    test = {
        "interval": step,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": "sum by (job) (round(100 * job:aua_slo_availability_budget:left30d))", "eval_time": at, "exp_samples": found}
        ],
    }
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "slo", "rules": rules}]}), encoding="utf-8")
    check = {"rule_files": ["rules.yaml"], "evaluation_interval": evaluated, "tests": [test]}
    (folder / "tests.yaml").write_text(yaml.safe_dump(check), encoding="utf-8")

    run(require("promtool"), "test", "rules", folder / "tests.yaml")
