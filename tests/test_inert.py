"""Compiling opens no socket, starts nothing, imports nothing of the user's, and reads the project and the shipped data alone."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.compiling import ENTRY, aua, project
from tests.tools import ROOT, require, require_platform

# Installed before anything of ours is imported; what it heard is written when the process ends.
WATCHED = f"""
import atexit, json, os, sys
heard = []
STARTS = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system", "os.spawn", "urllib.", "webbrowser.")
def hear(event, arguments):
    if event.startswith(STARTS):
        heard.append([event, ""])
    elif event == "open" and isinstance(arguments[0], (str, bytes)):
        heard.append([event, os.fsdecode(arguments[0])])
    elif event == "import":
        heard.append([event, arguments[0]])
sys.addaudithook(hear)
def tell():
    told = list(heard)
    with open(os.environ["HEARD"], "w") as file:
        json.dump(told, file)
atexit.register(tell)
{ENTRY}
"""

DEAR = ("jinja2", "pydantic", "jsonschema", "ruamel", "fastapi", "rich", "asyncio", "uvicorn", "orjson", "httptools", "hypothesis")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    folder = project(tmp_path_factory.mktemp("watched"))
    told = tmp_path_factory.mktemp("told") / "heard.json"
    result = aua("compile", "aua.yaml", "-o", "deploy", within=folder, code=WATCHED, environment={"HEARD": str(told)})
    assert result.returncode == 0, result.stderr
    return [(event, str(folder / path) if event == "open" else path) for event, path in json.loads(told.read_text())]


def read_from(folder: Path) -> tuple[str, ...]:
    """Where a compile may open files: the project, this checkout, and the interpreter with its libraries."""
    roots = (folder, ROOT, Path(sys.prefix), Path(sys.base_prefix), *(Path(path) for path in sysconfig.get_paths().values()))
    return tuple({os.path.realpath(root) for root in roots})


def test_a_compile_opens_no_socket_and_starts_no_process(heard: list[tuple[str, str]]) -> None:
    assert [event for event, _ in heard if event not in {"open", "import"}] == []


def test_a_compile_opens_files_of_the_project_and_of_the_installation_alone(heard: list[tuple[str, str]]) -> None:
    opened = {path for event, path in heard if event == "open"}
    folder = min((Path(path).parent for path in opened if path.endswith("/aua.yaml")), key=lambda path: len(path.parts))
    assert {path for path in opened if not os.path.realpath(path).startswith(read_from(folder))} == set()


@pytest.mark.parametrize(
    "dear", ["pydantic", "jsonschema", "ruamel", "fastapi", "rich", "asyncio", "uvicorn", "orjson", "httptools", "hypothesis"]
)
def test_a_compile_imports_nothing_that_only_another_command_needs(dear: str, heard: list[tuple[str, str]]) -> None:
    assert dear not in {module.split(".")[0] for event, module in heard if event == "import"}


def test_a_compile_imports_of_the_runtime_only_its_contract_and_how_output_looks(heard: list[tuple[str, str]]) -> None:
    modules = {module for event, module in heard if event == "import" and module.startswith("aua_runtime.")}
    assert {module for module in modules if not module.startswith("aua_runtime.contract")} <= {"aua_runtime.looks"}


def test_python_files_in_the_project_are_never_imported(tmp_path: Path) -> None:
    folder = project(tmp_path)
    for name in ("yaml", "jinja2", "typer", "json", "sitecustomize", "usercustomize", "aua_plugins", "aua_compile"):
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n")
    result = subprocess.run(
        (require("aua"), "compile", "aua.yaml", "-o", "deploy"), cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "ran").exists()


def test_the_kernel_sees_no_network_call_and_no_second_program(tmp_path: Path) -> None:
    require_platform("linux")
    folder = project(tmp_path / "project")
    log = tmp_path / "calls"
    trace = (require("strace"), "-f", "-qq", "-e", "trace=%network,execve,fork,vfork,clone,clone3", "-o", str(log))
    entry = (sys.executable, "-P", "-c", ENTRY, "compile", "aua.yaml", "-o", "deploy")
    result = subprocess.run((*trace, *entry), cwd=folder, capture_output=True, text=True, check=False)
    if "ptrace" in result.stderr:
        pytest.skip("this machine does not allow tracing")
    assert result.returncode == 0, result.stderr
    calls = re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE)
    assert calls == ["execve"]


def test_nothing_is_written_outside_the_output_folder(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    result = aua("compile", "aua.yaml", "-o", "deploy", within=folder)
    assert result.returncode == 0, result.stderr
    assert {path.name for path in folder.iterdir()} == {"aua.yaml", "deploy"}
