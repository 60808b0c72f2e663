"""`aua explain`: where a line of an artifact comes from; what a key means, who set it and what it reaches; what a code is about."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Argument, Option

from aua_compile.cli.exits import refuse
from aua_compile.cli.options import EnvOption, Format, JsonOption, SetOption, TierOption
from aua_compile.cli.words import words

if TYPE_CHECKING:
    from aua_compile.bundle import Choices
    from aua_compile.cli.made_from import MadeFrom
    from aua_compile.provenance.inputs import Inputs
    from aua_compile.provenance.model import InProject, Place, Use

SCHEMA_VERSION = "1.0"
"""Of the JSON form; `schemas/explanation.json` describes it."""

CODE = re.compile(r"AUA\d{4}")
PLACE = re.compile(r"(.+?):(\d{1,9})(?::\d+)?", re.DOTALL)


def run(
    what: Annotated[
        str,
        Argument(
            metavar="FILE:LINE|KEY|FIELD|CODE",
            help="A line of an artifact, a config key, a field of the plan, or a code.",
            autocompletion=words("key or code"),
        ),
    ],
    config: Annotated[
        str | None, Option("--config", "-c", metavar="CONFIG", help="The config; without it the one that the folder was made from.")
    ] = None,
    *,
    output: Annotated[str, Option("-o", "--output", metavar="DIR", help="The folder with the artifacts.")] = "deploy",
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Explain a line, a config key, a plan field or a code. The line is one of an artifact, the code that of a finding.

    Example: aua explain deploy/compose/compose.yaml:41

    Example: aua explain specialists.swe.port --config coding.yaml
    """
    if CODE.fullmatch(what.upper()):
        _code(what.upper(), json=json)
        return
    wanted = (config, tier, env, tuple(settings or ()))
    place = PLACE.fullmatch(what)
    if place is not None:
        _place(Path(place[1]), int(place[2]), wanted, json=json)
    else:
        _named(what, Path(output), wanted, json=json)


def _code(code: str, *, json: bool) -> None:
    from aua_compile.cli.looks import room_of
    from aua_compile.codes import CODES, WIDEST, explain
    from aua_compile.config.mistakes import nearest

    if code not in CODES:
        near = nearest(code, CODES)
        refuse("explain", f"there is no code {code}" + (f"; did you mean {near}?" if near else ""))
    width = WIDEST if json else min(WIDEST, room_of(sys.stdout, os.environ, WIDEST))
    text = explain(code, width) or ""
    _write({"schema_version": SCHEMA_VERSION, "code": code, "text": text} if json else text.splitlines())


def _place(file: Path, number: int, wanted: tuple[str | None, str | None, str | None, tuple[str, ...]], *, json: bool) -> None:
    from aua_compile.cli.explanation import place_text
    from aua_compile.cli.made_from import choices_of, folder_of, made_from
    from aua_compile.config.mistakes import nearest, shown

    if not file.is_file():
        refuse("explain", f"there is no file {shown(str(file))}")
    root = folder_of(file)
    if root is None:
        refuse("explain", f"{file} lies in no folder that `aua compile` wrote: there is no aua.manifest.json above it")
    folder = made_from(root)
    path = file.absolute().relative_to(root).as_posix()
    if path not in {*folder.files, *folder.ejected} and path != "aua.manifest.json":
        near = nearest(path, folder.files)
        refuse("explain", f"{file} is not one of the files that aua wrote into {root.name}/" + (f"; did you mean {near}?" if near else ""))
    lines = file.read_bytes().decode("utf-8", "replace").splitlines()
    if not 1 <= number <= len(lines):
        refuse("explain", f"{file} has {len(lines)} lines" if number else "lines count from 1")
    place = _explained(file, path, number, lines, folder, choices_of(folder, *wanted), json=json)
    _write(_plain(place) if json else place_text(place))


def _explained(file: Path, path: str, number: int, lines: list[str], folder: "MadeFrom", choices: "Choices", *, json: bool) -> "Place":
    from aua_compile.manifest import MANIFEST, digest_of
    from aua_compile.provenance.emission import Emission
    from aua_compile.provenance.line import explained
    from aua_compile.provenance.lines import counterpart
    from aua_compile.provenance.model import Line, Place

    config, content = choices.config, lines[number - 1]
    if path == MANIFEST:
        named = tuple(name for name in folder.files if f'"{name}"' in content) or ("the plan",)
        return Place(str(file), number, content, "as_written", config, Line(path, number, content, "manifest", (), (), named))
    inputs = _inputs(choices, json=json)
    state = _state(folder, path, digest_of(file.read_bytes()))
    try:
        emission = Emission(inputs.made, path, inputs.fields)
    except KeyError:
        return Place(str(file), number, content, state, config, None)
    if tuple(lines) == emission.lines and state != "ejected":
        with _trying(json=json):
            return Place(str(file), number, content, "as_written", config, explained(emission, number - 1, inputs))
    same, instead = counterpart(lines, emission.lines, number - 1)
    with _trying(json=json):
        line: Line | None = None if same is None else explained(emission, same, inputs)
    there = tuple(emission.lines[at] for at in instead)
    return Place(str(file), number, content, state, config, line, there)


