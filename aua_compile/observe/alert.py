"""An alert: its rule, made-up series on which it must fire and on which it must not, and what to do when it does."""

from collections.abc import Mapping
from dataclasses import field
from math import ceil
from typing import Literal
from urllib.parse import quote

from aua_compile.frozen import dataclass
from aua_compile.observe.window import long_s, short_s
from aua_compile.plan.model import Plan

Severity = Literal["page", "ticket"]


@dataclass(frozen=True, slots=True)
class Case:
    """Series in promtool's notation, and the labels and the value that the alert carries if it fires on them."""

    series: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    value: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to look at or do: the shell commands for it, one per way in which this plan is deployed, and queries for Prometheus."""

    text: str
    commands: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """`summary` may hold LABEL placeholders and VALUE. `query` shows the measured value by itself, for panels and runbooks."""

    name: str
    severity: Severity
    expr: str
    hold_s: float
    summary: str
    query: str
    fires: Case
    silent: Case
    meaning: str
    causes: tuple[str, str, str]
    steps: tuple[Step, ...]


VALUE = "{{ $value | humanizePercentage }}"
"""Where a summary says the measured share."""


def label(name: str) -> str:
    """Where a summary names a label's value."""
    return f"{{{{ $labels.{name} }}}}"


def summary_of(alert: Alert, case: Case) -> str:
    """What the summary says when the alert fires on a case."""
    text = alert.summary.replace(VALUE, case.value)
    for name, value in case.labels.items():
        text = text.replace(label(name), value)
    return text


def runbook_path(name: str) -> str:
    """Where an alert's runbook page lies among the artifacts."""
    return f"docs/runbooks/{name}.md"


def runbook(plan: Plan, name: str) -> str | None:
    """The link to an alert's runbook: a URL where the pages are published, else the path among the artifacts, if they are among them.

    Braces, brackets and `$` are percent-encoded, which a browser reads alike, because Prometheus and Grafana would fill them in.
    """
    base = plan.observability.runbook_base_url
    if base:
        return f"{quote(base.rstrip('/'), safe=_URL)}/{name}.md"
    return runbook_path(name) if "docs" in plan.targets else None


_URL = ":/?#@!&'()*+,;=%-._~"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The time that a test of a rule covers: steps of a fifth of the short window, until every window is full and the alert has held."""

    step_s: float
    steps: int

    @property
    def end_s(self) -> float:
        """When the rule is looked at."""
        return self.step_s * self.steps

    def constant(self, value: float) -> str:
        """A series that stays."""
        return f"{value:g}+0x{self.steps}"

    def rising(self, per_step: float) -> str:
        """A counter that rises by as much in every step."""
        return f"0+{per_step:g}x{self.steps}"


def timeline(plan: Plan, hold_s: float) -> Timeline:
    """The timeline for an alert that holds as long."""
    step_s = short_s(plan) / 5
    return Timeline(step_s, ceil((long_s(plan) + hold_s) / step_s) + 3)
