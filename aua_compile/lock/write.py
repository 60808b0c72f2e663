"""The text of a lock."""

from collections.abc import Mapping

from aua_compile.lock.model import VERSION
from aua_compile.render import to_yaml

_HEADER = "Made by `aua lock`. Commit it; `aua compile --locked` refuses what differs from it."


def lock_text(entries: Mapping[str, str]) -> str:
    """One entry a line, sorted, so that two people's changes to different entries merge."""
    return to_yaml({"lock_version": VERSION, "entries": dict(sorted(entries.items()))}, _HEADER)
