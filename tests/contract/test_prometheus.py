"""Rules against the real judge, promtool, and against the contract of what is exported."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aua_compile.observe.alerts import alerts
from aua_compile.observe.recording import records
from aua_compile.plan.model import Plan
from aua_compile.targets import prometheus
from tests.promql import faults_of, known_of
from tests.targets.plans import PLANS, everything, external_only, single_4090
from tests.tools import ROOT, require, require_module

GALLERY = tuple(path.parent for path in (ROOT / "golden").glob("*/prometheus"))
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
