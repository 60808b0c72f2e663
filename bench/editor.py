"""How soon the language server answers on 2,000 lines, at rest and while they are being typed: a chapter of docs/performance.md."""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.page import busy, machine, row, write

LINES = 2000
ASKED = 200
EDIT_EVERY = 4
TITLE = "The editor"
LIMIT_MS = 50
START = (sys.executable, "-c", "import sys; from aua_compile.cli import main; sys.argv[0] = 'aua'; main()", "lsp")
ENTRY = (
    "  - name: s{index:04}\n    model: remote\n    field: {field}\n    backend: openai\n    host: s{index:04}.example.org\n"
    "    port: 443\n    scheme: https\n    timeout_s: 30  # longest call\n    retries: 1\n    limits: {{concurrency: 4, queue: 8}}\n"
)
FIELDS = ("software_engineering", "mathematics")


def config(lines: int) -> str:
    """A config of so many lines: external specialists of ten lines each."""
    head = (
        'config_version: "1.0"\nproject: {name: bench, description: "𝕏 of 2,000 lines"}\ntier: single-4090\narbiter: {enabled: false}\n'
        "models:\n  remote: {id: acme/remote, vram_gib: 1}\nrouting:\n  max_fanout: 2\nresilience: {retry: {max: 1}}\nspecialists:\n"
    )
    count = (lines - head.count("\n")) // ENTRY.count("\n")
    return head + "".join(ENTRY.format(index=index, field=FIELDS[index % 2]) for index in range(count))


@dataclass(slots=True)
class Editor:
    """One server, asked one question at a time."""

    server: "subprocess.Popen[bytes]"
    number: int = 0

    def send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.server.stdin is not None
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.server.stdin.flush()

    def receive(self) -> Any:
        assert self.server.stdout is not None
        length = int(self.server.stdout.readline().removeprefix(b"Content-Length: "))
        self.server.stdout.readline()
        return json.loads(self.server.stdout.read(length))

    def ask(self, method: str, params: Any) -> float:
        """Seconds until the answer is there."""
        self.number += 1
        began = time.perf_counter()
        self.send(id=self.number, method=method, params=params)
        while (answer := self.receive()).get("id") != self.number:
            pass
        assert "result" in answer, answer
        return time.perf_counter() - began

    def findings(self) -> None:
        """Wait until findings come."""
        while self.receive().get("method") != "textDocument/publishDiagnostics":
            pass


def positions(text: str, seed: int) -> Iterator[dict[str, int]]:
    """Places in the text, some of each kind: keys, values and ends of lines."""
    lines, draw = text.split("\n"), random.Random(seed)
    while True:
        line = draw.randrange(len(lines))
        yield {"line": line, "character": draw.randint(0, len(lines[line]))}


def measured(editor: Editor, uri: str, text: str, *, typing: bool) -> dict[str, list[float]]:
    """Seconds of each answer. While typing, every fourth question comes right after an edit, and the compiler is at work all along."""
    of, places = {"uri": uri}, positions(text, 7)
    taken: dict[str, list[float]] = {"hover": [], "completion": [], "definition": []}
    for turn in range(ASKED):
        if typing and turn % EDIT_EVERY == 0:
            at = {"line": 8, "character": 27}
            change = {"range": {"start": at, "end": {"line": 8, "character": 28}}, "text": str(turn // EDIT_EVERY % 4)}
            editor.send(method="textDocument/didChange", params={"textDocument": {**of, "version": turn + 2}, "contentChanges": [change]})
            time.sleep(0.25)  # longer than the pause after which a project is compiled
        place = next(places)
        for question, seconds in taken.items():
            seconds.append(editor.ask(f"textDocument/{question}", {"textDocument": of, "position": place}))
    return taken


def figures(seconds: list[float]) -> list[str]:
    """Median, 99th percentile and longest, in milliseconds."""
    ordered = sorted(seconds)
    return [f"{1000 * one:.1f}" for one in (statistics.median(ordered), ordered[len(ordered) * 99 // 100], ordered[-1])]


def table(text: str, folder: Path) -> Iterator[str]:
    path = folder / "aua.yaml"
    path.write_text(text, encoding="utf-8")
    began = time.perf_counter()
    with subprocess.Popen(START, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder) as server:
        editor = Editor(server)
        capabilities = {
            "textDocument": {"completion": {"completionItem": {"snippetSupport": True}}, "hover": {"contentFormat": ["markdown"]}}
        }
        started = editor.ask("initialize", {"capabilities": capabilities})
        started = time.perf_counter() - began
        editor.send(method="initialized", params={})
        opened = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        began = time.perf_counter()
        editor.send(method="textDocument/didOpen", params={"textDocument": opened})
        editor.findings()
        first = time.perf_counter() - began
        yield row("question", "at", "p50 [ms]", "p99 [ms]", "most [ms]")
        yield row("---", "---", "---:", "---:", "---:")
        for typing, name in ((False, "rest"), (True, "typing, while the project compiles")):
            for question, seconds in measured(editor, path.as_uri(), text, typing=typing).items():
                yield row(question, name, *figures(seconds))
        editor.ask("shutdown", None)
        editor.send(method="exit")
    yield ""
    yield f"`initialize` is answered {started * 1000:.0f} ms after the server is started. Findings of the whole file come"
    yield f"{first * 1000:.0f} ms after it is opened, of which 200 are the pause that typing must make before a project is compiled."


def main() -> None:
    told, text = busy(), config(LINES)
    with tempfile.TemporaryDirectory() as folder:
        lines = list(table(text, Path(folder)))
    write(
        TITLE,
        [
            f"`aua lsp` as a process, asked over its pipes by a client that waits for each answer: {ASKED} questions of each kind",
            f"at random places of a config of {LINES:,} lines. The goal is {LIMIT_MS} ms for hover and completion.",
            f"{machine(sys.executable)}. {told}",
            "",
            *lines,
        ],
    )


if __name__ == "__main__":
    main()
