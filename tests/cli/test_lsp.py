"""The language server as an editor sees it: a process of its own, asked by pygls' client, or byte by byte."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from aua_compile.cli.lsp.wire import Broken, LostError, Wire
from aua_compile.editor.position import Buffer
from tests.compiling import ENTRY, PROJECT
from tests.tools import ROOT

SERVER = (sys.executable, "-c", ENTRY, "lsp")
PATIENCE_S = 20
WARNED = ("AUA0312", "AUA0313")
"""What is warned of in every project of the preset: a model without a commit, and images without digests."""

ABLE = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        completion=types.CompletionClientCapabilities(completion_item=types.ClientCompletionItemOptions(snippet_support=True)),
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
        document_symbol=types.DocumentSymbolClientCapabilities(hierarchical_document_symbol_support=True),
        code_action=types.CodeActionClientCapabilities(
            code_action_literal_support=types.ClientCodeActionLiteralOptions(
                code_action_kind=types.ClientCodeActionKindOptions(value_set=[types.CodeActionKind.QuickFix])
            )
        ),
    )
)


class Editor:
    """An editor with one server: what it opens and types, and the findings that it was last told of each file."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.told: dict[str, list[types.Diagnostic]] = {}
        self.news = asyncio.Event()
        self.versions: dict[str, int] = {}

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> None:
        self.versions[name] = 1
        item = types.TextDocumentItem(uri=self.uri(name), language_id="yaml", version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def type(self, name: str, *changes: types.TextDocumentContentChangeEvent) -> None:
        self.versions[name] += 1
        self.told.pop(self.uri(name), None)
        of = types.VersionedTextDocumentIdentifier(uri=self.uri(name), version=self.versions[name])
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(text_document=of, content_changes=changes))

    def retype(self, name: str, text: str) -> None:
        self.type(name, types.TextDocumentContentChangeWholeDocument(text=text))

    def close(self, name: str) -> None:
        of = types.TextDocumentIdentifier(uri=self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=of))

    async def codes(self, name: str, *expected: str) -> list[types.Diagnostic]:
        """The findings of a file, once they have these codes."""

        async def awaited() -> list[types.Diagnostic]:
            while sorted(str(one.code) for one in self.told.get(self.uri(name), [])) != sorted(expected) or self.uri(name) not in self.told:
                self.news.clear()
                await self.news.wait()
            return self.told[self.uri(name)]

        try:
            return await asyncio.wait_for(awaited(), PATIENCE_S)
        except TimeoutError:
            pytest.fail(f"{name}: waited for {expected}, was told {self.told.get(self.uri(name))}", pytrace=False)

    def at(self, name: str, line: int, character: int) -> dict[str, Any]:
        return {"text_document": types.TextDocumentIdentifier(uri=self.uri(name)), "position": types.Position(line, character)}

    async def hover(self, name: str, line: int, character: int) -> str:
        found = await self.client.text_document_hover_async(types.HoverParams(**self.at(name, line, character)))
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def labels(self, name: str, line: int, character: int) -> list[str]:
        found = await self.client.text_document_completion_async(types.CompletionParams(**self.at(name, line, character)))
        return [item.label for item in found.items] if isinstance(found, types.CompletionList) else []


def edit(line: int, start: int, end: int, text: str) -> types.TextDocumentContentChangePartial:
    return types.TextDocumentContentChangePartial(range=types.Range(types.Position(line, start), types.Position(line, end)), text=text)


@asynccontextmanager
async def editing(folder: Path, capabilities: types.ClientCapabilities = ABLE) -> AsyncIterator[Editor]:
    client = LanguageClient("test", "1")
    editor = Editor(client, folder)

    def told(params: types.PublishDiagnosticsParams) -> None:
        editor.told[params.uri] = list(params.diagnostics)
        editor.news.set()

    client.feature("textDocument/publishDiagnostics")(told)

    await client.start_io(*SERVER, cwd=str(folder))
    server = client._server  # noqa: SLF001 - the client tells of the process nowhere else
    assert server is not None
    try:
        await client.initialize_async(types.InitializeParams(capabilities=capabilities, process_id=None, root_uri=folder.as_uri()))
        client.initialized(types.InitializedParams())
        yield editor
        await client.shutdown_async(None)
        client.exit(None)
        assert await asyncio.wait_for(server.wait(), PATIENCE_S) == 0
    finally:
        if server.returncode is None:
            server.kill()
        await client.stop()  # type: ignore[no-untyped-call]  # the library types it not


