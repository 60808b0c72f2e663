"""A side of `aua diff`: a config, a plan, or the folder of a deployment, as it lies on the disk or as a revision has it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from aua_compile.bundle import Choices
from aua_compile.checked import Checked
from aua_compile.cli.diff import rules
from aua_compile.cli.diff.revision import GitError, Revision, revision
from aua_compile.cli.options import Format
from aua_compile.cli.project import Project
from aua_compile.config.resolve import Resolved
from aua_compile.plan.digest import PLAN_SCHEMA_VERSION
from aua_compile.plan.model import Plan
from aua_compile.source import Source, read_source

T = TypeVar("T")

PLAN = "plan.json"
PLAN_LIMIT = 64 * 2**20
"""The most bytes of a plan: one of a thousand specialists has three million."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: how the user named it, its plan, and of a config what the plan was made from."""

    label: str
    kind: Literal["config", "plan"]
    plan: Plan
    resolved: Resolved | None


@dataclass(frozen=True, slots=True)
class Found:
    """Where a side lies: the project that reads it, or the plan's text."""

    label: str
    project: Project | None
    text: Source | None


def found(side: str, choices: Callable[[str], Choices], style: Format) -> Checked[Found]:
    """What a side names. A file or folder on the disk goes before a revision of the same name."""
    path = Path(side)
    if ":" in side and not _is_there(path):
        return revision(side).then(lambda at: _at_revision(side, *at, choices, style))
    if side and _is_there(path) and path.is_dir():
        if not _is_there(path / PLAN):
            return Checked(None, (rules.no_plan_there(side, _deployments(path)),))
        return _plan_text(path / PLAN).then(lambda text: Checked(Found(side, None, text)))
    if path.suffix == ".json":
        return _plan_text(path).then(lambda text: Checked(Found(side, None, text)))
    return Checked(Found(side, Project(choices(side), style), None))


def _is_there(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # a name too long for the system, or with a NUL
        return False


def _at_revision(side: str, at: Revision, name: str, choices: Callable[[str], Choices], style: Format) -> Checked[Found]:
    try:
        if at.is_folder(name):
            inside = replace(at, folder=f"{at.folder}/{name}".strip("/").removesuffix("."))
            if not inside.has(PLAN):
                return Checked(None, (rules.no_plan_there(side, ()),))
            return inside.read_within(PLAN, PLAN_LIMIT).then(lambda text: Checked(Found(side, None, text)))
        if name.endswith(".json"):
            return at.read_within(name, PLAN_LIMIT).then(lambda text: Checked(Found(side, None, text)))
    except GitError as error:
        return Checked(None, (rules.no_repository(side, str(error)),))
    return Checked(Found(side, Project(choices(name), style, files=at), None))


def _plan_text(path: Path) -> Checked[Source]:
    return read_source(path, path.parent, path.as_posix(), PLAN_LIMIT)


def _deployments(folder: Path) -> list[str]:
    """Folders below that hold a plan."""
    return [child.as_posix() for child in sorted(folder.iterdir()) if (child / PLAN).is_file()][:3]


def plan_of(source: Source) -> Checked[Plan]:
    """The plan in a file's text, or why it is none."""
    from aua_compile.plan.load import plan_of as load

    try:
        document = json.loads(source.text)
    except (ValueError, RecursionError):
        return Checked(None, (rules.not_a_plan(source.name, "it is not JSON"),))
    if not isinstance(document, dict) or "schema_version" not in document:
        return Checked(None, (rules.not_a_plan(source.name, "it states no schema version"),))
    if document["schema_version"] != PLAN_SCHEMA_VERSION:
        return Checked(None, (rules.other_version(source.name, document["schema_version"], PLAN_SCHEMA_VERSION),))
    try:
        return Checked(load(source.text))
    except ValueError as error:
        return Checked(None, (rules.not_a_plan(source.name, _first_words(error)),))


def _first_words(error: ValueError) -> str:
    """What is wrong in one line; of many faults of form the first."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"`{'.'.join(map(str, first['loc']))}`: {first['msg'][0].lower()}{first['msg'][1:]}"
    return str(error)
