"""Every path of a config names a file inside the project."""

from collections.abc import Iterator
from dataclasses import replace

from aua_compile.config.mistakes import shown
from aua_compile.config.model.routing import PROMPT_USES
from aua_compile.config.named import outside_project
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10))})
"""Names that Windows gives to devices, with any extension and in any folder."""


def path_names_no_file(subject: Subject, key: str, path: str) -> Diagnostic:
    """A path that names no file.

    What it checks: the last part of a path is a file's name: not empty, `.` or `..`, not `:memory:`, and not a device such as `nul`.
    Why: a folder or a device cannot hold what the key is for, and state in memory would be lost with every restart.
    Example: `state: {path: "state/"}`.
    Instead: `state: {path: state/aua.db}`.
    """
    place = subject.place(key)
    return Diagnostic(
        "AUA0274",
        "error",
        f"`{place.path}` is {shown(path)}, which names no file.",
        place.span,
        place.path,
        "Give the path of a file inside the project.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for key, path in _paths(subject):
        place = subject.place(key)
        outside = outside_project(place.path, path, place.span)
        if outside is not None:
            yield replace(outside, path=place.path)
        elif _names_no_file(path):
            yield path_names_no_file(subject, key, path)


def _paths(subject: Subject) -> Iterator[tuple[str, str]]:
    """Path-typed keys that some layer gives; `extends` was followed, and judged, when the project was read."""
    config = subject.config
    if subject.says("state.path"):
        yield "state.path", config.state.path
    if config.api.management.socket is not None:
        yield "api.management.socket", config.api.management.socket
    for use in PROMPT_USES:
        path = getattr(config.prompts, f"{use}_template_path")
        if path is not None:
            yield f"prompts.{use}_template_path", path


def _names_no_file(path: str) -> bool:
    parts = path.split("/")
    return parts[-1].strip() in {"", ".", "..", ":memory:"} or any(part.split(".")[0].rstrip().lower() in DEVICES for part in parts)
