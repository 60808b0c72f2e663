"""`Checked[T]`: a value, and what was noticed while making it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """The result of a phase. After an error there is no value; warnings accompany one."""

    value: T | None
    diagnostics: tuple[Diagnostic, ...] = ()

    @classmethod
    def of(cls, value: T, diagnostics: tuple[Diagnostic, ...] | list[Diagnostic] = ()) -> "Checked[T]":
        """`value`, unless one of `diagnostics` is an error."""
        failed = any(finding.severity == "error" for finding in diagnostics)
        return cls(None if failed else value, tuple(diagnostics))

    def then(self, phase: "Callable[[T], Checked[U]]") -> "Checked[U]":
        """Run the next phase on the value; after an error skip it. All diagnostics are kept, in order."""
        if self.value is None:
            return Checked(None, self.diagnostics)
        following = phase(self.value)
        return Checked(following.value, self.diagnostics + following.diagnostics)