def session(folder: Path, play: Callable[[Editor], Awaitable[None]], capabilities: types.ClientCapabilities = ABLE) -> None:
    async def played() -> None:
        async with editing(folder, capabilities) as editor:
            await play(editor)

    asyncio.run(played())


def test_findings_come_while_typing_with_their_places_pages_and_fixes(tmp_path: Path) -> None:
    async def play(editor: Editor) -> None:
        editor.open("aua.yaml", PROJECT + "routing: {single_treshold: 0.8}\n")
        (found,) = await editor.codes("aua.yaml", "AUA0201")
        assert found.range == types.Range(types.Position(4, 10), types.Position(4, 25))
        assert found.severity is types.DiagnosticSeverity.Error
        assert found.source == "aua"
        assert "Did you mean `single_threshold`?" in found.message
        assert found.code_description is not None
        assert found.code_description.href.endswith("diagnostics.md#aua0201")
        asked = types.CodeActionParams(
            types.TextDocumentIdentifier(editor.uri("aua.yaml")), found.range, types.CodeActionContext(diagnostics=[found])
        )
        (action,) = await editor.client.text_document_code_action_async(asked) or []
        assert isinstance(action, types.CodeAction)
        assert action.edit is not None
        assert action.edit.changes is not None
        assert [*action.edit.changes[editor.uri("aua.yaml")]] == [types.TextEdit(found.range, "single_threshold")]
        editor.type("aua.yaml", edit(4, 10, 25, "single_threshold"))
        await editor.codes("aua.yaml", *WARNED)

    session(tmp_path, play)


def test_changes_that_were_tried_are_offered_as_edits_after_which_the_finding_is_gone(tmp_path: Path) -> None:
    text = PROJECT.replace("single-4090", "gaming-pc") + "specialists:\n  - name: swe\n    context: 131072 # all of it\n"

    async def play(editor: Editor) -> None:
        editor.open("aua.yaml", text)
        (found,) = await editor.codes("aua.yaml", "AUA0301")
        asked = types.CodeActionParams(
            types.TextDocumentIdentifier(editor.uri("aua.yaml")), found.range, types.CodeActionContext(diagnostics=[found])
        )
        actions = await editor.client.text_document_code_action_async(asked) or []
        titles = [action.title for action in actions]
        assert titles[0] == "Write `32768`: requests of 32768 tokens instead of 131072"
        assert any(title.startswith("4 x rtx-4090") for title in titles)
        assert len(set(titles)) == len(titles)
        tier = next(action for action in actions if action.title.startswith("4 x rtx-4090"))
        assert isinstance(tier, types.CodeAction)
        assert tier.edit is not None
        assert tier.edit.changes is not None
        ((uri, made),) = tier.edit.changes.items()
        assert (uri, [one.new_text for one in made], [one.range.start.line for one in made]) == (editor.uri("aua.yaml"), ["quad-4090"], [3])
        editor.type("aua.yaml", edit(3, 6, 15, "quad-4090"))
        await editor.codes("aua.yaml", "AUA0313")

    session(tmp_path, play)


def test_places_beyond_the_basic_plane_are_counted_as_the_editor_counts(tmp_path: Path) -> None:
    async def play(editor: Editor) -> None:
        editor.open("aua.yaml", 'config_version: "1.0"\nproject: {name: shop, description: "𝕏𝕐"}\npreset: coding\ntier: cpu4\n')
        await editor.codes("aua.yaml", "AUA0220")
        editor.type("aua.yaml", edit(3, 9, 10, ""), edit(1, 41, 42, ", nme: 1}"))
        (found,) = await editor.codes("aua.yaml", "AUA0201")
        assert found.range == types.Range(types.Position(1, 43), types.Position(1, 46))
        editor.type("aua.yaml", edit(1, 37, 39, ""))
        (found,) = await editor.codes("aua.yaml", "AUA0201")
        assert found.range.start == types.Position(1, 41)

    session(tmp_path, play)


