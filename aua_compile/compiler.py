"""The compiler on one screen. Every phase after reading is a pure function; see ARCHITECTURE.md."""

from aua_compile.artifact import Artifact
from aua_compile.bundle import Bundle
from aua_compile.checked import Checked
from aua_compile.config.resolve import resolve
from aua_compile.config.rules import check_config
from aua_compile.plan.build import plan
from aua_compile.plan.model import Plan
from aua_compile.plan.rules import check_plan
from aua_compile.registry.catalog import Catalog
from aua_compile.targets import emit


def planned(bundle: Bundle, catalog: Catalog) -> Checked[Plan]:
    """The plan of a project, or why there is none."""
    config = resolve(bundle, catalog).then(check_config)
    return config.then(lambda resolved: plan(resolved, catalog)).then(check_plan)


def compiled(bundle: Bundle, catalog: Catalog) -> Checked[tuple[Artifact, ...]]:
    """All artifacts of a project, or why there are none."""
    return planned(bundle, catalog).then(emit)
