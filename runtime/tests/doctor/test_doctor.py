"""`aua-router doctor` on a router folder, with servers that answer, refuse and lack what is asked for."""

import json
import socket
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aua_runtime.cli import main
from aua_runtime.doctor import examined
from aua_runtime.doctor.gpus import devices
from aua_runtime.doctor.subject import Finding, patient_in
from aua_runtime.plan import SqliteStore
from aua_runtime.state.schema import SQLITE
from aua_runtime.state.sqlite import opened

STRUCTURE = "5f" * 32
SECRET = "sk-do-not-show-me"


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(answers: dict[str, tuple[int, Any]], *, key: str | None = None) -> Iterator[str]:
    """A server with a JSON document per path."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def do_GET(self) -> None:
            refused = key is not None and self.headers.get("authorization") != f"Bearer {key}"
            status, data = (401, {}) if refused else answers.get(self.path, (404, {}))
            body = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        thread = threading.Thread(target=it.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{it.server_port}"
        finally:
            it.shutdown()
            thread.join()


def listing(*names: str) -> dict[str, tuple[int, Any]]:
    return {"/v1/models": (200, {"data": [{"id": name} for name in names]})}


def specialist(url: str, **more: Any) -> dict[str, Any]:
    return {"name": "swe", "url": url, "served_model": "coder", "auth_env": None, "headers": {}, "tls_verify": True, **more}


def folder(path: Path, *specialists: dict[str, Any], **more: Any) -> Path:
    """A router folder whose plan has what is looked at."""
    package = path / "router" / "aua_router"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("")
    (package / "__init__.py").write_text(f'STRUCTURE = "{STRUCTURE}"\n')
    (package / "settings.json").write_text(json.dumps({"structure": STRUCTURE}))
    plan = {
        "project": {"name": "shop"},
        "digests": {"plan": "d" * 64},
        "specialists": list(specialists),
        "arbiter": None,
        "api": {
            "api_key_env": None,
            "public": {"host": "127.0.0.1", "port": free_port(), "socket": None},
            "management": {"host": "127.0.0.1", "port": free_port(), "socket": None},
        },
        "state": {"backend": "sqlite", "path": str(path / "state" / "aua.db"), "dsn_env": None},
        "ledgers": [],
        "instances": [],
        "hardware": {"vendor": "nvidia"},
        **more,
    }
    (package / "plan.json").write_text(json.dumps(plan))
    return path


def found(path: Path, check: str, environment: dict[str, str] | None = None) -> list[Finding]:
    return [one for one in examined(patient_in(path, environment or {})) if one.check == check]


def told(path: Path, check: str, environment: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(one.level, one.message) for one in found(path, check, environment)]


def test_a_router_that_has_all_it_needs_can_run(tmp_path: Path) -> None:
    with server(listing("coder")) as url:
        findings = examined(patient_in(folder(tmp_path, specialist(url)), {}))
    assert [one for one in findings if one.level == "error"] == []
    assert {one.check for one in findings} == {"versions", "state", "ports", "gpus", "backends"}


def traced(path: Path, url: str, **more: Any) -> Path:
    return folder(path, observability={"tracing": {"url": url, "headers": {"X-Team": "a"}, "header_env": {}, **more}})


@pytest.mark.parametrize(
    ("status", "level", "message"),
    [
        (200, "ok", "takes spans"),
        (202, "ok", "takes spans"),
        (401, "error", "refuses the headers that it is sent (status 401)."),
        (404, "error", "takes no spans over HTTP (status 404)."),
        (503, "error", "takes no spans over HTTP (status 503)."),
    ],
)
def test_who_takes_spans_is_asked_whether_it_does(tmp_path: Path, status: int, level: str, message: str) -> None:
    with server({"/otlp/v1/traces": (status, {})}) as url:
        ((got, said),) = told(traced(tmp_path, f"{url}/otlp"), "traces")
    assert (got, said.endswith(message)) == (level, True)


def test_a_collector_that_is_not_there_yet_is_a_warning_and_a_missing_key_is_told(tmp_path: Path) -> None:
    path = traced(tmp_path, f"http://127.0.0.1:{free_port()}", header_env={"authorization": "TRACES_KEY"})
    ((level, said),) = told(path, "traces", {"TRACES_KEY": SECRET})
    assert (level, "spans are lost until it answers" in said, SECRET in said) == ("warning", True, False)
    assert told(path, "traces") == [("skipped", "It cannot be asked: the environment variable TRACES_KEY is not set.")]
    assert [one.subject for one in found(path, "environment") if one.level == "error"] == ["TRACES_KEY"]
    assert told(path, "traces", {"TRACES_KEY": SECRET, "AUA_TRACES_URL": "nonsense"})[0][0] == "error"


@pytest.mark.parametrize(
    ("answers", "key", "level", "message"),
    [
        (listing("coder"), None, "ok", "lists `coder`"),
        (listing("coder:latest"), None, "ok", "lists `coder`"),
        (listing("other", "another"), None, "error", "does not list the model `coder`; it lists another, other."),
        (listing(), None, "error", "it lists none."),
        (listing("coder"), "theirs", "error", "refuses a call without a key (status 401)."),
        ({}, None, "warning", "answers, but not to `/v1/models` (status 404)."),
        ({"/v1/models": (200, b"<html>")}, None, "warning", "lists its models in a form of its own."),
    ],
    ids=["listed", "latest", "others", "none", "key", "absent", "html"],
)
def test_a_server_is_asked_for_the_model(tmp_path: Path, answers: dict[str, Any], key: str | None, level: str, message: str) -> None:
    with server(answers, key=key) as url:
        ((got, said),) = told(folder(tmp_path, specialist(url)), "backends")
    assert got == level
    assert said.endswith(message)


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    port = free_port()
    assert told(folder(tmp_path, specialist(f"http://127.0.0.1:{port}")), "backends") == [
        ("error", f"http://127.0.0.1:{port}: it cannot be reached: Connection refused.")
    ]


def test_a_server_that_speaks_no_tls_is_told(tmp_path: Path) -> None:
    with server(listing("coder")) as url:
        ((level, said),) = told(folder(tmp_path, specialist(url.replace("http:", "https:"))), "backends")
    assert level == "error"
    assert "TLS fails" in said or "cannot be reached" in said


def test_variables_move_a_specialist_and_its_key_is_sent_and_never_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server(listing("moved"), key=SECRET) as url:
        path = folder(tmp_path, specialist("http://127.0.0.1:1", auth_env="SWE_KEY"))
        environment = {"SWE_KEY": SECRET, "AUA_SPECIALIST_SWE_URL": url, "AUA_SPECIALIST_SWE_MODEL": "moved"}
        assert [level for level, _ in told(path, "backends", environment)] == ["ok"]
        assert [level for level, _ in told(path, "environment", environment)] == ["ok", "ok", "ok"]
        wrong = told(path, "backends", {**environment, "SWE_KEY": f"{SECRET}-wrong"})
        assert wrong == [("error", f"{url} refuses the key in SWE_KEY (status 401).")]
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            for form in ([], ["--json"]):
                main(["doctor", str(path), *form])
    read = capsys.readouterr()
    assert SECRET not in read.out + read.err


@pytest.mark.parametrize(
    ("value", "said"), [(None, "is not set"), ("  ", "is not set"), ("a\x01b", "characters that a header cannot carry")]
)
def test_a_secret_that_is_not_there_or_cannot_be_sent_is_an_error(tmp_path: Path, value: str | None, said: str) -> None:
    path = folder(tmp_path, specialist("http://127.0.0.1:1", auth_env="SWE_KEY"))
    ((level, message),) = told(path, "environment", {} if value is None else {"SWE_KEY": value})
    assert (level, said in message) == ("error", True)


def test_a_port_that_another_program_holds_is_an_error_and_one_that_this_router_holds_is_not(tmp_path: Path) -> None:
    def held(url: str) -> dict[str, Any]:
        port = int(url.rpartition(":")[2])
        listeners = {role: {"host": "127.0.0.1", "port": port, "socket": None} for role in ("public", "management")}
        return {"api": {"api_key_env": None, **listeners}}

    for name, answers, expected in (
        ("ours", {"/version": (200, {"deployment": "shop"})}, ("ok", "held by the router of this deployment, which runs")),
        ("another", {"/version": (200, {"deployment": "other"})}, ("error", "held by the router of other.")),
        ("program", {}, ("error", "held by another program.")),
    ):
        with server(answers) as url:
            for level, message in told(folder(tmp_path / name, **held(url)), "ports"):
                assert (level, message.endswith(expected[1])) == (expected[0], True)


def test_a_state_file_of_a_later_release_is_an_error_and_an_older_one_is_not(tmp_path: Path) -> None:
    path = folder(tmp_path)
    file = tmp_path / "state" / "aua.db"
    assert told(path, "state")[1] == ("ok", "not there yet; it can be made")
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as database:
        database.executescript((Path(__file__).parent.parent / "data" / "state_1.sql").read_text())
    assert told(path, "state")[1] == ("ok", f"the router will apply {len(SQLITE) - 1} migrations when it starts")
    opened(SqliteStore(str(file), "normal")).close()
    assert told(path, "state")[1] == ("ok", "up to date")
    with closing(sqlite3.connect(file)) as database:
        database.execute("INSERT INTO migrations VALUES (99, 'later', 'x', 0)")
        database.commit()
    level, message = told(path, "state")[1]
    assert (level, "migration 99 (later), which a later release made" in message) == ("error", True)
    file.write_text("no database, but long enough to be taken for the header of one" * 20)
    assert told(path, "state")[1][0] == "error"


def test_a_state_file_below_something_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (tmp_path / "state").write_text("a file")
    assert told(path, "state")[1][0] == "error"


def test_settings_of_other_code_are_an_error(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (tmp_path / "router" / "aua_router" / "settings.json").write_text(json.dumps({"structure": "0" * 64}))
    assert ("error", True) in [(level, "belongs to other code" in message) for level, message in told(path, "versions")]


GPU_PLAN = {
    "ledgers": [{"device": device, "total_gib": 23.55, "accelerator": "rtx-4090"} for device in (0, 1)],
    "instances": [{"devices": [0, 1]}],
}


@pytest.mark.parametrize(
    ("script", "levels"),
    [
        ('echo "0, NVIDIA GeForce RTX 4090, 24564"; echo "1, NVIDIA GeForce RTX 4090, 24564"', ["ok", "ok"]),
        ('echo "0, NVIDIA GeForce RTX 4090, 24564"; echo "1, NVIDIA GeForce RTX 4070, 12282"', ["ok", "error"]),
        ('echo "0, NVIDIA GeForce RTX 4090, 24564"', ["ok", "error"]),
        ("exit 9", ["error"]),
    ],
    ids=["fits", "smaller", "fewer", "fails"],
)
def test_devices_are_held_against_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, levels: list[str]) -> None:
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    assert [level for level, _ in told(folder(tmp_path, **GPU_PLAN), "gpus")] == levels


def test_without_the_tool_devices_are_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [level for level, _ in told(folder(tmp_path, **GPU_PLAN), "gpus")] == ["warning"]


def test_lines_that_are_no_device_are_passed_over() -> None:
    assert devices("No devices were found\n, ,\n1, Name, with comma, 3\n") == {}


def test_the_exit_code_is_that_of_the_worst_finding_and_json_keeps_its_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server(listing("coder")) as url:
        path = folder(tmp_path, specialist(url), **GPU_PLAN)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(tmp_path))
            assert main(["doctor", str(path)]) == 0
            assert "shop: can run here; 0 errors," in capsys.readouterr().out
            assert main(["doctor", str(path), "--strict"]) == 1
            capsys.readouterr()
            assert main(["doctor", str(path / "router"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data.keys() == {"deployment", "plan", "ok", "counts", "findings"}
    assert data["ok"] is True
    assert all(one.keys() == {"check", "subject", "level", "message"} for one in data["findings"])
    (tmp_path / "router" / "aua_router" / "settings.json").write_text("{}")
    assert main(["doctor", str(path)]) == 1


def test_a_folder_without_a_router_is_a_mistake_in_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path)]) == 2
    assert "no compiled router" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("effective", "until", "level"),
    [
        ("2020-01-01", None, "ok"),
        ("2020-01-01", "2999-12-31", "ok"),
        ("2999-01-01", None, "warning"),
        ("2020-01-01", "2020-12-31", "warning"),
    ],
)
def test_prices_are_in_force_from_the_books_first_day_to_its_last(tmp_path: Path, effective: str, until: str | None, level: str) -> None:
    facts = {"source": "a contract", "effective": effective, "until": until}
    path = folder(tmp_path, observability={"costs": {"book": "acme@2026-11", "book_facts": facts}})
    assert [one for one, _ in told(path, "prices")] == [level]


def test_prices_that_no_book_holds_are_not_looked_at(tmp_path: Path) -> None:
    assert told(folder(tmp_path, observability={"costs": {"book": "registry", "book_facts": None}}), "prices") == []
