"""A plan as canonical JSON, and its digests."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from aua_compile.plan.effects import OF_ROUTER, Effect, effects_of, parts
from aua_compile.plan.model import Plan
from aua_compile.plan.once import once_per_plan

PLAN_SCHEMA_VERSION = "1"

Fields = frozenset[tuple[str, str]]
"""Fields of a plan's parts: the part's type by name, and the field."""


@cache
def fields_where(holds: Callable[[Effect], bool]) -> Fields:
    """The fields of a plan whose effect is such."""
    return frozenset((part.__name__, name) for part in parts(Plan) for name, effect in effects_of(part).items() if holds(effect))


def is_told(effect: Effect) -> bool:
    """Whether a field says something to people and changes nothing that runs."""
    return effect.what == "metadata" and effect.how == "none"


def is_settled(effect: Effect) -> bool:
    """Whether a field is structure of nothing: a change of it needs no restart of what runs."""
    return is_told(effect) or effect.how == "hot_reload"


def is_of_others(effect: Effect) -> bool:
    """Whether a router does the same when a field changes."""
    return effect.of not in OF_ROUTER or effect.how == "none"


def is_taken_over(effect: Effect) -> bool:
    """Whether a running router may stay what it is when a field changes."""
    return is_of_others(effect) or effect.how == "hot_reload"


NONE: Fields = frozenset()
_SCALARS = frozenset({str, int, float, bool, type(None)})


def plain(value: Any, leave_out: Fields = NONE) -> Any:
    """A plan, or a part of one, as JSON data, without the fields named in `leave_out`."""
    kind: Any = type(value)
    if kind in _SCALARS:
        return value
    if is_dataclass(value):
        return {name: plain(getattr(value, name), leave_out) for name in kind.__slots__ if (kind.__name__, name) not in leave_out}
    if isinstance(value, Mapping):
        return {key: plain(item, leave_out) for key, item in value.items()}
    return [plain(item, leave_out) for item in value]


def canonical(plan: Plan, leave_out: Fields = NONE) -> bytes:
    """The plan's canonical bytes: JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(plain(plan, leave_out), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


@once_per_plan
def plan_digest(plan: Plan) -> str:
    """SHA-256 of everything that the plan decides; what only tells people has `documentation_digest`."""
    return _digest(plan, is_told)


def documentation_digest(plan: Plan) -> str:
    """SHA-256 of the plan with its documentation."""
    return hashlib.sha256(canonical(plan)).hexdigest()


def structure_digest(plan: Plan) -> str:
    """SHA-256 of what a running deployment cannot take over: settings of the same structure can be swapped in."""
    return _digest(plan, is_settled)


@once_per_plan
def router_digest(plan: Plan) -> str:
    """SHA-256 of what the router is and does: the same for plans of which a router makes the same, whatever they ask of others."""
    return _digest(plan, is_of_others)


def digests_of(plan: Plan) -> dict[str, str]:
    """All of them, as they stand in plan.json."""
    return {
        "plan": plan_digest(plan),
        "documentation": documentation_digest(plan),
        "structure": structure_digest(plan),
        "router": router_digest(plan),
    }


def router_structure(plan: Plan) -> bytes:
    """What of the plan a running router cannot take over, as canonical bytes; engines and watchers may differ."""
    return canonical(plan, fields_where(is_taken_over))


def _digest(plan: Plan, leaves_out: Callable[[Effect], bool]) -> str:
    return hashlib.sha256(canonical(plan, fields_where(leaves_out))).hexdigest()
