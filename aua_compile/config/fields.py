"""Which fields and specialists a deployment has: names made canonical, fields completed from the registry.

A project may keep part of a preset: naming fields drops the preset's specialists for others, naming specialists drops the preset's fields
that nobody answers any more, and its fallbacks to specialists that are gone. What the project says itself stays, to be checked.
"""

from dataclasses import replace

from aua_compile.config import mistakes, named
from aua_compile.config.declare import Block, declared
from aua_compile.config.model.routing import FieldUse
from aua_compile.config.read import read
from aua_compile.config.tree import Branch, Items, Leaf, Origin, Tree, merge, name_of
from aua_compile.diagnostic import Diagnostic
from aua_compile.index import aliases
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import FieldFacts
from aua_compile.span import Span


def with_registry_fields(tree: Branch, catalog: Catalog, findings: list[Diagnostic]) -> Branch:
    """Each used field over the registry's entry of that name, under its canonical name; without `fields`, those of the specialists."""
    given, said = tree.entries.get("specialists"), tree.entries.get("fields")
    specialists = given if isinstance(given, Items) else Items((), tree.origin)
    arranged = tuple(_canonical(item, "field") for item in specialists.items)
    if isinstance(said, Items):
        uses = [_canonical(item, "name") for item in said.items]
        findings += _repeated(uses)
    else:
        said, uses = Items((), tree.origin), _fields_of(arranged)
    served = {name_of(use) for use in uses}
    kept = tuple(item for item in arranged if _is_served(item, served))
    if specialists.origin.layer != "preset":
        answered = {_field_of(item) for item in kept}
        uses = [use for use in uses if use.origin.layer != "preset" or name_of(use) in answered]
    entries = {**tree.entries, "fields": replace(said, items=tuple(_over_registry(use, catalog, findings) for use in uses))}
    if isinstance(given, Items):
        present = {name_of(item) for item in kept}
        entries["specialists"] = replace(specialists, items=tuple(_with_fallbacks(item, present) for item in kept))
        if "arbiter" in entries:
            entries["arbiter"] = _with_fallbacks(entries["arbiter"], present)
    return Branch(entries, tree.origin)


def _fields_of(specialists: tuple[Tree, ...]) -> list[Tree]:
    """The fields that specialists answer, each once, in their order."""
    wanted: dict[str, Origin] = {}
    for item in specialists:
        if isinstance(item, Branch) and isinstance(leaf := item.entries.get("field"), Leaf):
            wanted.setdefault(leaf.value, leaf.origin)
    return [Branch({"name": Leaf(name, origin)}, origin) for name, origin in wanted.items()]


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


def _field_of(item: Tree) -> object:
    leaf = item.entries.get("field") if isinstance(item, Branch) else None
    return leaf.value if isinstance(leaf, Leaf) else None


def _with_fallbacks(item: Tree, present: set[str | None]) -> Tree:
    """A specialist without a preset's fallbacks to specialists that the project left out."""
    if not isinstance(item, Branch) or not isinstance(fallback := item.entries.get("fallback"), Items) or fallback.origin.layer != "preset":
        return item
    kept = tuple(name for name in fallback.items if isinstance(name, Leaf) and name.value in present)
    return Branch({**item.entries, "fallback": replace(fallback, items=kept)}, item.origin)


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
            unknown = named.unknown_name("field", name, catalog.names("fields"), at.span, "A field of your own needs a `description`.")
            findings.append(replace(unknown, path="fields"))
        return use
    lower = read(document, FieldFacts, "registry")
    findings += lower.diagnostics
    facts = lower.value or Branch({}, use.origin)
    known = {key: value for key, value in facts.entries.items() if key in declared(FieldUse)}
    return merge(Branch(known, facts.origin), use, Block(FieldUse))
