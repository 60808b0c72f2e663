"""What may be wrong with a config of the package, one builder for each code."""

from collections.abc import Iterable

from aua_compile.config.mistakes import nearest, shown
from aua_compile.diagnostic import Diagnostic
from aua_compile.span import Span


def unknown_foreign_key(path: str, span: Span, known: Iterable[str], *, ours: bool) -> Diagnostic:
    """A key that the package does not have.

    What it checks: every key of a config that `aua import` reads is one of the public package, versions 0.5 to 1.2.
    Why: the package refuses files with other keys, so this one cannot have been in use there; nothing is made of it here.
    Example: `router: {single_treshold: 0.8}`.
    Instead: `router: {single_domain_threshold: 0.8}`, or write what was meant into the new config.
    """
    key = path.rpartition(".")[2]
    near = nearest(key, known)
    told = f"Did you mean `{near}`?" if near else "The package refuses a file that holds it."
    here = f" Our language has `{key}`; see docs/config.md." if ours else ""
    return Diagnostic("AUA0620", "warning", f"The package has no key {shown(path)}; it is left out.", span, path, told + here)


def not_foreign(found: str, advice: str, span: Span) -> Diagnostic:
    """A file that is no config of the package.

    What it checks: `aua import` is given an `aua_config.yaml`, which has `specialists` and an `arbiter`.
    Why: there is nothing else that it could translate.
    Example: `aua import coding.yaml`, where `coding.yaml` says `config_version: "1.0"`.
    Instead: `aua compile coding.yaml`; it is a config of aua already.
    """
    return Diagnostic("AUA0621", "error", f"This is no config of the public package: {found}.", span, help=advice)


def refused_there(path: str, problem: str, span: Span) -> Diagnostic:
    """A config that the package itself cannot read.

    What it checks: what the package needs is there, and is of the kind that it reads.
    Why: a file that never worked there says nothing about what was meant.
    Example: `port: nine` in a specialist.
    Instead: `port: 9001`.
    """
    return Diagnostic("AUA0622", "error", f"The package cannot read this file: `{path}` {problem}.", span, path, "Mend it, then import it.")
