"""A config of the package as one of ours: what becomes of each key, and the new config with a note on all that was different there."""

from typing import Any

from aua_compile.checked import Checked
from aua_compile.config.model import CONFIG_VERSION
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Document, Scalar
from aua_compile.document import Mapping as MappingNode
from aua_compile.foreign import rules
from aua_compile.foreign.fields import own_field
from aua_compile.foreign.keys import VERSIONS
from aua_compile.foreign.making import Draft, Making
from aua_compile.foreign.read import leaves, without_merges
from aua_compile.foreign.router import rest, router
from aua_compile.foreign.services import service, specialists
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import TierFacts

UNSAID = {
    "router.host": "the router listened on every address; here on 127.0.0.1 alone",
    "router.cors_origins": "pages of every origin could call the router; here none can",
    "router.retry": "a failed call was repeated up to 3 times; here once",
}
"""What the package took for granted where a file does not say it, and what holds here."""


def translate(document: Document, name: str, tier: str | None, tier_facts: TierFacts | None, catalog: Catalog) -> Checked[Draft]:
    """The new config of a project `name`, for a tier where one is known. Nothing of the old one is lost: each key has an outcome."""
    root = without_merges(MappingNode((*document.root.entries, *document.extensions), document.root.span))
    assert isinstance(root, MappingNode)
    if (refused := _not_foreign(root)) is not None:
        return Checked(None, (refused,))
    machine = None if tier_facts is None else catalog.accelerator(tier_facts.accelerator)
    new = Making({leaf.path: leaf for leaf in leaves(root)}, catalog, machine)
    if new.complete(root):
        _whole(new, name, tier)
    return Checked.of(new.draft(), new.findings)


def _not_foreign(root: MappingNode) -> Diagnostic | None:
    entries = {entry.key: entry for entry in root.entries}
    if "config_version" in entries:
        advice = "`aua config migrate` brings it up to date; `aua compile` compiles it."
        return rules.not_foreign("it has a `config_version`, so it is a config of aua", advice, entries["config_version"].key_span)
    if "_alias" in entries and isinstance(entries["_alias"].value, Scalar):
        other = entries["_alias"].value.text
        advice = "Import that file of the package instead."
        return rules.not_foreign(f"it only gives another name to the tier {other!r}", advice, entries["_alias"].key_span)
    lacking = [key for key in ("specialists", "arbiter") if key not in entries]
    if lacking:
        return rules.not_foreign(f"it lacks `{lacking[0]}`", "Name an `aua_config.yaml`, or a tier's file of the package.", root.span)
    return None


def _whole(new: Making, name: str, tier: str | None) -> None:
    new.put("config_version", CONFIG_VERSION)
    _head(new, name, tier)
    found = specialists(new)
    arbiter = service(new, "arbiter")
    _fields(new, found)
    new.config["specialists"] = found
    new.config["arbiter"] = arbiter
    router(new)
    rest(new)
    _unsaid(new, found)


def _head(new: Making, name: str, tier: str | None) -> None:
    new.put("project.name", name)
    if "aua.project_name" in new.values:
        new.set("aua.project_name", "changed", "project.name")
    if tier is not None:
        new.put("tier", tier)
    if "aua.version" in new.values:
        new.set("aua.version", "changed", "config_version")
        if new.values["aua.version"] not in VERSIONS:
            new.note("config_version", f"Keys of {VERSIONS[0]} to {VERSIONS[-1]} are known, not of this version.")


def _fields(new: Making, specialists: list[dict[str, Any]]) -> None:
    """Fields, only where one of them is not in the registry."""
    names = list(dict.fromkeys(specialist["field"] for specialist in specialists))
    if any(new.catalog.field(name) is None for name in names):
        new.config["fields"] = [own_field(name) if new.catalog.field(name) is None else {"name": name} for name in names]
        new.note("fields", "The registry lacks a field of this config. Give it `keywords`, or the classifier never finds it.")


def _unsaid(new: Making, specialists: list[dict[str, Any]]) -> None:
    """What the file relied on without saying it."""
    for path, told in UNSAID.items():
        wins = path == "router.cors_origins" and "security.cors_origins" in new.values
        if not wins and not any(given == path or given.startswith(f"{path}.") for given in new.values):
            place = "resilience" if path == "router.retry" else "api"
            new.note(place if place in new.config else "api", f"`{path}` is absent: {told}.")
    if any("gpus" not in made and made["backend"] == "vllm" for made in specialists):
        new.note("specialists", "`gpu` was absent, which meant GPU 0 there; here the planner chooses.")
