"""JSON Merge Patch (RFC 7396) on plain data: a document that looks like what it changes, in which null removes."""

from collections.abc import Iterator, Mapping
from typing import Any

from aua_compile.json_patch import equal


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396: mappings merge key by key, null removes a key, and everything else, lists too, takes the place of what was there.

    >>> merged({"a": 1, "b": {"c": [1], "d": 2}}, {"a": None, "b": {"c": [2]}})
    {'b': {'c': [2], 'd': 2}}
    """
    if not isinstance(patch, Mapping):
        return patch
    made = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made


def idle_removals(document: Any, patch: Mapping[str, Any], steps: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a merge patch removes what is not there."""
    for key, value in patch.items():
        inner = document.get(key) if isinstance(document, Mapping) else None
        if value is None and not (isinstance(document, Mapping) and key in document):
            yield (*steps, key)
        elif isinstance(value, Mapping):
            yield from idle_removals(inner, value, (*steps, key))


def unmet(document: Any, expected: Any, steps: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Where a document is not what a merge patch would make of it: each place with the expected and the found value (None: absent)."""
    if not isinstance(expected, Mapping):
        if not equal(document, expected):
            yield steps, expected, document
        return
    for key, value in expected.items():
        yield from unmet(document.get(key) if isinstance(document, Mapping) else None, value, (*steps, key))