def _state(folder: "MadeFrom", path: str, digest: str) -> Literal["edited", "stale", "ejected"]:
    """Why a file may differ from what the config gives."""
    if path in folder.ejected:
        return "ejected"
    return "stale" if digest == folder.files[path] else "edited"


def _named(what: str, output: Path, wanted: tuple[str | None, str | None, str | None, tuple[str, ...]], *, json: bool) -> None:
    """A key of the config, or a field of the plan."""
    from aua_compile.cli.explanation import field_text, key_text
    from aua_compile.cli.made_from import choices_of, made_from
    from aua_compile.config.declare import walk
    from aua_compile.config.mistakes import nearest, shown
    from aua_compile.config.model import Config
    from aua_compile.reference import declared_at

    folder = made_from(output) if (output / "aua.manifest.json").is_file() else None
    choices = choices_of(folder, *wanted) if folder is not None or wanted[0] is not None else None
    shown_in = output if folder is not None else None
    entry = declared_at(what)
    if entry is not None:
        answer = _key(what, entry, choices, shown_in, json=json)
        _write(_plain(answer) if json else key_text(answer))
        return
    if choices is not None and (found := _field(what, choices, shown_in, json=json)) is not None:
        _write(_plain(found) if json else field_text(found))
        return
    near = nearest(what, [at for at, _ in walk(Config)])
    known = "no key and no field of the plan" if choices is not None else "no key"
    refuse("explain", f"there is {known} {shown(what)}" + (f"; did you mean {near}?" if near else ""))


def _key(path: str, entry: Any, choices: "Choices | None", shown_in: Path | None, *, json: bool) -> Any:
    from aua_compile.provenance.key import key_in_project
    from aua_compile.provenance.model import KeyAnswer, Meaning
    from aua_compile.reference import accepts, default_of

    key = entry.key
    meaning = Meaning(accepts(key.kind), default_of(entry).strip("`"), key.higher, key.lower, key.what, key.how, key.since)
    here: InProject | None = None
    if choices is not None and not {"[]", "<name>"} & {*re.split(r"\.|(?=\[\])", path)}:
        inputs = _inputs(choices, json=json)
        with _trying(json=json):
            here = key_in_project(inputs, choices.config, path)
        if here is None:
            refuse("explain", f"{choices.config} has nothing at {path}")
        here = _replaced(here, shown_in)
    return KeyAnswer(path, key.doc, meaning, here)


def _field(name: str, choices: "Choices", shown_in: Path | None, *, json: bool) -> Any:
    from aua_compile.provenance.key import field_of_plan

    inputs = _inputs(choices, json=json)
    with _trying(json=json):
        answer = field_of_plan(inputs, choices.config, name)
    return None if answer is None else _replaced(answer, shown_in)


def _replaced(answer: Any, folder: Path | None) -> Any:
    """An answer whose lines are named as they lie below `folder`."""
    from dataclasses import replace

    lines: tuple[Use, ...] = answer.lines
    if folder is None:
        return answer
    return replace(answer, lines=tuple(replace(use, path=(folder / use.path).as_posix()) for use in lines))


def _inputs(choices: "Choices", *, json: bool) -> "Inputs":
    """The project compiled, with all that can be changed in it."""
    from aua_compile.cli.project import Project
    from aua_compile.compiler import configured, planned
    from aua_compile.provenance.inputs import Inputs

    project = Project(choices, Format.JSON if json else Format.TEXT)
    made = project.certain(project.through(planned))
    return Inputs(project.certain(project.through(configured)), made)


def _trying(*, json: bool) -> AbstractContextManager[None]:
    """While values are changed one by one."""
    from aua_compile.cli.looks import working

    return working("compiling with one value changed at a time", shows=not json)


def _plain(answer: Any) -> dict[str, Any]:
    from aua_compile.plan.digest import plain

    return {"schema_version": SCHEMA_VERSION, **plain(answer)}


def _write(value: dict[str, Any] | Iterator[str] | list[str]) -> None:
    if isinstance(value, dict):
        from aua_compile.cli.output import as_json

        sys.stdout.write(as_json(value))
    else:
        sys.stdout.write("\n".join(value).rstrip("\n") + "\n")