def test_what_is_not_saved_counts_in_every_file_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "aua.yaml").write_text(PROJECT + "extends: base.yaml\n", encoding="utf-8")
    (tmp_path / "base.yaml").write_text("routing: {max_fanout: 2}\n", encoding="utf-8")

    async def play(editor: Editor) -> None:
        editor.open("base.yaml", "routing: {max_fanout: 2}\n")
        editor.open("aua.yaml", PROJECT + "extends: base.yaml\nroutng: {}\n")
        await editor.codes("aua.yaml", "AUA0201")
        editor.retype("base.yaml", "routing: {max_fanot: 3}\n")
        await editor.codes("base.yaml", "AUA0201")
        editor.retype("aua.yaml", PROJECT + "extends: base.yaml\n")
        await editor.codes("aua.yaml")
        editor.retype("base.yaml", "routing: {max_fanout: 3}\n")
        assert await editor.codes("base.yaml") == []
        told = await editor.hover("base.yaml", 0, 12)
        assert "Here: `3`\n- set by *extends* [base.yaml:1]" in told
        assert "single_threshold" in await editor.labels("base.yaml", 0, 10)
        editor.close("base.yaml")
        for _ in range(2):
            editor.retype("aua.yaml", PROJECT + "extends: base.yaml\n")
        editor.open("other.yaml", 'config_version: "1.0"\nproject: {name: other}\n')
        await editor.codes("other.yaml", "AUA0205", "AUA0225")

    session(tmp_path, play)


def test_an_environment_s_file_is_judged_over_its_config(tmp_path: Path) -> None:
    (tmp_path / "aua.yaml").write_text(PROJECT, encoding="utf-8")

    async def play(editor: Editor) -> None:
        editor.open("aua.prod.yaml", "profile: team\napi: {host: 0.0.0.0}\n")
        await editor.codes("aua.prod.yaml", "AUA0290", "AUA0297")
        editor.retype("aua.prod.yaml", "api: {host: 127.0.0.2}\n")
        await editor.codes("aua.prod.yaml")
        assert "Here: `127.0.0.2`\n- set by *env*" in await editor.hover("aua.prod.yaml", 0, 7)

    session(tmp_path, play)


def test_other_yaml_is_left_alone(tmp_path: Path) -> None:
    async def play(editor: Editor) -> None:
        editor.open("compose.yaml", "services:\n  a: {image: b}\n")
        editor.open("aua.yaml", PROJECT + "port: 1\n")
        await editor.codes("aua.yaml", "AUA0201")
        assert await editor.labels("compose.yaml", 2, 0) == []
        assert await editor.hover("compose.yaml", 0, 2) == ""
        assert editor.uri("compose.yaml") not in editor.told

    session(tmp_path, play)


def test_a_broken_line_keeps_hover_completion_definitions_and_symbols_alive(tmp_path: Path) -> None:
    text = PROJECT + "routing:\n  single_threshold: 0.8\napi: {port: 1, [\nsafety:\n  \n"

    async def play(editor: Editor) -> None:
        editor.open("aua.yaml", PROJECT + "routing:\n  single_threshold: 0.8\n")
        editor.retype("aua.yaml", text)
        await editor.codes("aua.yaml", "AUA0114")
        assert "abstention_enabled" in await editor.labels("aua.yaml", 8, 2)
        assert "**single_threshold**" in await editor.hover("aua.yaml", 5, 4)
        where = await editor.client.text_document_definition_async(types.DefinitionParams(**editor.at("aua.yaml", 2, 10)))
        assert isinstance(where, list)
        assert [location.uri.rpartition("/")[2] for location in where if isinstance(location, types.Location)] == ["coding.yaml"]
        of = types.DocumentSymbolParams(types.TextDocumentIdentifier(editor.uri("aua.yaml")))
        found = await editor.client.text_document_document_symbol_async(of) or []
        assert [symbol.name for symbol in found] == ["config_version", "project", "preset", "tier", "routing", "api", "safety"]

    session(tmp_path, play)


