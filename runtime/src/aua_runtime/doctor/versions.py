"""Python, the runtime and what it needs; and whether settings and code belong together."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import orjson

from aua_runtime import VERSION
from aua_runtime.contract.environment import SETTINGS_FOLDER
from aua_runtime.doctor.subject import Finding, Patient

PYTHON = (3, 11)
NEEDED = ("httptools", "orjson", "uvicorn")
FASTER = ("uvloop",)

_VERSION = re.compile(r'^VERSION = "([^"]+)"', re.MULTILINE)


def check(patient: Patient) -> Iterator[Finding]:
    """The interpreter that runs this is taken for the one that will run the router."""
    told = platform.python_version()
    if sys.version_info < PYTHON:
        yield Finding("versions", "python", "error", f"Python {told} runs this; the router needs {'.'.join(map(str, PYTHON))} or newer.")
    else:
        yield Finding("versions", "python", "ok", f"Python {told}")
    yield _runtime(patient)
    for name in (*NEEDED, *FASTER):
        yield _package(name)
    yield _settings(patient)


def _runtime(patient: Patient) -> Finding:
    carried = patient.package.parent / "aua_runtime" / "__init__.py"
    if not carried.is_file():
        return Finding("versions", "aua_runtime", "ok", f"{VERSION}, as installed")
    found = _VERSION.search(carried.read_text(encoding="utf-8"))
    if found is None or found.group(1) != VERSION:
        other = found.group(1) if found is not None else "of no known version"
        return Finding("versions", "aua_runtime", "warning", f"The runtime beside the router is {other}; this command is {VERSION}.")
    return Finding("versions", "aua_runtime", "ok", f"{VERSION}, carried with the router")


def _package(name: str) -> Finding:
    try:
        return Finding("versions", name, "ok", version(name))
    except PackageNotFoundError:
        if name in FASTER:
            return Finding("versions", name, "warning", f"`{name}` is not installed; the router runs without it, but slower.")
        return Finding("versions", name, "error", f"`{name}` is not installed; the router needs it.")


def _settings(patient: Patient) -> Finding:
    mounted = patient.environment.get(SETTINGS_FOLDER)
    file = patient.package / "settings.json"
    if mounted and (Path(mounted) / "settings.json").is_file():
        file = Path(mounted) / "settings.json"
    try:
        structure = orjson.loads(file.read_bytes()).get("structure")
    except (OSError, orjson.JSONDecodeError, AttributeError) as error:
        return Finding("versions", "settings.json", "error", f"{file} cannot be read as settings: {error}.")
    if structure != patient.structure:
        return Finding("versions", "settings.json", "error", f"{file} belongs to other code than {patient.package} holds.")
    return Finding("versions", "settings.json", "ok", f"{file} belongs to this code")
