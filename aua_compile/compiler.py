"""The compiler on one screen. Every phase after reading is a pure function; see ARCHITECTURE.md."""

from aua_compile.artifact import Artifact
from aua_compile.bundle import Bundle
from aua_compile.checked import Checked
from aua_compile.config.resolve import Resolved, resolve
from aua_compile.config.rules import check_config
from aua_compile.plan.build import plan, with_warnings
from aua_compile.plan.model import Plan
from aua_compile.plan.rules import check_plan
from aua_compile.registry.catalog import Catalog
from aua_compile.targets import emit


def configured(bundle: Bundle, catalog: Catalog) -> Checked[Resolved]:
    """The configuration of a project, merged and checked."""
    held = catalog if bundle.lock is None else catalog.pinned(bundle.lock.pins)
    return resolve(bundle, held).then(check_config)


def planned(bundle: Bundle, catalog: Catalog) -> Checked[Plan]:
    """The plan of a project, or why there is none. It carries the warnings of all phases."""
    checked = configured(bundle, catalog).then(lambda resolved: plan(resolved, resolved.catalog)).then(check_plan)
    return checked.then(lambda made: Checked.of(with_warnings(made, checked.diagnostics)))


def compiled(bundle: Bundle, catalog: Catalog) -> Checked[tuple[Artifact, ...]]:
    """All artifacts of a project, or why there are none."""
    return planned(bundle, catalog).then(lambda made: Checked.of(emit(made)))
