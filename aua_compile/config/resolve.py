"""Lays the layers over one another: Bundle in, Config out, with the whole chain of origins of every value.

Weakest first: built-in defaults, tier, preset, `extends`, project file, `--env` file, `--tier` and `--set`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aua_compile.bundle import Bundle
from aua_compile.checked import Checked
from aua_compile.config import mistakes, named
from aua_compile.config.declare import Block, Key, Kind, ListOf, MapOf, declared
from aua_compile.config.model import CONFIG_VERSION, RESERVED, Config, FieldUse
from aua_compile.config.read import Origins, build, read, read_value
from aua_compile.config.tree import Branch, Items, Leaf, Origin, Tree, merge, name_of
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Scalar, parse
from aua_compile.index import aliases
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import FieldFacts, TierFacts
from aua_compile.secrets import find_secrets
from aua_compile.source import Source
from aua_compile.span import Span

WHOLE = Block(Config)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A Config whose every value has its origins: path by name (`specialists.swe.port`) -> origins, strongest first. Defaults have none.

    `catalog` is the shipped facts that it was resolved with.
    """

    config: Config
    origins: Mapping[str, tuple[Origin, ...]]
    tier: TierFacts
    bundle: Bundle
    catalog: Catalog

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
    locks: dict[str, tuple[Tree | None, str]] = {}
    for name, tree in _layers(bundle, findings):
        lay = merge(merged, tree, WHOLE)
        assert isinstance(lay, Branch)  # noqa: S101  both are documents' roots
        merged = lay
        locks |= {path: (_at(merged, path), name) for path in _locked(tree)}
    assert merged is not None  # noqa: S101  the project itself is a layer
    merged = _assigned(merged, bundle, findings)
    merged = _with_project_name(merged, bundle)
    merged = _with_registry_fields(merged, catalog, findings)
    findings += _weakened(merged, locks)
    findings += _wrong_version(merged)
    tier = None
    if bundle.tier_document is None:
        findings.append(named.lacks_tier(merged.origin.span))
    else:
        read_tier = catalog.tier(bundle.tier_document)
        findings += read_tier.diagnostics
        tier = read_tier.value
    built, origins = build(merged, Config)
    findings += built.diagnostics
    if built.value is None or tier is None or any(finding.severity == "error" for finding in findings):
        return Checked(None, tuple(findings))
    config = replace(built.value, preset=bundle.preset, tier=bundle.tier)
    return Checked.of(Resolved(_with_tier_defaults(config, tier), origins, tier, bundle, catalog), findings)


def _layers(bundle: Bundle, findings: list[Diagnostic]) -> list[tuple[str, Branch]]:
    trees = []
    for layer in bundle.layers:
        checked = read(layer.document, Config, layer.name, RESERVED)
        findings.extend(checked.diagnostics)
        trees.append((layer.document.name, checked.value or Branch({}, Origin(layer.name, layer.document.root.span, "", ""))))
    return trees


def _with_tier_defaults(config: Config, tier: TierFacts) -> Config:
    """What is written without `targets`: all that the tier supports."""
    return config if config.targets else replace(config, targets=tier.targets)


