"""What a run did, or would do, to the output folder, as text."""

from collections import Counter
from collections.abc import Sequence

from aua_compile.disk import Change, differs

MOST_LISTED = 40
MARKS = {"new": "+", "missing": "+", "changed": "~", "stale": "-", "hand_edited": "!", "blocked": "!", "interrupted": "!"}


def show(changes: Sequence[Change], folder: str, *, written: bool) -> str:
    """One line per change (at most 40), and a closing line with the counts.

    `+` written, `~` rewritten, `-` removed, `!` in the way.
    """
    found = differs(changes)
    lines = [
        f"  {MARKS[change.kind]} {change.path}" + ("" if change.kind in {"new", "changed"} else f"  ({change.kind.replace('_', ' ')})")
        for change in found[:MOST_LISTED]
    ]
    if len(found) > MOST_LISTED:
        lines.append(f"  … and {len(found) - MOST_LISTED} more")
    return "".join(f"{line}\n" for line in lines) + summary(changes, folder, written=written)


def summary(changes: Sequence[Change], folder: str, *, written: bool) -> str:
    """One line with the counts."""
    found = differs(changes)
    same = sum(change.kind == "unchanged" for change in changes)
    if not found:
        return f"{folder}: nothing changed, {same} files are as they should be\n"
    counts = Counter(change.kind for change in found)
    told = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))
    return f"{folder}: {told}, {same} unchanged" + ("" if written else " (would change)") + "\n"
