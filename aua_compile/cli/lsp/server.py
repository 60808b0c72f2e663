"""The server's loop: messages in, answers out, and compiling put off until nothing is typed for a moment.

One thread reads messages and one compiles; this one owns all state and is the only one that writes.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aua_compile import __version__
from aua_compile.cli.lsp import questions, wire
from aua_compile.cli.lsp.client import Client
from aua_compile.cli.lsp.projects import Analysis
from aua_compile.cli.lsp.wire import Broken, Json, LostError, Wire
from aua_compile.cli.lsp.worker import Done, Failed, Owned, Worker
from aua_compile.cli.lsp.workspace import Workspace
from aua_compile.editor.position import Buffer

WATCHED = "**/*.{yaml,yml,txt,md}"
LONGEST_REASON = 300

MISSHAPEN = KeyError, TypeError, AttributeError, ValueError
"""What taking apart parameters of the wrong shape raises."""


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Lost:
    """The editor is gone, or what it sends cannot be read any more."""

    reason: str


class Server:
    """One editor's server, from `initialize` to `exit`."""

    def __init__(self, connection: Wire) -> None:
        self.wire = connection
        self.client = Client()
        self.stage = "new"  # then running, then stopped
        self.workspace = Workspace(self.publish)
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.cancelled: set[Any] = set()
        self.worker = Worker(self.events.put, self.workspace.catalog)
        self.busy = False

    def serve(self) -> int:
        """Answer until the editor says `exit` or is gone; the exit code is 0 if it said `shutdown` before."""
        threading.Thread(target=self._listen, name="messages", daemon=True).start()
        while True:
            match self._next():
                case Lost(reason=reason):
                    if reason:
                        self._log(reason)
                    return 1
                case {"method": "exit"}:
                    return 0 if self.stage == "stopped" else 1
                case dict() as message:
                    self._message(message)
                case Broken(code=code, reason=reason):
                    self._refuse(None, code, reason)
                case Owned() as owned:
                    self.workspace.place(owned)
                case Analysis() as analysis:
                    self.workspace.take(analysis)
                case Failed(reason=reason):
                    self._log(f"a bug in aua: {reason}")
                case Done():
                    self.busy = False
                case _:
                    self._compile()

    def _listen(self) -> None:
        """Read messages as they come, so that one that cancels another is seen before its turn."""
        try:
            while (message := self.wire.receive()) is not None:
                if isinstance(message, dict) and message.get("method") == "$/cancelRequest":
                    self._cancel(message.get("params"))
                    continue
                self.events.put(message)
                if isinstance(message, dict) and message.get("method") == "exit":
                    return
            self.events.put(Lost(""))
        except (LostError, OSError, ValueError) as error:
            self.events.put(Lost(f"the connection is of no use any more: {error}"))

    def _cancel(self, params: Any) -> None:
        number = params.get("id") if isinstance(params, dict) else None
        if isinstance(number, int | str):
            self.cancelled.add(number)

    def _next(self) -> Any:
        """The next event, or None when it is time to compile."""
        if self.workspace.due is None or self.busy:
            return self.events.get()
        try:
            return self.events.get(timeout=max(0.0, self.workspace.due - time.monotonic()))
        except queue.Empty:
            return None

    def _compile(self) -> None:
        task = self.workspace.task()
        if task is not None:
            self.busy = True
            self.worker.begin(task)

    # Messages

    def _message(self, message: Json) -> None:
        method, number, params = message.get("method"), message.get("id"), message.get("params")
        if not isinstance(method, str):
            if "result" not in message and "error" not in message:
                self._refuse(number, wire.INVALID_REQUEST, "a message has a method")
        elif "id" not in message:
            self._take(method, params)
        else:
            self._answer(method, number, params)

    def _answer(self, method: str, number: Any, params: Any) -> None:
        try:
            result = self._asked(method, number)(self, params)
        except RefusedError as refused:
            self._refuse(number, refused.code, str(refused))
        except MISSHAPEN as error:
            self._refuse(number, wire.INVALID_PARAMS, f"{method}: {type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 - one request that shows a bug of ours must not end the editor's server
            self._refuse(number, wire.INTERNAL_ERROR, f"a bug in aua: {type(error).__name__}: {error}")
        else:
            self.wire.send({"id": number, "result": result})
        self.cancelled.discard(number)

    def _asked(self, method: str, number: Any) -> "Callable[[Server, Any], Any]":
        """What answers a request at this stage; raises RefusedError where nothing may."""
        if number in self.cancelled:
            raise RefusedError(wire.CANCELLED, "cancelled")
        if self.stage == "stopped":
            raise RefusedError(wire.INVALID_REQUEST, "the server was shut down")
        if self.stage == "new" and method != "initialize":
            raise RefusedError(wire.NOT_INITIALIZED, "`initialize` comes first")
        if self.stage == "running" and method == "initialize":
            raise RefusedError(wire.INVALID_REQUEST, "`initialize` comes once")
        if method not in REQUESTS:
            raise RefusedError(wire.METHOD_NOT_FOUND, f"there is no method {method[:LONGEST_REASON]}")
        return REQUESTS[method]

    def _take(self, method: str, params: Any) -> None:
        if method not in NOTIFICATIONS or self.stage != "running":
            return
        try:
            NOTIFICATIONS[method](self, params)
        except MISSHAPEN as error:
            self._log(f"{method}: {type(error).__name__}: {error}")

    def _refuse(self, number: Any, code: int, reason: str) -> None:
        self.wire.send({"id": number, "error": {"code": code, "message": reason[:LONGEST_REASON]}})

    def _log(self, text: str) -> None:
        self.wire.send({"method": "window/logMessage", "params": {"type": 1, "message": text[:LONGEST_REASON]}})

    def publish(self, uri: str, version: int | None, found: list[Json]) -> None:
        """Send the findings of one file."""
        params: Json = {"uri": uri, "diagnostics": found}
        if version is not None:
            params["version"] = version
        self.wire.send({"method": "textDocument/publishDiagnostics", "params": params})

    # The server's own life

    def initialize(self, params: Json) -> Json:
        """Say what is offered; formatting is not."""
        self.client = Client.of(params.get("capabilities"))
        self.workspace.encoding = self.client.encoding
        self.stage = "running"
        return {
            "capabilities": {
                "positionEncoding": self.client.encoding,
                "textDocumentSync": {"openClose": True, "change": 2, "save": True},
                "hoverProvider": True,
                "completionProvider": {"triggerCharacters": [":", " ", "-", "[", ","], "resolveProvider": True},
                "definitionProvider": True,
                "documentSymbolProvider": True,
                "codeActionProvider": {"codeActionKinds": ["quickfix"]},
            },
            "serverInfo": {"name": "aua", "version": __version__},
        }

    def initialized(self, _: Any) -> None:
        """Ask to be told when files change on disk."""
        if self.client.watches:
            options = {"watchers": [{"globPattern": WATCHED}]}
            watch = {"id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": options}
            self.wire.send({"id": "watch", "method": "client/registerCapability", "params": {"registrations": [watch]}})

    def shutdown(self, _: Any) -> None:
        """Compile nothing more, and wait for `exit`."""
        self.stage = "stopped"
        self.workspace.due = None

    # Texts

    def did_open(self, params: Any) -> None:
        """A file is open."""
        item = params["textDocument"]
        self.workspace.open(item["uri"], item["version"], item["text"])

    def did_change(self, params: Any) -> None:
        """Edits of an open file, each of the text after the one before it."""
        document = self.workspace.documents[params["textDocument"]["uri"]]
        buffer = document.buffer
        for change in params["contentChanges"]:
            buffer = self._edited(buffer, change)
        self.workspace.change(document, params["textDocument"]["version"], buffer)

    def _edited(self, buffer: Buffer, change: Any) -> Buffer:
        if "range" not in change:
            return Buffer.of(change["text"])
        start, end = (
            buffer.at(at["line"], at["character"], self.client.encoding) for at in (change["range"]["start"], change["range"]["end"])
        )
        return buffer.edited(start, end, change["text"])

    def did_close(self, params: Any) -> None:
        """A file is open no more."""
        self.workspace.close(params["textDocument"]["uri"])

    def files_changed(self, _: Any) -> None:
        """Files changed on disk, or one was saved."""
        self.workspace.look_again()


def _question(answer: Callable[[Workspace, Client, Any], Any]) -> Callable[[Server, Any], Any]:
    return lambda server, params: answer(server.workspace, server.client, params)


REQUESTS: Mapping[str, Callable[[Server, Any], Any]] = {
    "initialize": Server.initialize,
    "shutdown": Server.shutdown,
    "textDocument/hover": _question(questions.told_of),
    "textDocument/completion": _question(questions.offered),
    "completionItem/resolve": _question(questions.resolved),
    "textDocument/definition": _question(questions.declared),
    "textDocument/documentSymbol": _question(questions.outlined),
    "textDocument/codeAction": _question(questions.mended),
}

NOTIFICATIONS: Mapping[str, Callable[[Server, Any], None]] = {
    "initialized": Server.initialized,
    "textDocument/didOpen": Server.did_open,
    "textDocument/didChange": Server.did_change,
    "textDocument/didClose": Server.did_close,
    "textDocument/didSave": Server.files_changed,
    "workspace/didChangeWatchedFiles": Server.files_changed,
}
