"""Questions in a terminal: each with a default, asked again until the answer is one."""

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

TRIES = 20
LONGEST_NUMBER = 4

Word = TypeVar("Word", bound=str)


class NoAnswerError(Exception):
    """The input ended, or nobody gave a usable answer."""


def choose(question: str, options: Mapping[Word, str], default: Word) -> Word:
    """One of `options` (name -> what to say of it), by name or number."""
    names = list(options)
    width = max(map(len, names))
    for number, name in enumerate(names, 1):
        _say(f"  {number:>2}  {name:<{width}}  {options[name]}\n")

    def chosen(answer: str) -> Word | None:
        if answer.isdigit() and len(answer) < LONGEST_NUMBER and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1]
        return next((name for name in names if name == answer), None)

    return _ask(question, default, chosen, f"a name or a number from 1 to {len(names)}")


def ask(question: str, default: str, usable: Callable[[str], bool], expected: str) -> str:
    """A text of a form."""
    return _ask(question, default, lambda answer: answer if usable(answer) else None, expected)


def _ask(question: str, default: str, taken: Callable[[str], Word | None], expected: str) -> Word:
    for _ in range(TRIES):
        _say(f"{question} [{default}]: ")
        line = sys.stdin.readline()
        if not line:
            break
        answer = taken(line.strip() or default)
        if answer is not None:
            return answer
        _say(f"  Give {expected}.\n")
    raise NoAnswerError


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