def test_a_name_s_meaning_is_told_when_it_is_looked_at(tmp_path: Path) -> None:
    async def play(editor: Editor) -> None:
        editor.open("aua.yaml", PROJECT + "arbiter: {model: }\n")
        asked = types.CompletionParams(**editor.at("aua.yaml", 4, 17))
        found = await editor.client.text_document_completion_async(asked)
        assert isinstance(found, types.CompletionList)
        item = next(item for item in found.items if item.label == "qwq-32b-awq")
        told = await editor.client.completion_item_resolve_async(item)
        assert isinstance(told.documentation, types.MarkupContent)
        assert "18.0 GiB of weights" in told.documentation.value

    session(tmp_path, play)


def test_an_editor_that_can_little_is_given_little(tmp_path: Path) -> None:
    async def play(editor: Editor) -> None:
        editor.open("aua.yaml", PROJECT + "api:\n  \n")
        asked = types.CompletionParams(**editor.at("aua.yaml", 5, 2))
        found = await editor.client.text_document_completion_async(asked)
        assert isinstance(found, types.CompletionList)
        texts = [item.text_edit.new_text for item in found.items if isinstance(item.text_edit, types.TextEdit)]
        assert "port: " in texts
        assert not [text for text in texts if "$" in text]
        assert "**" not in await editor.hover("aua.yaml", 4, 1)
        of = types.DocumentSymbolParams(types.TextDocumentIdentifier(editor.uri("aua.yaml")))
        symbols = await editor.client.text_document_document_symbol_async(of) or []
        assert all(isinstance(symbol, types.SymbolInformation) for symbol in symbols)

    session(tmp_path, play, types.ClientCapabilities())


# Byte by byte


def frame(**message: Any) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


INITIALIZE = frame(id=1, method="initialize", params={"capabilities": {}})
SHUTDOWN = frame(id=9, method="shutdown") + frame(method="exit")


def talk(*sent: bytes) -> tuple[int, list[dict[str, Any]]]:
    """What a server answers to all of this at once, and its exit code."""
    done = subprocess.run(SERVER, input=b"".join(sent), capture_output=True, cwd=ROOT, timeout=PATIENCE_S, check=False)
    assert not done.stderr, done.stderr
    answers, rest = [], done.stdout
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = int(head.removeprefix(b"Content-Length: "))
        answers.append(json.loads(rest[:length]))
        rest = rest[length:]
    return done.returncode, answers


def test_it_ends_with_zero_after_shutdown_and_with_one_without() -> None:
    assert talk(INITIALIZE, SHUTDOWN)[0] == 0
    assert talk(INITIALIZE, frame(method="exit"))[0] == 1
    assert talk(INITIALIZE)[0] == 1


def test_the_order_of_its_life_is_kept() -> None:
    code, answers = talk(
        frame(id=0, method="textDocument/hover", params={}),
        frame(method="textDocument/didOpen", params={}),
        INITIALIZE,
        INITIALIZE,
        frame(id=2, method="shutdown"),
        frame(id=3, method="textDocument/hover", params={}),
        frame(method="exit"),
    )
    assert code == 0
    assert [answer.get("error", {}).get("code") for answer in answers] == [-32002, None, -32600, None, -32600]


def test_formatting_is_neither_offered_nor_done() -> None:
    _, answers = talk(INITIALIZE, frame(id=2, method="textDocument/formatting", params={}), SHUTDOWN)
    offered = answers[0]["result"]["capabilities"]
    assert not [name for name in offered if "ormatting" in name]
    assert answers[1]["error"]["code"] == -32601


