"""`plan.json` is the plan itself: what its lines say is read off, not tried."""

import re
from collections.abc import Iterator
from functools import lru_cache
from json import loads

from aua_compile.provenance.leaf import Path

NAME = "plan.json"
_KEY = re.compile(r'("(?:[^"\\]|\\.)*"): ')


@lru_cache(maxsize=4)
def paths(lines: tuple[str, ...]) -> tuple[Path, ...]:
    """For each line of JSON with a value to a line, the path of the value that begins there; of a line that closes, of what it closes.

    >>> paths(("{", '  "a": [', "    1,", "    2", "  ]", "}"))
    ((), ('a',), ('a', 0), ('a', 1), ('a',), ())
    """
    return tuple(_paths(lines))


def _paths(lines: tuple[str, ...]) -> Iterator[Path]:
    open_at: list[Path] = []
    counts: list[int] = []
    for line in lines:
        here = line.strip()
        if here[0] in "]}":
            counts.pop()
            yield open_at.pop()
            continue
        key = _KEY.match(here)
        step: Path = (loads(key[1]),) if key else (counts[-1],) if counts else ()
        path = (*(open_at[-1] if open_at else ()), *step)
        if counts:
            counts[-1] += 1
        if here.endswith(("{", "[")):
            open_at.append(path)
            counts.append(0)
        yield path
