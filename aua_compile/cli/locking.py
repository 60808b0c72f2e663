"""A project's plan against its lock, for the commands that hold one to the other."""

from aua_compile.cli.project import Project
from aua_compile.diagnostic import Diagnostic
from aua_compile.plan.model import Plan


def lock_findings(project: Project, plan: Plan, *, strict: bool) -> tuple[Diagnostic, ...]:
    """Where the project's lock and its plan part: warnings, or errors if `strict`. Without a lock nothing, unless `strict`."""
    lock = project.bundle.lock if project.bundle else None
    if lock is None and not strict:
        return ()
    from aua_compile.lock.drift import findings, no_lock

    if lock is None:
        return (no_lock(project.choices.config),)
    return findings(lock, made_of(project, plan), "error" if strict else "warning", project.choices.config)


def made_of(project: Project, plan: Plan) -> dict[str, str]:
    """What the plan is made of, as a lock's entries: what was read for it, the templates of its targets, the runtime it carries."""
    from aua_compile.lock.used import entries
    from aua_compile.shipped import entry_text, runtime_sources, template_sources

    assert project.bundle is not None
    texts = {name.removesuffix(".yaml"): [("", source.text)] for name, source in project.catalog.sources.items()}
    if (preset := project.bundle.preset) is not None:
        texts[f"presets/{preset}"] = [("", entry_text("presets", preset))]
    if (tier := project.bundle.tier) is not None and tier in project.catalog.names("tiers"):
        texts[f"tiers/{tier}"] = [("", entry_text("tiers", tier))]
    if (book := project.bundle.book) is not None:
        texts[f"prices/{plan.observability.costs.book}"] = [("", project.sources[book.name].text)]
    for target in plan.targets:
        if found := list(template_sources(target)):
            texts[f"templates/{target}"] = found
    if "router" in plan.targets and plan.router.runtime == "carried":
        texts["runtime/aua_runtime"] = list(runtime_sources())
    return entries(plan, texts)
