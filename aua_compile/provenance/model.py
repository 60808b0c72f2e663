"""What is said of a line, a decision or a key, as data. `aua explain --json` writes it; schemas/explanation.json is made from it."""

from typing import Any, Literal

from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One layer's word on a value: where it stands and what is written there."""

    layer: str
    file: str
    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Input:
    """A key of the config (`file` is empty) or a fact of a shipped file, with those who said it, strongest first; none: a default."""

    file: str
    key: str
    value: Any
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A field of the plan and what it comes from.

    `how`: `taken` from an input as it stands, `decided` by the planner from inputs, or `constant`: no input changes it. `traced` is false
    where its inputs were not looked for. `more`: there may be inputs that were not found.
    """

    field: str
    value: Any
    how: Literal["taken", "decided", "constant"]
    inputs: tuple[Input, ...]
    traced: bool = True
    more: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an artifact, as the compiler writes it. `text` fields are those that it says; `presence`, those that make it stand there.

    Without either it is fixed text of `target`. `more` names parts of the plan that may matter too.
    """

    path: str
    line: int
    content: str
    target: str
    text: tuple[Decision, ...]
    presence: tuple[Decision, ...]
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A line that changes with what is explained; `line` 0 means the whole file, which is there or not."""

    path: str
    line: int
    content: str


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file on disk, and what is to be said of it.

    `state`: the file is as the config gives it, or it was `edited` since it was written, or it is `stale`: written from something
    else; or it was `ejected`: handed over to its user.
    `line` is absent where the config gives no such line; `instead` is what it gives in its place.
    """

    file: str
    number: int
    content: str
    state: Literal["as_written", "edited", "stale", "ejected"]
    config: str
    line: Line | None
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the language says of a key."""

    takes: str
    default: str
    higher: str
    lower: str
    change: str
    applied_by: str
    since: str


@dataclass(frozen=True, slots=True)
class InProject:
    """A key in a config: its value, who said it (strongest first), and what changes with it: fields of the plan, and lines."""

    config: str
    value: Any
    origins: tuple[Said, ...]
    fields: tuple[str, ...]
    lines: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """What is said of a key; with a config, also what it makes of it."""

    key: str
    doc: str
    meaning: Meaning
    here: InProject | None = None


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What is said of a field of the plan: where it comes from, and the lines that change with it."""

    field: str
    config: str
    decision: Decision
    lines: tuple[Use, ...]