def test_malformed_messages_are_refused_and_the_next_is_answered() -> None:
    broken = b"Content-Length: 5\r\n\r\n{nope"
    code, answers = talk(
        INITIALIZE,
        broken,
        b"Content-Length: 2\r\n\r\n[]",
        frame(id=3),
        frame(id=4, method="textDocument/hover", params=[]),
        frame(id=5, method="textDocument/hover", params={"textDocument": {"uri": "file:///nope"}, "position": {"line": 0, "character": 0}}),
        frame(method="textDocument/didChange", params={"textDocument": 7}),
        frame(id=6, method="nonsense"),
        frame(method="$/nonsense"),
        frame(id=7, result=None),
        SHUTDOWN,
    )
    assert code == 0
    codes = [answer.get("error", {}).get("code") for answer in answers if "id" in answer]
    assert codes == [None, -32700, -32600, -32600, -32602, -32602, -32601, None]


@pytest.mark.parametrize(
    "sent",
    [b"Content-Length: x\r\n\r\n{}", b"nothing\r\n\r\n", b"\r\n", b"Content-Length: 99999999999\r\n\r\n", b"Content-Length: -1\r\n\r\n"],
)
def test_a_stream_that_is_no_stream_of_messages_ends_it(sent: bytes) -> None:
    code, answers = talk(INITIALIZE, sent)
    assert code == 1
    assert answers[-1]["method"] == "window/logMessage"


def test_a_request_that_was_cancelled_before_its_turn_says_so() -> None:
    text = PROJECT + "specialists:\n" + "".join(f"  - {{name: s{index}}}\n" for index in range(2000))
    uri = "file:///nowhere/aua.yaml"
    opened = {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}
    asked = {"textDocument": {"uri": uri}, "position": {"line": 2, "character": 2}}
    _, answers = talk(
        INITIALIZE,
        frame(method="textDocument/didOpen", params=opened),
        *(frame(id=100 + number, method="textDocument/hover", params=asked) for number in range(30)),
        frame(method="$/cancelRequest", params={"id": 129}),
        frame(method="$/cancelRequest", params={"id": [1]}),
        SHUTDOWN,
    )
    by_id = {answer["id"]: answer for answer in answers if "id" in answer}
    assert by_id[129].get("error", {}).get("code") == -32800 or "result" in by_id[129]
    assert len(by_id) == 32


class Pipe:
    """A stream that gives at most a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def readline(self, limit: int = -1) -> bytes:
        end = self.data.find(b"\n") + 1 or len(self.data)
        line, self.data = self.data[: min(end, limit)], self.data[min(end, limit) :]
        return line

    def read(self, size: int = -1) -> bytes:
        taken, self.data = self.data[:size], self.data[size:]
        return taken


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_messages(data: bytes) -> None:
    pipe: Any = Pipe(data)
    wire = Wire(pipe, pipe)
    try:
        while (message := wire.receive()) is not None:
            assert isinstance(message, dict | Broken)
    except LostError:
        pass


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 30), st.integers(0, 5), st.sampled_from(["𝕏", "a: ", "\n  ", "{", "- x", ""])),
        max_size=20,
    )
)
def test_a_server_that_was_told_every_edit_has_the_editor_s_text(edits: list[tuple[int, int, int, str]]) -> None:
    """Its outline after many edits is the outline of the text that they give."""
    text = PROJECT + "routing: {max_fanout: 2}\n"
    uri, sent, buffer = "file:///nowhere/aua.yaml", [], Buffer.of(text)
    for version, (line, column, length, new) in enumerate(edits, 2):
        start, end = buffer.at(line, column, "utf-16"), buffer.at(line, column + length, "utf-16")
        range_ = {"start": {"line": line, "character": column}, "end": {"line": line, "character": column + length}}
        changes = [{"range": range_, "text": new}]
        sent.append(
            frame(method="textDocument/didChange", params={"textDocument": {"uri": uri, "version": version}, "contentChanges": changes})
        )
        buffer = buffer.edited(start, end, new)
    of = {"textDocument": {"uri": uri}}

    def asked_of(text: str, edits: list[bytes]) -> Any:
        opened = {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}
        _, answers = talk(
            INITIALIZE,
            frame(method="textDocument/didOpen", params=opened),
            *edits,
            frame(id=2, method="textDocument/documentSymbol", params=of),
            SHUTDOWN,
        )
        return next(answer for answer in answers if answer.get("id") == 2)

    assert asked_of(text, sent) == asked_of(buffer.text, [])
