"""What is told to the user, as data. Rendering lives in `aua_compile.cli`; codes are listed in `aua_compile.codes`."""

from typing import Literal

from aua_compile.frozen import dataclass
from aua_compile.span import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that belongs to a diagnostic, with a short label for it."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement of the text in `span` that would mend the finding."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A key by its path (`specialists.swe.context`), and what to write there, as YAML."""

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that was tried and after which the finding is gone; `words` say what it costs.

    `arguments` are what to add to the command; they are empty where only the config, or only another machine, can say it.
    """

    words: str
    arguments: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `message` is true when shown alone; `help` is an instruction; `path` is the key path as written (`specialists[0].port`).

    `secret` marks a finding whose source line must never be shown. `fix` is an edit; `fixes` are changes that were tried, mildest first.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    path: str = ""
    help: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    secret: bool = False
    fixes: tuple[Remedy, ...] = ()
    diff: str = ""
