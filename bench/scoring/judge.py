"""Whether an answer to a task of the built-in evaluation is right, by the task's known result. It shares nothing with the runtime's checks.

Programs are run: they are the evaluation's own, from `aua_runtime.cli.sim.functions`.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aua_runtime.cli.sim.tasks import Task

_FENCED = re.compile(r"```python\n(.*?)```", re.DOTALL)
_SAID = re.compile(r"(?:It is|The answer is|That would be) (\w+)\.|(\w+), as far as I know")


def right(task: Task, text: str) -> bool:
    """Whether the text says what the task wants to hear."""
    return _JUDGES[task.family](task.truth, text)


def _sum(truth: int, text: str) -> bool:
    said = re.findall(r"answer is \**(-?\d+)", text)
    return bool(said) and int(said[-1]) == truth


def _equation(truth: list[int], text: str) -> bool:
    return sorted({int(number) for number in re.findall(r"(?<![\w.])-?\d+", text)}) == truth


def _code(truth: Mapping[str, Any], text: str) -> bool:
    found = _FENCED.search(text)
    if found is None:
        return False
    names: dict[str, Any] = {}
    try:
        exec(found[1], names)  # noqa: S102 - a program of the evaluation's own
        return all(_same(names[truth["name"]](*copy.deepcopy(arguments)), result) for arguments, result in truth["cases"])
    except Exception:  # noqa: BLE001 - a wrong program may fail in any way
        return False


def _same(value: object, wanted: object) -> bool:
    return type(value) is type(wanted) and value == wanted


def _record(truth: Mapping[str, Any], text: str) -> bool:
    try:
        said = json.loads(text)
    except ValueError:
        return False
    return isinstance(said, dict) and said.keys() == truth.keys() and all(_same(said[key], value) for key, value in truth.items())


def _sources(truth: int, text: str) -> bool:
    unquoted = re.sub(r'"[^"]*"', "", text)
    return re.findall(r"\b1[78]\d\d\b", unquoted)[:1] == [str(truth)]


def _fact(truth: str, text: str) -> bool:
    found = _SAID.search(text)
    return found is not None and truth in found.groups()


_JUDGES: Mapping[str, Callable[[Any, str], bool]] = {
    "sum": _sum,
    "equation": _equation,
    "code": _code,
    "record": _record,
    "sources": _sources,
    "fact": _fact,
}
