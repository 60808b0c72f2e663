"""Lays the layers over one another: Bundle in, Config out, with the whole chain of origins of every value.

Weakest first: built-in defaults, tier, preset, `extends`, project file, `--env` file, `--tier` and `--set`.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aua_compile.bundle import Bundle
from aua_compile.checked import Checked
from aua_compile.config import mistakes, named, own_tier
from aua_compile.config.declare import NAME_KIND, Block
from aua_compile.config.fields import with_registry_fields
from aua_compile.config.locks import Lock, locked, weakened
from aua_compile.config.model import CONFIG_VERSION, RESERVED, Config
from aua_compile.config.read import build, read
from aua_compile.config.settings import assigned
from aua_compile.config.tree import Branch, LayerName, Leaf, Origin, merge
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Document, Scalar
from aua_compile.frozen import dataclass
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import TierFacts
from aua_compile.span import Span

if TYPE_CHECKING:
    from aua_compile.config.book import PriceBook

WHOLE = Block(Config)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A Config whose every value has its origins: path by name (`specialists.swe.port`) -> origins, strongest first. Defaults have none.

    `catalog` is the shipped facts that it was resolved with, `book` the price book, whose prices are in the config.
    """

    config: Config
    origins: Mapping[str, tuple[Origin, ...]]
    tier: TierFacts
    bundle: Bundle
    catalog: Catalog
    book: "PriceBook | None" = None

    def span(self, path: str) -> Span:
        """Where the value at `path` was said; for a default, where the nearest enclosing value was."""
        return self.origin(path).span

    def origin(self, path: str) -> Origin:
        """Who said the value at `path`; for a default, who said the nearest enclosing value."""
        while path and path not in self.origins:
            path = path.rpartition(".")[0]
        return self.origins[path][0]

    def written(self, path: str) -> str:
        """The path as written in the file that said it (`specialists[0].port`)."""
        return self.origin(path).written


def resolve(bundle: Bundle, catalog: Catalog) -> Checked[Resolved]:
    """The Config that the layers of `bundle` give together. Mistakes of all layers are found at once."""
    findings: list[Diagnostic] = []
    merged: Branch | None = None
    locks: dict[str, Lock] = {}
    for name, tree in _layers(bundle, findings):
        lay = merge(merged, tree, WHOLE)
        assert isinstance(lay, Branch)
        merged = lay
        locks |= locked(tree, merged, name)
    assert merged is not None
    all_read = not any(finding.severity == "error" for finding in findings)
    merged = assigned(merged, bundle.choices.settings, findings)
    merged = _with_project_name(merged, bundle)
    merged = with_registry_fields(merged, catalog, findings)
    findings += weakened(merged, locks)
    findings += _wrong_version(merged)
    tier = None
    if bundle.tier_document is None:
        findings.append(named.lacks_tier(merged.origin.span))
    else:
        read_tier = catalog.tier(bundle.tier_document)
        findings += read_tier.diagnostics
        tier = read_tier.value
        if tier is not None and bundle.tier not in catalog.names("tiers"):
            findings += own_tier.findings(tier, bundle.tier_document, catalog)
    built, origins = build(merged, Config)
    if all_read:  # what a refused layer would have given is not missing
        findings += built.diagnostics
        if "specialists" not in merged.entries:  # each layer may leave them out, all together may not
            findings.append(mistakes.missing_key("specialists", "", "specialists", merged.origin.span))
    if built.value is None or tier is None or any(finding.severity == "error" for finding in findings):
        return Checked(None, tuple(findings))
    config = replace(built.value, preset=bundle.preset, tier=bundle.tier)
    return Checked.of(Resolved(_with_tier_defaults(config, tier), origins, tier, bundle, catalog), findings).then(_priced)


def _priced(resolved: Resolved) -> Checked[Resolved]:
    """The config with the prices of its book, if it names one."""
    if resolved.bundle.book is None:
        return Checked(resolved)
    from aua_compile.config.book import priced  # most projects have none

    return priced(resolved, resolved.bundle.book)


def _layers(bundle: Bundle, findings: list[Diagnostic]) -> list[tuple[str, Branch]]:
    trees = []
    for layer in bundle.layers:
        checked = _of_this_version(layer.document).then(partial(_read_layer, layer.name))
        findings.extend(checked.diagnostics)
        trees.append((layer.document.name, checked.value or Branch({}, Origin(layer.name, layer.document.root.span, "", ""))))
    return trees


def _read_layer(name: LayerName, document: Document) -> Checked[Branch]:
    return read(document, Config, name, RESERVED)


def _of_this_version(document: Document) -> Checked[Document]:
    """A document of this language. Of one that says another version only that is told: its keys may be others, and right."""
    for entry in document.root.entries:
        if entry.key == "config_version" and isinstance(entry.value, Scalar) and entry.value.text not in {"", CONFIG_VERSION}:
            return Checked(None, (named.config_version(entry.value.text, CONFIG_VERSION, entry.value.span),))
    return Checked(document)


def _with_tier_defaults(config: Config, tier: TierFacts) -> Config:
    """What is written without `targets`: all that the tier supports."""
    return config if config.targets else replace(config, targets=tier.targets)


def _with_project_name(tree: Branch, bundle: Bundle) -> Branch:
    """A preset given directly has no project; it is named after its file, where that is a name. Else the project is missed."""
    stem = bundle.choices.file_name.rsplit(".", 1)[0]
    if "project" in tree.entries or bundle.preset is not None or not NAME_KIND.regex.fullmatch(stem):
        return tree
    project = Branch({"name": Leaf(stem, replace(tree.origin, text=stem))}, tree.origin)
    return Branch({**tree.entries, "project": project}, tree.origin)


def _wrong_version(tree: Branch) -> list[Diagnostic]:
    version = tree.entries.get("config_version")
    if isinstance(version, Leaf) and version.value != CONFIG_VERSION:
        return [named.config_version(str(version.value), CONFIG_VERSION, version.origin.span)]
    return []
