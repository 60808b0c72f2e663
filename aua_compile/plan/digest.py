"""A plan as canonical JSON, and its digests."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from aua_compile.plan.model import Plan

PLAN_SCHEMA_VERSION = "1"

HOT_RELOAD = frozenset(
    {
        ("Weights", "efficacy"),
        ("Weights", "confidence"),
        ("Weights", "curiosity"),
        ("Field", "confidence_threshold"),
        ("Arbiter", "confidence_threshold"),
        ("Welfare", "prior"),
        ("Welfare", "prior_weight"),
        ("Welfare", "margin"),
        ("Welfare", "least"),
        ("Routing", "single_threshold"),
        ("Routing", "fanout_threshold"),
        ("Routing", "deadline_s"),
        ("Safety", "min_confidence_for_direct_answer"),
        ("Api", "cors_origins"),
        ("Api", "cors_credentials"),
        ("Observability", "log_level"),
        ("Observability", "runbook_base_url"),
    }
)
"""Plan fields that a running router takes over from a new settings.json; all others are structure."""

DOCUMENTATION = frozenset(
    {
        ("Project", "description"),
        ("Project", "config"),
        ("Project", "recreate"),
        ("Project", "command"),
        ("Field", "description"),
        ("Plan", "warnings"),
    }
)
"""Plan fields that say something to people and change nothing that runs."""


def plain(value: Any, leave_out: frozenset[tuple[str, str]] = frozenset()) -> Any:
    """A plan, or a part of one, as JSON data, without the fields named in `leave_out`."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: plain(getattr(value, name), leave_out) for name in kind.__slots__ if (kind.__name__, name) not in leave_out}
    if isinstance(value, Mapping):
        return {key: plain(item, leave_out) for key, item in value.items()}
    return [plain(item, leave_out) for item in value]


def canonical(plan: Plan, leave_out: frozenset[tuple[str, str]] = frozenset()) -> bytes:
    """The plan's canonical bytes: JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(plain(plan, leave_out), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def plan_digest(plan: Plan) -> str:
    """SHA-256 of everything that the plan decides; what only documents has `documentation_digest`."""
    return hashlib.sha256(canonical(plan, DOCUMENTATION)).hexdigest()


def documentation_digest(plan: Plan) -> str:
    """SHA-256 of the plan with its documentation."""
    return hashlib.sha256(canonical(plan)).hexdigest()


def structure_digest(plan: Plan) -> str:
    """SHA-256 of what a running router cannot take over: settings of the same structure can be swapped in."""
    return hashlib.sha256(canonical(plan, DOCUMENTATION | HOT_RELOAD)).hexdigest()
