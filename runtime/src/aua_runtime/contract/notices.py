"""What webhooks tell of a router: each notice's name, how severe it is, what it means and how it is put into words.

They are found in the router's metrics (`aua_runtime.webhooks.watch`), so none ever holds a question or an answer.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from aua_runtime.contract.frozen import dataclass

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")

SHARE_WINDOW_S = 300.0
"""Over which shares and counts are taken."""
LEAST_SAMPLES = 20
"""Of fewer, one more or less is above five percent: their share says nothing."""
CONTRADICTING, NEITHER, ABSTAINED = 0.5, 0.25, 0.25
"""From which share on it is told; the first two as the alerts of the same meaning."""
REFUSED_KEYS = 20
"""Calls without the router's key, or with another, in SHARE_WINDOW_S."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind of event. `text` is a sentence with the names of the facts in braces."""

    name: str
    severity: Severity
    meaning: str
    text: str


Facts: TypeAlias = Mapping[str, str | int]
"""What a notice is about: a name of the plan, or counts."""

NOTICES = (
    Notice("router_started", "info", "The router answers.", "The router has started."),
    Notice("router_draining", "info", "The router finishes what is open, and stops.", "The router stops."),
    Notice(
        "specialist_down",
        "error",
        "A circuit breaker keeps all calls from a specialist.",
        "The specialist {specialist} gets no calls: its servers fail.",
    ),
    Notice("specialist_up", "info", "A specialist that was down answers again.", "The specialist {specialist} answers again."),
    Notice("settings_reloaded", "info", "Settings were read anew, and are in force.", "New settings are in force."),
    Notice(
        "settings_refused",
        "error",
        "Settings were read anew and refused; the old ones stay.",
        "New settings were refused; the log says why. The old ones stay.",
    ),
    Notice("state_lost", "error", "Rows of the state store were lost.", "{rows} rows of the state store were lost."),
    Notice(
        "contradiction_threshold_exceeded",
        "warning",
        "Compared answers contradict each other too often.",
        "{percent} % of {samples} compared pairs of answers contradict each other.",
    ),
    Notice(
        "arbiter_inconclusive_spike",
        "warning",
        "The arbiter accepts no candidate too often.",
        "{percent} % of the arbiter's {samples} verdicts accept no answer.",
    ),
    Notice(
        "abstention_spike",
        "warning",
        "The router abstains too often.",
        "{percent} % of {samples} requests were answered with an abstention.",
    ),
    Notice(
        "security_auth_failure_spike",
        "warning",
        "Many calls come without the router's key.",
        "{samples} calls came without the router's key.",
    ),
)
NAMES = tuple(notice.name for notice in NOTICES)
BY_NAME = {notice.name: notice for notice in NOTICES}
