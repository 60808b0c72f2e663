"""Which config a written folder was made from, and with which options; a folder that says nothing of it is no error here."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from json import loads
from pathlib import Path

from aua_compile.bundle import Choices
from aua_compile.cli.exits import Exit, refuse
from aua_compile.manifest import MANIFEST, Unreadable, read_manifest
from aua_compile.shipped import names

COMMAND = "explain"


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The folder, the digests of what was written into it and of what was handed over since, and the words of the command that wrote it."""

    root: Path
    files: Mapping[str, str]
    ejected: Mapping[str, str]
    command: tuple[str, ...]


def folder_of(file: Path) -> Path | None:
    """The nearest folder above a file that `aua compile` wrote."""
    return next((folder for folder in file.absolute().parents if (folder / MANIFEST).is_file()), None)


def made_from(root: Path) -> MadeFrom:
    """What a written folder says of itself."""
    manifest = read_manifest((root / MANIFEST).read_bytes())
    if isinstance(manifest, Unreadable):
        refuse(COMMAND, f"{_shown(root / MANIFEST)} says nothing: {manifest.reason}", Exit.ENVIRONMENT)
    try:
        command = loads((root / "plan.json").read_bytes())["project"]["command"]
        words = tuple(shlex.split(command))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        words = ()
    return MadeFrom(root, manifest.files, manifest.ejected, words)


def choices_of(folder: MadeFrom | None, config: str | None, tier: str | None, env: str | None, settings: tuple[str, ...]) -> Choices:
    """What to compile: what the command line says, and of what it leaves out, what the folder was made with."""
    made = _options(folder.command if folder else ())
    if config is None:
        if folder is None or made.config == "":
            refuse(COMMAND, "it is not known which config to look at: give it with --config")
        config = _found(made.config, folder.root)
    elif Path(config).name != made.config:
        return Choices(config, tier, env, settings)
    return Choices(config, tier or made.tier, env or made.env, settings or made.settings)


def _options(words: tuple[str, ...]) -> Choices:
    """The config and options in the words of a command; an empty config where they are none of `aua compile`."""
    if words[:2] != ("aua", "compile") or not words[2:]:
        return Choices("")
    pairs = list(zip(words[3::2], words[4::2], strict=False))
    given = dict(pairs)
    return Choices(words[2], given.get("--tier"), given.get("--env"), tuple(value for option, value in pairs if option == "--set"))


def _found(name: str, root: Path) -> str:
    """Where a config lies that a folder was made from: here, beside the folder, or above it; or a shipped preset of that name."""
    for folder in (Path(), *(above for above in root.parents[:3])):
        if (folder / name).is_file():
            return _shown(folder / name)
    if name in names("presets"):
        return name
    return refuse(COMMAND, f"{_shown(root)} was made from {name}, which is neither here nor beside it: give it with --config")


def _shown(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_absolute() and path.is_relative_to(here) else path.as_posix()