def _with_project_name(tree: Branch, bundle: Bundle) -> Branch:
    """A preset given directly has no project; it is named after its file."""
    if "project" in tree.entries or bundle.preset is not None:
        return tree
    stem = bundle.choices.config.replace("\\\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    project = Branch({"name": Leaf(stem, replace(tree.origin, text=stem))}, tree.origin)
    return Branch({**tree.entries, "project": project}, tree.origin)


def _with_registry_fields(tree: Branch, catalog: Catalog, findings: list[Diagnostic]) -> Branch:
    """Each used field over the registry's entry of that name, under its canonical name; without `fields`, those of the specialists."""
    entries = dict(tree.entries)
    specialists = entries.get("specialists")
    if isinstance(specialists, Items):
        entries["specialists"] = replace(specialists, items=tuple(_canonical(item, "field") for item in specialists.items))
    arranged = entries["specialists"].items if isinstance(entries.get("specialists"), Items) else ()
    uses: list[Tree] = []
    said = entries.get("fields")
    if isinstance(said, Items):
        uses = [_canonical(item, "name") for item in said.items]
        findings += _repeated(uses)
    else:
        wanted: dict[str, Origin] = {}
        for item in arranged:
            if isinstance(item, Branch) and isinstance(leaf := item.entries.get("field"), Leaf):
                wanted.setdefault(leaf.value, leaf.origin)
        uses = [Branch({"name": Leaf(name, origin)}, origin) for name, origin in wanted.items()]
        said = Items((), tree.origin)
    completed = tuple(_over_registry(use, catalog, findings) for use in uses)
    entries["fields"] = replace(said, items=completed)
    served = {name_of(item) for item in completed}
    if isinstance(entries.get("specialists"), Items) and "fields" in tree.entries:
        kept = tuple(item for item in arranged if _is_served(item, served))
        entries["specialists"] = replace(entries["specialists"], items=kept)
    return Branch(entries, tree.origin)


def _canonical(tree: Tree, key: str) -> Tree:
    """A branch whose field name in `key` is the registry's own."""
    if not isinstance(tree, Branch) or not isinstance(leaf := tree.entries.get(key), Leaf):
        return tree
    name = aliases("fields").get(leaf.value, leaf.value)
    return tree if name == leaf.value else Branch({**tree.entries, key: replace(leaf, value=name)}, tree.origin)


def _repeated(uses: list[Tree]) -> list[Diagnostic]:
    """An alias and the name that it stands for are one field."""
    seen: dict[str, Span] = {}
    findings = []
    for use in uses:
        name = name_of(use)
        if name is not None:
            if name in seen:
                findings.append(mistakes.repeated_name(name, use.origin.written, use.origin.span, seen[name]))
            seen.setdefault(name, use.origin.span)
    return findings


def _is_served(item: Tree, served: set[str | None]) -> bool:
    """False for a preset's specialist whose field the project does not serve; the user's own stay, to be checked."""
    leaf = item.entries.get("field") if isinstance(item, Branch) else None
    return not (isinstance(leaf, Leaf) and leaf.origin.layer == "preset" and leaf.value not in served)


def _over_registry(use: Tree, catalog: Catalog, findings: list[Diagnostic]) -> Tree:
    """A used field over what the registry says of it; an unknown name is an own field, which needs a description."""
    name = name_of(use)
    if name is None or not isinstance(use, Branch):
        return use
    document = catalog.document("fields", name)
    if document is None:
        if "description" not in use.entries:
            at = use.entries["name"].origin if "name" in use.entries else use.origin
            findings.append(named.unknown_name("field", name, catalog.names("fields"), at.span))
        return use
    lower = read(document, FieldFacts, "registry")
    findings += lower.diagnostics
    facts = lower.value or Branch({}, use.origin)
    known = {key: value for key, value in facts.entries.items() if key in declared(FieldUse)}
    return merge(Branch(known, facts.origin), use, Block(FieldUse))


def _assigned(tree: Branch, bundle: Bundle, findings: list[Diagnostic]) -> Branch:
    """The tree after each `--set`."""
    for setting in bundle.choices.settings:
        path, equals, text = setting.partition("=")
        path = path.strip()
        if not equals or not path:
            findings.append(named.bad_setting(setting, "it has no `=`"))
            continue
        shown_as = f"--set {path}"
        parsed = parse(Source(shown_as, f"value: {text.strip()}"))
        found = find_secrets(parsed.value) if parsed.value else parsed.diagnostics
        findings += found
        if parsed.value is None or any(finding.severity == "error" for finding in found):
            continue
        node = parsed.value.root.entries[0].value
        if len(parsed.value.root.entries) != 1 or not isinstance(node, Scalar) or node.value is None:
            findings.append(named.bad_setting(setting, "it gives no single value"))
            continue
        changed = _assign(tree, WHOLE, path.split("."), path, node, findings)
        if isinstance(changed, Branch):
            tree = changed
    return tree


def _assign(tree: Tree | None, kind: Kind, parts: list[str], path: str, node: Scalar, findings: list[Diagnostic]) -> Tree | None:
    """`tree` with `node` at `parts`; None (and a finding) where nothing is reached."""
    if not parts:
        checked = read_value(node, kind, path, "set")
        findings += checked.diagnostics
        return None if checked.value is None else merge(tree, checked.value, kind)
    head, rest = parts[0], parts[1:]
    if isinstance(kind, ListOf):
        if not isinstance(tree, Items):
            findings.append(named.bad_setting(path, "no layer gives that list"))
            return None
        for index, item in enumerate(tree.items):
            if head in {name_of(item), str(index)}:
                inner = _assign(item, kind.item, rest, path, node, findings)
                return None if inner is None else replace(tree, items=(*tree.items[:index], inner, *tree.items[index + 1 :]))
        known = [name for item in tree.items if (name := name_of(item))]
        near = mistakes.nearest(head, known)
        findings.append(named.bad_setting(path, f"no entry is named `{head}`" + (f" (did you mean `{near}`?)" if near else "")))
        return None
    lower = tree.entries if isinstance(tree, Branch) else {}
    if isinstance(kind, Block) and head in declared(kind.type):
        inner_kind = declared(kind.type)[head].key.kind
    elif isinstance(kind, MapOf) and kind.keys.regex.fullmatch(head):
        inner_kind = kind.value
    else:
        near = mistakes.nearest(head, declared(kind.type)) if isinstance(kind, Block) else None
        findings.append(named.bad_setting(path, f"there is no key `{head}`" + (f" (did you mean `{near}`?)" if near else "")))
        return None
    inner = _assign(lower.get(head), inner_kind, rest, path, node, findings)
    if inner is None:
        return None
    origin = tree.origin if tree is not None else inner.origin
    return Branch({**lower, head: inner}, origin)


def _locked(tree: Branch) -> tuple[str, ...]:
    locked = tree.entries.get("locked")
    return tuple(str(item.value) for item in locked.items if isinstance(item, Leaf)) if isinstance(locked, Items) else ()


def _at(tree: Tree | None, path: str) -> Tree | None:
    for part in path.split("."):
        tree = tree.entries.get(part) if isinstance(tree, Branch) else None
    return tree


def _key(path: str) -> tuple[Key, Any] | None:
    """The declaration and default of a dotted path through blocks."""
    block: type = Config
    for part in path.split(".")[:-1]:
        entry = declared(block).get(part)
        if entry is None or not isinstance(entry.key.kind, Block):
            return None
        block = entry.key.kind.type
    last = declared(block).get(path.rsplit(".", 1)[-1])
    return None if last is None else (last.key, last.default)


def _plain(tree: Tree | None, default: Any) -> Any:  # noqa: ANN401  a config value
    if isinstance(tree, Leaf):
        return tree.value
    if isinstance(tree, Items):
        return tuple(_plain(item, None) for item in tree.items)
    return default


def _as_safe(safer: Any, locked: Any, given: Any) -> bool:  # noqa: ANN401  config values
    if safer == "higher":
        return bool(given >= locked)
    if safer == "lower":
        return bool(given <= locked)
    if safer == "more":
        return set(given) >= set(locked)
    return bool(given in (locked, safer))


def _weakened(tree: Branch, locks: Mapping[str, tuple[Tree | None, str]]) -> list[Diagnostic]:
    """A finding for each locked value that the final tree makes less safe."""
    findings = []
    for path, (locked_tree, layer) in locks.items():
        found = _key(path)
        if found is None or found[0].safer is None:
            continue
        key, default = found
        final = _at(tree, path)
        locked, given = _plain(locked_tree, default), _plain(final, default)
        if final is not None and not _as_safe(key.safer, locked, given):
            findings.append(named.weakened_lock(path, _yaml(locked), _yaml(given), final.origin.span, f"`{layer}`"))
    return findings


def _yaml(value: Any) -> str:  # noqa: ANN401  a config value
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(map(_yaml, value))}]" if isinstance(value, tuple) else str(value)


def _wrong_version(tree: Branch) -> list[Diagnostic]:
    version = tree.entries.get("config_version")
    if isinstance(version, Leaf) and version.value != CONFIG_VERSION:
        return [named.config_version(str(version.value), CONFIG_VERSION, version.origin.span)]
    return []
