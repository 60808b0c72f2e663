"""Which projects a file belongs to, and what the compiler says of a project."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from aua_compile.bundle import LONGEST_EXTENDS, Choices, read
from aua_compile.cli.lsp.documents import Unsaved, real, says_config
from aua_compile.compiler import configured, decided
from aua_compile.config.resolve import Resolved
from aua_compile.diagnostic import Diagnostic
from aua_compile.editor.position import Buffer
from aua_compile.editor.sketch import sketch
from aua_compile.registry.catalog import Catalog
from aua_compile.source import BYTE_LIMIT, Source, read_source

MOST_NEIGHBOURS = 200
"""Files of one folder that are looked at for an `extends`."""

MOST_FILES = 500
"""Files of a project that a path is completed from."""

DEEPEST_FOLDER = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A project: its config, and the name of the environment whose file lies over it."""

    config: Path
    env: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the compiler says of a project. `members` are the real paths of its files."""

    key: Key
    findings: tuple[Diagnostic, ...]
    resolved: Resolved | None
    sources: Mapping[str, Source]
    members: frozenset[Path]


def analysed(key: Key, unsaved: Unsaved, catalog: Catalog) -> Analysis:
    """Read a project with an editor's texts over its files, and compile it as far as its plan."""
    sources: dict[str, Source] = {}
    checked = read(Choices(str(key.config), env=key.env), sources, unsaved).then(lambda bundle: configured(bundle, catalog))
    whole = checked.then(decided)
    members = frozenset(real(Path(name)) for name in sources if Path(name).is_absolute())
    return Analysis(key, tuple(dict.fromkeys(whole.diagnostics)), checked.value, sources, members | {real(key.config)})


def owners(path: Path, unsaved: Unsaved, *, is_config: bool, depth: int = LONGEST_EXTENDS) -> Iterator[Key]:
    """The projects that a file is part of: that of which it is an environment, those that extend it, else itself."""
    base = _base_of(path, unsaved)
    if base is not None:
        yield Key(*base)
        return
    above = [other for other in _neighbours(path) if real(other) != real(path) and _extends(other, path, unsaved)]
    if depth and above:
        for other in above:
            yield from owners(other, unsaved, is_config=True, depth=depth - 1)
    elif is_config:
        yield Key(path)


def _base_of(path: Path, unsaved: Unsaved) -> tuple[Path, str] | None:
    """The config and the environment's name, if `path` is `<stem>.<name>.yaml` beside a config `<stem>.yaml`."""
    stem, dot, env = path.stem.rpartition(".")
    if not dot or not stem or not env:
        return None
    base = path.with_name(stem + path.suffix)
    text = _text(base, unsaved)
    return (base, env) if text and says_config(text, sketch(Buffer.of(text))) else None


def _neighbours(path: Path) -> Iterator[Path]:
    """Configs that could extend a file: an `extends` names a file in the config's own folder or below."""
    for folder in list(path.parents)[:DEEPEST_FOLDER]:
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if entry.name.endswith((".yaml", ".yml")))
        except OSError:
            continue
        yield from (folder / name for name in names[:MOST_NEIGHBOURS])


def _extends(other: Path, path: Path, unsaved: Unsaved) -> bool:
    text = _text(other, unsaved)
    if text is None or "extends" not in text:
        return False
    named = sketch(Buffer.of(text)).child_text("extends")
    return bool(named) and real(other.parent / named) == real(path)


def _text(path: Path, unsaved: Unsaved) -> str | None:
    """A file's text as the editor or the disk has it; None where it is no readable file."""
    if str(path) in unsaved:
        return unsaved[str(path)].text
    try:
        if not (S_ISREG(path.stat().st_mode) and path.stat().st_size <= BYTE_LIMIT):
            return None
    except (OSError, ValueError):
        return None
    source = read_source(path, path.parent, str(path)).value
    return source.text if source else None


def files_of(config: Path) -> tuple[str, ...]:
    """The files of a project that a key may name, relative to it; not those in hidden or very deep folders."""
    return tuple(sorted(_below(config.parent, config.parent, DEEPEST_FOLDER)))[:MOST_FILES]


def _below(folder: Path, root: Path, depth: int) -> Iterable[str]:
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if not entry.name.startswith(".")][:MOST_FILES]
    except OSError:
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from _below(folder / entry.name, root, depth - 1)
        elif entry.name.endswith((".yaml", ".yml", ".txt", ".md")):
            yield (folder / entry.name).relative_to(root).as_posix()
