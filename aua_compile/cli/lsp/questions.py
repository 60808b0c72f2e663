"""What an editor asks, answered from the text as it is and from what the last analysis knew: no answer waits for the compiler."""

from collections.abc import Iterator
from typing import Any

from aua_compile.cli.lsp import answers
from aua_compile.cli.lsp.client import Client
from aua_compile.cli.lsp.documents import Document, real
from aua_compile.cli.lsp.findings import Told, path_of
from aua_compile.cli.lsp.wire import Json
from aua_compile.cli.lsp.workspace import Workspace
from aua_compile.editor.completion import completion
from aua_compile.editor.definition import definition
from aua_compile.editor.hover import hover
from aua_compile.editor.names import described
from aua_compile.editor.place import Place, declared_at, place
from aua_compile.editor.position import At, Buffer, Stretch
from aua_compile.editor.symbols import symbols
from aua_compile.span import Span


def told_of(workspace: Workspace, client: Client, params: Any) -> Json | None:
    """`textDocument/hover`."""
    document, here = _asked(workspace, client, params)
    if here is None:
        return None
    said = hover(here, document.outline, workspace.around(document))
    return answers.hover(said, document.buffer, client.encoding, markdown=client.markdown)


def offered(workspace: Workspace, client: Client, params: Any) -> Json | None:
    """`textDocument/completion`."""
    document, here = _asked(workspace, client, params)
    if here is None:
        return None
    around = workspace.around(document)
    entry = declared_at(here.holder.path, around.block)
    data = {"uri": document.uri, "names": entry.key.names if entry else ""}
    found = completion(here, document.outline, around)
    return answers.completions(found, document.buffer, client.encoding, snippets=client.snippets, data=data)


def resolved(workspace: Workspace, _client: Client, item: Any) -> Json:
    """`completionItem/resolve`: the item with what its name means."""
    data = item.get("data") or {}
    document = workspace.documents.get(data.get("uri", ""))
    if document is None:
        return dict(item)
    said = described(data["names"], item["label"], document.outline, workspace.around(document))
    return {**item, "documentation": {"kind": "markdown", "value": said}} if said else dict(item)


def declared(workspace: Workspace, client: Client, params: Any) -> list[Json]:
    """`textDocument/definition`."""
    document, here = _asked(workspace, client, params)
    if here is None:
        return []
    found = definition(here, document.outline, workspace.around(document))
    locations = (_location(one, document, workspace, client) for one in found)
    return [location for location in locations if location is not None]


def outlined(workspace: Workspace, client: Client, params: Any) -> list[Json]:
    """`textDocument/documentSymbol`."""
    document = workspace.documents[params["textDocument"]["uri"]]
    if workspace.block_of(document) is None:
        return []
    tree = answers.symbols(symbols(document.outline), document.buffer, client.encoding)
    return tree if client.trees else list(answers.flat_symbols(tree, document.uri))


def mended(workspace: Workspace, client: Client, params: Any) -> list[Json]:
    """`textDocument/codeAction`: the fixes of findings in a range, and the changes after which they were seen to be gone."""
    document = workspace.documents[params["textDocument"]["uri"]]
    asked = params["range"]
    found = workspace.findings(document) if client.actions else ()
    return [action for one in found if _touch(one.diagnostic["range"], asked) for action in _actions(one, document.uri)]


def _asked(workspace: Workspace, client: Client, params: Any) -> tuple[Document, Place | None]:
    """The file that a question is about, and what the cursor is at; None in files that are none of ours."""
    document = workspace.documents[params["textDocument"]["uri"]]
    if workspace.block_of(document) is None:
        return document, None
    position = params["position"]
    at = document.buffer.at(position["line"], position["character"], client.encoding)
    return document, place(document.outline, document.buffer, at)


def _location(found: Stretch | Span | str, document: Document, workspace: Workspace, client: Client) -> Json | None:
    if isinstance(found, Stretch):
        return {"uri": document.uri, "range": answers.stretch_of(found, document.buffer, client.encoding)}
    if isinstance(found, str):
        keys = workspace.projects_of(document)
        folder = keys[0].config.parent if keys else document.path.parent if document.path else None
        path = None if folder is None else folder / found
        head = answers.range_of(At(0, 0), At(0, 0), Buffer.of(""), client.encoding)
        return {"uri": path.as_uri(), "range": head} if path is not None and path.is_file() else None
    path = path_of(found)
    if path is None:
        return None
    other = workspace.open_at(real(path))
    range_ = answers.span_of(found, workspace.buffer_of(found), client.encoding)
    return {"uri": other.uri if other else path.as_uri(), "range": range_}


def _actions(told: Told, uri: str) -> Iterator[Json]:
    """The edit that is the obvious one first; a remedy that is the same edit names it."""
    if told.edit is not None:
        edit, text = told.edit, told.edit["newText"]
        same = next((remedy.words for remedy in told.remedies if list(remedy.edits) == [edit]), "")
        yield _action(told, f"Write `{text}`" + (f": {same}" if same else ""), {uri: [edit]}, preferred=True)
    for remedy in told.remedies:
        if list(remedy.edits) != [told.edit]:
            words = remedy.words[:1].upper() + remedy.words[1:]
            yield _action(told, words, {remedy.uri: list(remedy.edits)}, preferred=False)


def _action(told: Told, title: str, changes: Json, *, preferred: bool) -> Json:
    return {"title": title, "kind": "quickfix", "isPreferred": preferred, "diagnostics": [told.diagnostic], "edit": {"changes": changes}}


def _touch(one: Json, other: Json) -> bool:
    def pair(place: Json) -> tuple[int, int]:
        return place["line"], place["character"]

    return pair(one["start"]) <= pair(other["end"]) and pair(other["start"]) <= pair(one["end"])
