"""The compiler on one screen. Every phase after reading is a pure function; see ARCHITECTURE.md."""

from dataclasses import replace

from aua_compile.artifact import Artifact
from aua_compile.bundle import Bundle
from aua_compile.checked import Checked
from aua_compile.config.resolve import Resolved, resolve
from aua_compile.config.rules import check_config
from aua_compile.config.tree import Origin, Said
from aua_compile.plan.build import Planned, plan, with_warnings
from aua_compile.plan.model import Plan
from aua_compile.plan.rules import check_plan
from aua_compile.registry.catalog import Catalog
from aua_compile.span import Span
from aua_compile.targets import emit, listed


def configured(bundle: Bundle, catalog: Catalog) -> Checked[Resolved]:
    """The configuration of a project, merged and checked."""
    held = catalog if bundle.lock is None else catalog.pinned(bundle.lock.pins)
    return resolve(bundle, held).then(check_config)


def decided(resolved: Resolved) -> Checked[Planned]:
    """What a configuration decides, checked."""
    return plan(resolved, resolved.catalog).then(check_plan)


def judged(bundle: Bundle, catalog: Catalog) -> Checked[Planned]:
    """The plan of a project beside the config it came from, or why there is none. The plan carries the warnings of all phases."""
    checked = configured(bundle, catalog).then(decided)
    return checked.then(lambda made: Checked.of(replace(made, plan=with_warnings(made, checked.diagnostics))))


def planned(bundle: Bundle, catalog: Catalog) -> Checked[Plan]:
    """The plan of a project, or why there is none."""
    return judged(bundle, catalog).then(lambda made: Checked.of(made.plan))


def emitted(made: Planned) -> Checked[tuple[Artifact, ...]]:
    """The artifacts of a plan, patched, and the manifest that lists them."""
    return _emitted(made.plan, made.resolved.origin)


def compiled(bundle: Bundle, catalog: Catalog) -> Checked[tuple[Artifact, ...]]:
    """All artifacts of a project, or why there are none."""
    return judged(bundle, catalog).then(emitted)


def remade(plan: Plan) -> Checked[tuple[Artifact, ...]]:
    """All artifacts of a plan whose config is not at hand."""
    return _emitted(plan, lambda path: Origin("project", Span.of_file("plan.json"), path, ""))


def _emitted(plan: Plan, said: Said) -> Checked[tuple[Artifact, ...]]:
    artifacts = emit(plan)
    if not plan.patches:
        return Checked.of(listed(plan, artifacts))
    from aua_compile.patches import patched  # its modules cost a compile that patches nothing 4 ms

    return patched(artifacts, plan, said).then(lambda made: Checked.of(listed(plan, made.artifacts, made.origins)))
