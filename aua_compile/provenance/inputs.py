"""All that a plan is decided from: the config and the shipped facts that it uses. Any of it can be changed and planned again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aua_compile.config.model import Config
from aua_compile.config.read import build, read
from aua_compile.config.resolve import Resolved
from aua_compile.config.rules import check_config
from aua_compile.config.tree import Origin
from aua_compile.document import Document
from aua_compile.frozen import dataclass
from aua_compile.plan.build import Planned, plan
from aua_compile.plan.model import Plan, Warned
from aua_compile.plan.rules import check_plan
from aua_compile.provenance.declared_leaves import declared_leaves
from aua_compile.provenance.leaf import Changes, Leaf, changed
from aua_compile.provenance.plan_leaves import plan_leaves
from aua_compile.provenance.search import grouped
from aua_compile.registry.model import FACTS
from aua_compile.shipped import Kind

CONFIG = "config"
CHOOSING = frozenset({"tier", "preset", "extends", "config_version", "locked"})
"""Keys that say which files are read, or how; what is read from them are other keys."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry of a registry, or a tier, that a plan uses."""

    kind: Kind
    name: str
    value: Any
    document: Document | None

    @property
    def file(self) -> str:
        return f"{self.kind}/{self.name}.yaml"


class Inputs:
    """The config of a project and the facts that its plan uses, as one tree of leaves. Plans that were made are remembered."""

    def __init__(self, resolved: Resolved, made: Plan) -> None:
        self.resolved = resolved
        self.made = made
        self.fields = plan_leaves(made)
        self.facts = {fact.file: fact for fact in _facts(resolved, made)}
        self.tree: Mapping[str, Any] = {CONFIG: resolved.config, **{file: fact.value for file, fact in self.facts.items()}}
        said = tuple(leaf for leaf in declared_leaves(resolved.config, Config, (CONFIG,)) if leaf.name not in CHOOSING)
        facts = (declared_leaves(fact.value, FACTS[fact.kind], (file,)) for file, fact in self.facts.items())
        self.keys = said
        self.leaves = (*said, *(leaf for leaves in facts for leaf in leaves))
        self.groups = grouped(self.leaves, lambda _: None)
        self._planned: dict[frozenset[tuple[Leaf, int]], Plan | None] = {}
        of_rules = _warnings(resolved, made)
        self._read = tuple(warned for warned in made.warnings if warned not in of_rules)  # while the files were read

    def planned(self, changes: Changes) -> Plan | None:
        """The plan of the changed inputs, with the warnings that the project has now; None where there is none."""
        key = frozenset(changes.items())
        if key not in self._planned:
            self._planned[key] = self._decided(self._changed(changes))
        return self._planned[key]

    def warned(self, changes: Changes) -> Plan | None:
        """The same with the warnings that the rules have then."""
        resolved, made = self._changed(changes), self.planned(changes)
        return None if made is None else replace(made, warnings=self._read + _warnings(resolved, made))

    def _changed(self, changes: Changes) -> Resolved:
        tree = changed(self.tree, changes, self.leaves)
        facts: dict[tuple[str, str], Any] = {(fact.kind, fact.name): tree[file] for file, fact in self.facts.items()}
        tier = next(tree[file] for file, fact in self.facts.items() if fact.kind == "tiers")
        bundle = replace(self.resolved.bundle, texts=_texts(self.resolved.bundle.texts, tree[CONFIG]))
        return replace(self.resolved, config=tree[CONFIG], tier=tier, bundle=bundle, catalog=self.resolved.catalog.with_facts(facts))

    def _decided(self, resolved: Resolved) -> Plan | None:
        try:
            checked = plan(resolved, resolved.catalog)
        except Exception:  # noqa: BLE001 - inputs that no reader lets pass may break the planner anywhere; that is an outcome
            return None
        return None if checked.value is None else replace(checked.value.plan, warnings=self.made.warnings)

    def origins(self, leaf: Leaf) -> tuple[Origin, ...]:
        """Who said an input, strongest first; nobody, where it is a built-in default."""
        file = str(leaf.path[0])
        if file == CONFIG:
            return chain(self.resolved, leaf.name)
        fact = self.facts[file]
        tree = (
            None if fact.document is None else read(fact.document, FACTS[fact.kind], "tier" if fact.kind == "tiers" else "registry").value
        )
        return () if tree is None else build(tree, FACTS[fact.kind])[1].get(leaf.name, ())


def _warnings(resolved: Resolved, made: Plan) -> tuple[Warned, ...]:
    """What the rules warn of. A rule that breaks on what no reader lets pass warns of nothing."""
    try:
        findings = (*check_config(resolved).diagnostics, *check_plan(Planned(made, resolved)).diagnostics)
    except Exception:  # noqa: BLE001 - as above
        return ()
    return tuple(Warned(finding.code, finding.message) for finding in findings if finding.severity == "warning")


def chain(resolved: Resolved, path: str) -> tuple[Origin, ...]:
    """Who said the value of a config key (`specialists.swe.port`), strongest first: the first one won. Empty for a built-in default."""
    return resolved.origins.get(path, ())


def _texts(texts: Mapping[str, str], config: Config) -> Mapping[str, str]:
    """What is in the files that the config names: in one that it does not name now, some other text."""
    named = (getattr(config.prompts, key) for key in config.prompts.__slots__ if key.endswith("_path"))
    return {**{path: "another text\n" for path in named if path}, **texts}


def _facts(resolved: Resolved, made: Plan) -> list[Fact]:
    catalog, tier = resolved.catalog, resolved.tier
    found = [Fact("tiers", resolved.config.tier or "", tier, resolved.bundle.tier_document)]
    accelerators = dict.fromkeys(kind.accelerator for kind in tier.kinds)
    found += [_entry(resolved, "accelerators", name, catalog.accelerator(name)) for name in accelerators]
    found += [_entry(resolved, "engines", name, catalog.engine(name)) for name in dict.fromkeys(each.engine for each in made.instances)]
    taken = (catalog.candidate(model.model) for instance in made.instances for model in instance.models)
    models = {candidate.model.name: candidate.model for candidate in taken if candidate is not None}
    return [*found, *(_entry(resolved, "models", name, facts) for name, facts in models.items())]


def _entry(resolved: Resolved, kind: Kind, name: str, facts: Any) -> Fact:
    return Fact(kind, name, facts, resolved.catalog.document(kind, name))
