"""Rule groups as Prometheus and its operator read them, and the tests of the alerts as promtool reads them."""

from collections.abc import Iterable, Iterator
from typing import Any

from aua_compile.observe.alert import Alert, literal, runbook, summary_of, timeline
from aua_compile.observe.alerts import alerts
from aua_compile.observe.record import Record
from aua_compile.observe.recording import deployed, records
from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan


def recording_groups(plan: Plan) -> list[dict[str, Any]]:
    """The recording rules, one group, because each rule may use those before it; empty where nothing is scraped."""
    return _recording(plan, "recording", records(plan))


def alert_groups(plan: Plan) -> list[dict[str, Any]]:
    """The alerts, one group; empty where there are none."""
    rules = [_rule(plan, alert) for alert in alerts(plan)]
    return [{"name": f"{plan.project.name}-alerts", "rules": rules}] if rules else []


def deployed_groups(plan: Plan) -> list[dict[str, Any]]:
    """Which plan is deployed, in a group and a file of its own, because every change of the plan changes it."""
    return _recording(plan, "deployed", deployed(plan))


def alert_tests(plan: Plan) -> list[dict[str, Any]]:
    """For each alert a test that it fires and that it is over when its cause is, and one that it stays silent."""
    return [test for alert in alerts(plan) for test in _tests(plan, alert)]


def _rule(plan: Plan, alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expr,
        **({"for": duration(alert.hold_s)} if alert.hold_s else {}),
        "labels": {"severity": alert.severity, "deployment": plan.project.name},
        "annotations": _annotations(plan, alert, alert.summary, literal(alert.meaning)),
    }


def _recording(plan: Plan, name: str, made: Iterable[Record]) -> list[dict[str, Any]]:
    rules = [{"record": record.name, "expr": record.expr, **({"labels": dict(record.labels)} if record.labels else {})} for record in made]
    return [{"name": f"{plan.project.name}-{name}", "rules": rules}] if rules else []


def _tests(plan: Plan, alert: Alert) -> Iterator[dict[str, Any]]:
    fires, silent, time = alert.fires.series, alert.silent.series, timeline(plan, alert)
    expected = {
        "exp_labels": {"severity": alert.severity, "deployment": plan.project.name, **alert.fires.labels},
        "exp_annotations": _annotations(plan, alert, summary_of(alert, alert.fires), alert.meaning),
    }
    full, over = time.steps * time.step_s, (time.steps + time.more) * time.step_s

    def test(what: str, series: dict[str, str], *looks: tuple[float, list[dict[str, Any]]]) -> dict[str, Any]:
        return {
            "name": f"{alert.name} {what}",
            "interval": duration(time.step_s),
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "alert_rule_test": [
                {"eval_time": duration(at_s), "alertname": alert.name, "exp_alerts": expected_alerts} for at_s, expected_alerts in looks
            ],
        }

    both = {name: time.then(fires.get(name), silent.get(name)) for name in (*fires, *(name for name in silent if name not in fires))}
    yield test("fires and recovers", both, (full, [expected]), (over, []))
    yield test("stays silent", {name: time.values(line) for name, line in silent.items()}, (full, []))


def _annotations(plan: Plan, alert: Alert, summary: str, description: str) -> dict[str, str]:
    link = runbook(plan, alert.name)
    return {"summary": summary, "description": description, **({"runbook_url": link} if link else {})}
