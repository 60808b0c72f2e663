from dataclasses import replace

import pytest

from aua_compile.observe.alert import runbook, summary_of
from aua_compile.observe.alerts import ALERTS, alerts
from aua_compile.plan.model import Plan
from tests.targets.plans import everything, single_4090


def published(url: str) -> Plan:
    plan = single_4090()
    return replace(plan, observability=replace(plan.observability, runbook_base_url=url))


@pytest.mark.parametrize(
    ("base", "link"),
    [
        ("https://a.example.org/r", "https://a.example.org/r/AUA_X.md"),
        ("https://a.example.org/r/", "https://a.example.org/r/AUA_X.md"),
        ("https://a.example.org/{{x}}/${y}/[[z]]", "https://a.example.org/%7B%7Bx%7D%7D/%24%7By%7D/%5B%5Bz%5D%5D/AUA_X.md"),
        ("https://a.example.org/%7Ex?a=b&c=d", "https://a.example.org/%7Ex?a=b&c=d/AUA_X.md"),
        ('https://a.example.org/"q"', "https://a.example.org/%22q%22/AUA_X.md"),
    ],
)
def test_a_link_holds_nothing_that_prometheus_or_grafana_would_fill_in(base: str, link: str) -> None:
    assert runbook(published(base), "AUA_X") == link


def test_a_runbook_that_is_not_written_is_not_linked() -> None:
    plan = single_4090()

    assert runbook(plan, "AUA_X") == "docs/runbooks/AUA_X.md"
    assert runbook(replace(plan, targets=("prometheus",)), "AUA_X") is None


def test_every_alert_can_be_had() -> None:
    assert len(alerts(everything())) == len(ALERTS)


def test_summaries_leave_no_placeholder_when_the_alert_fires() -> None:
    for alert in alerts(everything()):
        assert "{{" not in summary_of(alert, alert.fires)
