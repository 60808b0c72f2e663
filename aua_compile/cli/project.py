"""A project as the commands see it: read, compiled as far as asked, and every finding told."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, TypeVar

from aua_compile.checked import Checked
from aua_compile.choices import Choices
from aua_compile.cli.exits import Exit
from aua_compile.cli.options import Format
from aua_compile.diagnostic import Diagnostic
from aua_compile.source import Files, Source

if TYPE_CHECKING:
    from aua_compile.bundle import Bundle
    from aua_compile.registry.catalog import Catalog

T = TypeVar("T")

_MACHINE = "AUA05"
"""How codes begin that say something of the machine and nothing of the config."""


@dataclass(slots=True)
class Project:
    """The files that `choices` names, and how their findings are shown. Texts `in_place` stand for files that are not written yet."""

    choices: Choices
    style: Format
    facts: "Catalog | None" = None
    sources: dict[str, Source] = field(default_factory=dict)
    in_place: dict[str, Source] = field(default_factory=dict)
    bundle: "Bundle | None" = None
    files: Files | None = None  # what holds them where that is no folder

    @property
    def catalog(self) -> "Catalog":
        """The shipped facts that the project has asked for so far, and will."""
        if self.facts is None:
            from aua_compile.registry.catalog import Catalog

            self.facts = Catalog()
        return self.facts

    def through(self, phase: "Callable[[Bundle, Catalog], Checked[T]]") -> Checked[T]:
        """The project after a phase of the compiler."""
        from aua_compile.bundle import read

        with self.working(f"compiling {self.choices.config}"):
            bundle = read(self.choices, self.sources, self.in_place, self.files)
            self.bundle = bundle.value
            return bundle.then(lambda value: phase(value, self.catalog))

    def working(self, doing: str) -> AbstractContextManager[None]:
        """What takes long, shown while it runs to who reads text at a terminal."""
        from aua_compile.characters import shown
        from aua_compile.cli.looks import working

        return working(shown(doing), shows=self.style is Format.TEXT)

    def tell(self, findings: Iterable[Diagnostic]) -> None:
        """Show findings: text on standard error, what machines read on standard output."""
        from aua_compile.cli.looks import takes_colour, width_of
        from aua_compile.cli.report import render

        findings = tuple(findings)
        if self.style is Format.TEXT and not findings:
            return
        stream = sys.stderr if self.style is Format.TEXT else sys.stdout
        colour = takes_colour(stream, os.environ)
        read = {**(self.facts.sources if self.facts else {}), **self.sources}
        stream.write(render(findings, read, self.style.value, colour=colour, width=width_of(stream, os.environ)))

    def certain(self, checked: Checked[T]) -> T:
        """The value of a phase; without one, the findings are told and the command ends."""
        if checked.value is None:
            self.refuse(checked.diagnostics)
        return checked.value

    def refuse(self, findings: Iterable[Diagnostic]) -> NoReturn:
        """Tell the findings and end: the config is invalid, or the machine is in the way."""
        findings = tuple(findings)
        self.tell(findings)
        environment = all(finding.code.startswith(_MACHINE) for finding in findings if finding.severity == "error")
        raise SystemExit(Exit.ENVIRONMENT if environment else Exit.INVALID)
