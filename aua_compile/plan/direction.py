"""Whether a change makes a deployment less safe: two values of a field compared by the word that its effect carries."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, Literal

from aua_compile.plan.effects import Safer

Direction = Literal["weaker", "stronger", "unknown"]

PROFILES = {"local-dev": 0, "workstation": 0, "team": 1, "enterprise": 2}
"""How strict each profile's checks are."""


def direction(safer: Safer, before: Any, after: Any) -> Direction:
    """What becomes of security when a value changes. `unknown`: the values alone do not say.

    >>> direction("set", "API_KEY", None), direction(True, False, True), direction("fewer", ("a",), ("b",))
    ('weaker', 'stronger', 'unknown')
    """
    if before == after or safer is None:
        return "unknown"
    if isinstance(safer, bool):
        return "stronger" if after == safer else "weaker"
    if safer in {"fewer", "listed"}:
        return _of_lists(frozenset(before), frozenset(after), empty_is_none=safer == "fewer")
    was, is_now = _RANKS[safer](before), _RANKS[safer](after)
    return "weaker" if is_now < was else "stronger" if was < is_now else "unknown"


def _of_lists(before: frozenset[str], after: frozenset[str], *, empty_is_none: bool) -> Direction:
    """Of two lists of whom is let in; `*` is everyone, and an empty list nobody, or those that are let in without a list."""
    if "*" in before | after:
        return "unknown" if "*" in before & after else "weaker" if "*" in after else "stronger"
    if not empty_is_none and not (before and after):
        return "unknown"
    return "weaker" if before < after else "stronger" if after < before else "unknown"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


_RANKS: Mapping[str, Callable[[Any], int]] = {
    "set": lambda value: value is not None,
    "loopback": _is_loopback,
    "https": lambda url: url.startswith("https://"),
    "digest": lambda image: "@sha256:" in image,
    "profile": lambda profile: PROFILES.get(profile, 0),
}
"""How safe a value is, by the word: more is safer. Lists have `fewer` and `listed`, where fewer are safer than more."""
