"""`--set key=value`: one value at a dotted path, list entries by name, over everything else."""

from collections.abc import Iterable
from dataclasses import replace

from aua_compile.config import mistakes, named
from aua_compile.config.declare import Block, Kind, ListOf, MapOf, declared
from aua_compile.config.model import Config
from aua_compile.config.read import read_value
from aua_compile.config.tree import Branch, Items, Tree, merge, name_of
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Document, Scalar, parse
from aua_compile.leaks import find_secrets
from aua_compile.source import Source
from aua_compile.span import Span


def assigned(tree: Branch, settings: Iterable[str], findings: list[Diagnostic]) -> Branch:
    """The tree after each `--set`."""
    for setting in settings:
        path, equals, text = setting.partition("=")
        path = path.strip()
        if not equals or not path:
            findings.append(named.bad_setting(setting, "no key stands before its `=`" if equals else "it has no `=`"))
            continue
        shown_as = f"--set {path}"
        parsed = parse(Source(shown_as, f"value: {text.strip()}"))
        found = parsed.diagnostics if parsed.value is None else find_secrets(_under(path.rpartition(".")[2], parsed.value))
        findings += found
        if parsed.value is None or any(finding.severity == "error" for finding in found):
            continue
        node = parsed.value.root.entries[0].value
        if len(parsed.value.root.entries) != 1 or not isinstance(node, Scalar) or node.value is None:
            findings.append(named.bad_setting(setting, "it gives no single value"))
            continue
        changed = _assign(tree, Block(Config), path.split("."), path, node, findings)
        if isinstance(changed, Branch):
            tree = changed
    return tree


def _under(name: str, document: Document) -> Document:
    """The document with its keys named as the setting's is: a secret is also known by its name."""
    return replace(document, root=replace(document.root, entries=tuple(replace(entry, key=name) for entry in document.root.entries)))


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
        findings.append(named.unreached(path, "entry", head, (name for item in tree.items if (name := name_of(item)))))
        return None
    lower = tree.entries if isinstance(tree, Branch) else {}
    if isinstance(kind, Block) and head in declared(kind.type):
        inner_kind = declared(kind.type)[head].key.kind
    elif isinstance(kind, MapOf) and kind.keys.regex.fullmatch(head):
        inner_kind = kind.value
    elif isinstance(kind, MapOf):
        findings.append(mistakes.wrong_form(head, kind.keys.expected, path, Span.of_file(f"--set {path}")))
        return None
    else:
        findings.append(named.unreached(path, "key", head, declared(kind.type) if isinstance(kind, Block) else ()))
        return None
    inner = _assign(lower.get(head), inner_kind, rest, path, node, findings)
    if inner is None:
        return None
    origin = tree.origin if tree is not None else inner.origin
    return Branch({**lower, head: inner}, origin)
