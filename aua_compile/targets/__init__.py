"""Targets: pure functions from Plan to artifacts, one module each, listed in `TARGETS`."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from aua_compile import __version__
from aua_compile.artifact import Artifact
from aua_compile.manifest import with_manifest
from aua_compile.plan.digest import plan_digest
from aua_compile.plan.model import Plan
from aua_compile.targets import plan_file

Target = Callable[[Plan], Iterator[Artifact]]

TARGETS: Mapping[str, str] = {
    "router": "aua_compile.targets.router",
    "compose": "aua_compile.targets.compose",
    "kubernetes": "aua_compile.targets.kubernetes",
    "prometheus": "aua_compile.targets.prometheus",
    "grafana": "aua_compile.targets.grafana",
    "docs": "aua_compile.targets.docs",
}
"""Target -> the module whose `emit` writes it; a module is imported only when its target is asked for."""


def emit(plan: Plan) -> tuple[Artifact, ...]:
    """All artifacts of a plan: `plan.json` and those of each target that it names."""
    artifacts = list(plan_file.emit(plan))
    for name in TARGETS:
        if name in plan.targets:
            target: Target = import_module(TARGETS[name]).emit
            artifacts.extend(target(plan))
    return tuple(artifacts)


def listed(plan: Plan, artifacts: tuple[Artifact, ...], patched: Mapping[str, tuple[str, ...]] | None = None) -> tuple[Artifact, ...]:
    """The artifacts of a plan with the manifest that lists them, and by whom each of those was `patched`."""
    return with_manifest(artifacts, plan_digest(plan), __version__, patched)
