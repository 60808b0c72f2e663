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
class Diagnostic:
    """One finding. `message` is true when shown alone; `help` is an instruction; `path` is the key path as written (`specialists[0].port`).

    `secret` marks a finding whose source line must never be shown.
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
