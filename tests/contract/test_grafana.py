"""Every query of every dashboard against a parser of PromQL, against promtool, and against the contract of what is exported."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from aua_compile.observe.recording import records
from aua_compile.plan.model import Plan
from aua_compile.targets import grafana
from tests.promql import faults_of, known_of, labels_of
from tests.targets.plans import PLANS
from tests.tools import require, require_module

plans = pytest.mark.parametrize("make", PLANS.values(), ids=list(PLANS))


def pages(plan: Plan) -> list[Any]:
    return [json.loads(artifact.text) for artifact in grafana.emit(plan) if artifact.path.endswith(".json")]


def plain(query: str) -> str:
    """A query as Prometheus sees it, with what Grafana fills in."""
    return query.replace("$__rate_interval", "5m").replace("$field", ".*").replace("$specialist", ".*").replace("$service", ".*")


def queries(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Where each query stands, the query, and its legend."""
    for page in pages(plan):
        for panel in page["panels"]:
            for target in panel.get("targets", ()):
                yield f"{page['uid']}: {panel['title']}", plain(target["expr"]), target["legendFormat"]
        for variable in page["templating"]["list"]:
            if variable["type"] == "query":
                found = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"])
                assert found
                yield f"{page['uid']}: {variable['name']}", f"sum by ({found[2]}) ({found[1]})", f"{{{{{found[2]}}}}}"
        for annotation in page["annotations"]["list"]:
            yield f"{page['uid']}: {annotation['name']}", annotation["expr"], annotation["titleFormat"]


@plans
def test_every_query_names_only_what_this_plan_exports(make: Callable[[], Plan]) -> None:
    require_module("promql_parser")
    plan = make()
    known = known_of(plan)

    assert {where: faults for where, query, _ in queries(plan) if (faults := faults_of(query, known))} == {}


@plans
def test_every_legend_names_labels_that_its_series_have(make: Callable[[], Plan]) -> None:
    require_module("promql_parser")
    plan = make()
    known = known_of(plan)

    for where, query, legend in queries(plan):
        assert set(re.findall(r"{{(\w+)}}", legend)) <= labels_of(query, known), where


@plans
def test_prometheus_itself_parses_every_query(make: Callable[[], Plan], tmp_path: Path) -> None:
    promtool = require("promtool")
    rules = [{"record": f"query:{number}:{number}", "expr": query} for number, (_, query, _) in enumerate(queries(make()))]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")

    done = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@plans
def test_every_recording_rule_is_used_by_an_alert_a_panel_or_another(make: Callable[[], Plan]) -> None:
    from aua_compile.observe.alerts import alerts

    plan = make()
    if not plan.observability.dashboards:
        pytest.skip("this plan has no dashboards")
    used = " ".join(
        [*(query for _, query, _ in queries(plan)), *(alert.expr for alert in alerts(plan)), *(record.expr for record in records(plan))]
    )

    assert [record.name for record in records(plan) if f"{record.name}{{" not in used] == []
