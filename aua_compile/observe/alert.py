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
class Line:
    """The values of a made-up series: the first, and what each step adds to it."""

    first: float
    step: float = 0.0


def constant(value: float) -> Line:
    """A gauge that stays."""
    return Line(value)


def rising(per_step: float) -> Line:
    """A counter that rises by as much in every step."""
    return Line(0, per_step)


@dataclass(frozen=True, slots=True)
class Case:
    """Made-up series, and the labels and the value that the alert carries if it fires on them."""

    series: Mapping[str, Line]
    labels: Mapping[str, str] = field(default_factory=dict)
    value: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to look at or do: the shell commands for it, one per way in which this plan is deployed, and queries for Prometheus."""

    text: str
    commands: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """A likely cause, and how to tell it from the others: what is seen where, if it is this one."""

    what: str
    seen: str
    commands: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """`summary` may hold LABEL placeholders and VALUE. `query` shows the measured value by itself, for panels and runbooks.

    `expr` holds for `hold_s` before anyone is told, and at most `ends_s` longer than its cause.
    """

    name: str
    severity: Severity
    expr: str
    hold_s: float
    ends_s: float
    summary: str
    query: str
    fires: Case
    silent: Case
    meaning: str
    causes: tuple[Cause, Cause, Cause]
    steps: tuple[Step, ...]


VALUE = "{{ $value | humanizePercentage }}"
"""Where a summary says the measured share."""
NUMBER = "{{ $value }}"
"""Where a summary says the measured number."""


def label(name: str) -> str:
    """Where a summary names a label's value."""
    return f"{{{{ $labels.{name} }}}}"


def summary_of(alert: Alert, case: Case) -> str:
    """What the summary says when the alert fires on a case."""
    text = alert.summary.replace(VALUE, case.value).replace(NUMBER, case.value)
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
    """The time that a test of a rule covers.

    After `steps` every window is full and the alert has held; `more` later what followed has held for as long as the alert may outlive it.
    """

    step_s: float
    steps: int
    more: int

    def values(self, line: Line) -> str:
        """A series of a case in promtool's notation."""
        return f"{line.first:g}+{line.step:g}x{self.steps}"

    def then(self, before: Line | None, after: Line | None) -> str:
        """A series that goes over from one case to another: a counter from where it stands, a gauge at once; one that neither has ends."""
        told = f"_x{self.steps + 1}" if before is None else self.values(before)
        if after is None:
            return f"{told} stale"
        counts = before is not None and (before.step or after.step)
        first = before.first + before.step * self.steps + after.step if before is not None and counts else after.first
        return f"{told} {first:g}+{after.step:g}x{self.more - 1}"


def step_of_tests_s(plan: Plan) -> float:
    """The step of made-up series: each short window holds two of them, which is all that a rate needs."""
    return short_s(plan) * 0.4


def timeline(plan: Plan, alert: Alert) -> Timeline:
    """The timeline of an alert's tests."""
    step_s = step_of_tests_s(plan)
    return Timeline(step_s, ceil((long_s(plan) + alert.hold_s) / step_s) + 3, ceil(alert.ends_s / step_s) + 3)


def literal(text: str) -> str:
    """Text as it stands in an annotation, where Prometheus fills in what is between two pairs of braces.

    >>> literal("{{ x }}")
    '{{ "{{" }} x }}'
    """
    return text.replace("{{", '{{ "{{" }}')
