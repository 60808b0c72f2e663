"""State has a folder of its own."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def state_without_folder(subject: Subject, path: str) -> Diagnostic:
    """A state file beside everything else.

    What it checks: `state.path` names a file in a folder below the working folder.
    Why: containers mount the state's volume over that folder; without one it would cover the router itself.
    Example: `state: {path: aua.db}`.
    Instead: `state: {path: state/aua.db}`.
    """
    place = subject.place("state.path")
    return Diagnostic(
        "AUA0299",
        "error",
        f"`state.path` is `{path}`, which lies in no folder.",
        place.span,
        place.path,
        "Put it into a folder, such as `state/aua.db`.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    path = subject.config.state.path
    folders = [part for part in path.split("/")[:-1] if part not in {"", "."}]
    if subject.config.state.backend == "sqlite" and not folders and ":" not in path and path not in {".", ".."}:
        yield state_without_folder(subject, path)
