"""Effects: what a change of a plan field is, how it is applied and to what. Each field of `plan.model` carries its effect.

The digests, `aua diff`, schemas/plan.json and, through the structure digest, the router's reload read them; there is no second list.
"""

from dataclasses import Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

from aua_compile.config.declare import Apply, Change
from aua_compile.frozen import dataclass

Part = Literal["", "router", "engine", "engines", "fetch", "prometheus", "grafana", "collector", "watched", "volume", "volumes", "all"]
"""Whom a change reaches: the router, the engine, fetch or volume that holds the field, all engines or volumes, the
router and what watches it, everything, or nobody."""

OF_ROUTER: frozenset[Part] = frozenset({"router", "watched", "all"})
"""Those of which the router is one."""

Safer: TypeAlias = bool | str | None
"""Which of two values is safer: the one safe value, or a word that `plan.safety.direction` knows."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of a field is and how it is applied, to whom.

    `safer` says which of two values is the safe one; a change that is not `security` becomes so where one of them is. A change of a `place`
    is a move; what is `derived` says again what another field says. For a list of parts `by` names the field by which its entries are
    known; an entry that comes or goes is `added` or `removed`, and one that comes is one that goes under another name where the fields of
    `alike` agree.
    """

    what: Change
    how: Apply
    of: Part = ""
    safer: Safer = None
    place: bool = False
    derived: bool = False
    by: str = ""
    alike: tuple[str, ...] = ()
    added: Change = "additive"
    removed: Change = "breaking"


STRICTEST = Effect("security", "manual", "all")
"""Of a field that says nothing of itself."""

TOLD = Effect("metadata", "none")
"""Tells people of a decision and decides nothing: `documentation_digest` alone covers it."""

FACT = Effect("behavioural", "none")
"""Stands for something that other fields apply, such as a command."""

RELOAD = Effect("behavioural", "hot_reload", "router")
RESTART = Effect("behavioural", "rolling_restart", "router")
ADDRESS = Effect("behavioural", "rolling_restart", "router", "https", place=True)
BREAKING = Effect("breaking", "rolling_restart", "router")
ENGINE = Effect("behavioural", "recreate", "engine")
SEAT = Effect("behavioural", "recreate", "engine", place=True)
WRITTEN_OUT = Effect("behavioural", "recreate", "engine", derived=True)
FETCH = Effect("behavioural", "recreate", "fetch")
ALERTS = Effect("behavioural", "hot_reload", "prometheus")
COLLECTOR = Effect("behavioural", "recreate", "collector")
HARDWARE = Effect("breaking", "manual", "engines")
IDENTITY = Effect("breaking", "manual", "all")


def secured(how: Apply, of: Part, safer: Safer = None) -> Effect:
    """A change that security depends on."""
    return Effect("security", how, of, safer)


PATCHED = secured("manual", "")
"""Of a patch: what it weakens or restarts nobody but a person can say."""


def entries(how: Apply, of: Part, by: str, alike: tuple[str, ...] = (), added: Change = "additive", removed: Change = "breaking") -> Effect:
    """A list of parts."""
    return Effect("behavioural", how, of, by=by, alike=alike, added=added, removed=removed)


def told(by: str) -> Effect:
    """A list of parts that only tell people something."""
    return Effect("metadata", "none", by=by, added="metadata", removed="metadata")


def part_of(field: "Field[Any]") -> type | None:
    """The type of the parts that a field holds: one, one or none, or many."""
    kinds = [field.type]
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and is_dataclass(kind):
            return kind
        kinds.extend(get_args(kind))
    return None


def is_whole(field: "Field[Any]") -> bool:
    """Whether a field holds a part that is always there, so that only the part's own fields can change."""
    return isinstance(field.type, type) and is_dataclass(field.type)


@cache
def effects_of(kind: type) -> dict[str, Effect]:
    """The effects of the fields of one type of part. Unknown means strictest."""
    return {field.name: _effect(field) for field in fields(kind) if not is_whole(field)}


def _effect(field: "Field[Any]") -> Effect:
    said = [word for word in getattr(field.type, "__metadata__", ()) if isinstance(word, Effect)]
    return said[0] if said else STRICTEST


@cache
def parts(kind: type) -> tuple[type, ...]:
    """A type of part and all that it is made of, each once."""
    found = {kind: None}
    for field in fields(kind):
        inner = part_of(field)
        if inner is not None:
            found |= dict.fromkeys(parts(inner))
    return tuple(found)
