"""Editing the text of a YAML file so that what an edit does not touch stays as it was typed: comments, quotes, spaces, line ends."""

import re
from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher
from io import StringIO
from itertools import pairwise
from typing import Any

from aua_compile.migration.tree import Tree

MARK = "\ufeff"
COMMENT = re.compile(r"(?:^|\s)(#.*)$")
WIDEST = 10**6


def edited(text: str, change: Callable[[Tree], None]) -> tuple[str, Any]:
    """The text after a change of its tree, and that tree as plain data."""
    mark = MARK if text.startswith(MARK) else ""
    typed = text.removeprefix(MARK).splitlines(keepends=True)
    plain_text = text.removeprefix(MARK).replace("\r\n", "\n")
    yaml = _reader(plain_text)
    tree = yaml.load(plain_text)
    before = _dumped(yaml, tree)
    change(tree)
    after = _dumped(yaml, tree)
    if after == before:
        return text, _plain(tree)
    end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    return mark + _merged(typed, before.splitlines(), after.splitlines(), end), _plain(tree)


def _reader(text: str) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = WIDEST
    mapping, sequence, offset = _indents(text)
    yaml.indent(mapping=mapping, sequence=sequence, offset=offset)
    return yaml


def _indents(text: str) -> tuple[int, int, int]:
    """How far the first nested mapping and the first list are set in."""
    mapping, offset = 2, 2
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for above, below in pairwise(lines):
        deeper = len(below) - len(below.lstrip()) - (len(above) - len(above.lstrip()))
        if above.rstrip().endswith(":") and not above.lstrip().startswith("-"):
            if below.lstrip().startswith("- "):
                return mapping, deeper + 2, deeper
            mapping = deeper if deeper > 0 else mapping
    return mapping, offset + 2, offset


def _dumped(yaml: Any, tree: Tree) -> str:
    stream = StringIO()
    yaml.dump(tree, stream)
    return stream.getvalue()


def _merged(typed: list[str], before: list[str], after: list[str], end: str) -> str:
    """The lines that changed from `before` to `after`, amid the lines as they were typed. `before` is what a dump makes of `typed`.

    A comment that got lost on the way, as its key went elsewhere, stays on a line of its own where it was.
    """
    if len(before) != len(typed):
        typed = [line + end for line in before]
    lost = Counter(filter(None, map(_comment, before))) - Counter(filter(None, map(_comment, after)))
    lines: list[str] = []
    for kind, start, stop, new_start, new_stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += typed[start:stop]
            continue
        for line in before[start:stop]:
            if lost[comment := _comment(line)] > 0:
                lost[comment] -= 1
                lines.append(line[: len(line) - len(line.lstrip())] + comment + end)
        lines += [line + end for line in after[new_start:new_stop]]
    whole = "".join(line if line.endswith("\n") else line + end for line in lines)
    return whole if not typed or typed[-1].endswith("\n") else whole.removesuffix(end)


def _comment(line: str) -> str:
    """The comment of a line, if it has one."""
    found = COMMENT.search(line)
    return found[1].rstrip() if found else ""


def _plain(value: Any) -> Any:
    """A tree as plain data, without comments and styles."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    kinds: tuple[type, ...] = (int, float, str)
    return next((kind(value) for kind in kinds if isinstance(value, kind)), value)
