"""Rule groups as Prometheus and its operator read them, and the tests of the alerts as promtool reads them."""

from typing import Any

from aua_compile.observe.alert import Alert, Case, Timeline, runbook, summary_of, timeline
from aua_compile.observe.alerts import alerts
from aua_compile.observe.recording import records
from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan


def recording_groups(plan: Plan) -> list[dict[str, Any]]:
    """The recording rules, one group, because each rule may use those before it; empty where nothing is scraped."""
    rules = [
        {"record": record.name, "expr": record.expr, **({"labels": dict(record.labels)} if record.labels else {})}
        for record in records(plan)
    ]
    return [{"name": f"{plan.project.name}-recording", "rules": rules}] if rules else []


def alert_groups(plan: Plan) -> list[dict[str, Any]]:
    """The alerts, one group; empty where there are none."""
    rules = [_rule(plan, alert) for alert in alerts(plan)]
    return [{"name": f"{plan.project.name}-alerts", "rules": rules}] if rules else []


def alert_tests(plan: Plan) -> list[dict[str, Any]]:
    """For each alert a test that it fires and one that it stays silent."""
    return [
        _test(plan, alert, case, timeline(plan, alert.hold_s), fires=fires)
        for alert in alerts(plan)
        for case, fires in ((alert.fires, True), (alert.silent, False))
    ]


def _rule(plan: Plan, alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expr,
        **({"for": duration(alert.hold_s)} if alert.hold_s else {}),
        "labels": {"severity": alert.severity, "deployment": plan.project.name},
        "annotations": _annotations(plan, alert, alert.summary),
    }


def _test(plan: Plan, alert: Alert, case: Case, time: Timeline, *, fires: bool) -> dict[str, Any]:
    expected = {
        "exp_labels": {"severity": alert.severity, "deployment": plan.project.name, **case.labels},
        "exp_annotations": _annotations(plan, alert, summary_of(alert, case)),
    }
    return {
        "name": f"{alert.name} {'fires' if fires else 'stays silent'}",
        "interval": duration(time.step_s),
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": duration(time.end_s),
                "alertname": alert.name,
                "exp_alerts": [expected] if fires else [],
            }
        ],
    }


def _annotations(plan: Plan, alert: Alert, summary: str) -> dict[str, str]:
    link = runbook(plan, alert.name)
    return {"summary": summary, **({"runbook_url": link} if link else {})}
