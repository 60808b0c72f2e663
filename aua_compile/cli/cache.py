"""What compiles made, in the user's cache folder: a compile of the same inputs takes it from there (docs/decisions/0027).

Nothing there is trusted to be current. An entry names all that it was made from, and counts only where that is the same now: the texts of
the project, read again by the reader that a compile uses, the choices, and every file of the compiler. One that is torn, that another user
owns or another version wrote is as if it were not there; a folder that cannot be written is no finding.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import suppress
from hashlib import sha256
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from aua_compile.artifact import Artifact
from aua_compile.checked import Checked
from aua_compile.choices import Choices
from aua_compile.diagnostic import Diagnostic, Fix, Related, Remedy, Setting
from aua_compile.frozen import dataclass
from aua_compile.shipped import shipped
from aua_compile.source import Folder, Source
from aua_compile.span import Span

MOST_BYTES = 64 * 2**20
LARGEST_ENTRY = MOST_BYTES // 4

_RECORDS = {record.__name__: record for record in (Diagnostic, Fix, Related, Remedy, Setting, Span)}
_DIGEST_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Made:
    """What a project compiles to: its artifacts, what was found on the way, and where it parts from its lock."""

    artifacts: tuple[Artifact, ...]
    findings: tuple[Diagnostic, ...]
    unlocked: tuple[Diagnostic, ...]


class Watched:
    """The files of a folder, and what was asked of them: texts by their paths (None: unreadable), and whether something is there."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.prefix = folder.prefix
        self.texts: dict[str, str | None] = {}
        self.looked_for: dict[str, bool] = {}

    def read(self, path: str) -> Checked[Source]:
        found = self.folder.read(path)
        self.texts[path] = found.value.text if found.value is not None else None
        return found

    def has(self, path: str) -> bool:
        self.looked_for[path] = found = self.folder.has(path)
        return found


class Entry:
    """The place of what one config gives with certain choices."""

    def __init__(self, file: Path, files: Watched, compiler: str) -> None:
        self.file, self.files, self.compiler = file, files, compiler

    @classmethod
    def of(cls, choices: Choices, *, locked: bool) -> "Entry | None":
        """None where nothing is kept: the user has no place for it, or the config is no file."""
        typed, folder = Path(choices.config), _cache_folder()
        prefix = "" if typed.parent == Path() else f"{typed.parent.as_posix().rstrip('/')}/"
        try:
            if folder is None or not typed.is_file():
                return None
            asked = (os.path.realpath(typed.parent), choices.config, choices.tier, choices.env, choices.settings, locked)
            name = sha256(json.dumps(asked).encode()).hexdigest()
            return cls(folder / name, Watched(Folder(typed.parent, prefix)), _compiler())
        except OSError:  # the compile says what is in the way
            return None

    def recall(self, sources: MutableMapping[str, Source]) -> Made | None:
        """What was kept, if it is what a compile would give now; `sources` then receives the files that it was made from."""
        try:
            header, body = _opened(self.file)
            if header["compiler"] != self.compiler or not self._is_current(header):
                return None
            made = Made(tuple(_cut(header["artifacts"], body)), *(_unpacked(header[name]) for name in ("findings", "unlocked")))
            read = {name: Source(name, text) for name, text in header["sources"].items()}
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None
        sources.update(read)
        with suppress(OSError):
            os.utime(self.file)  # what is used last is kept longest
        return made

    def _is_current(self, header: Mapping[str, Any]) -> bool:
        """Whether all that was read and looked for is as it was."""
        folder = self.files.folder
        return all(folder.has(path) == found for path, found in header["looked_for"].items()) and all(
            (read := folder.read(path).value) is not None and read.text == text for path, text in header["read"].items()
        )

    def keep(self, made: Made, sources: Mapping[str, Source]) -> None:
        """Keep what a compile made from `sources`, in place of what was there, and drop what was not used for longest."""
        texts = [artifact.text.encode() for artifact in made.artifacts]
        header = {
            "compiler": self.compiler,
            "read": self.files.texts,
            "looked_for": self.files.looked_for,
            "sources": {source.name: source.text for source in sources.values()},
            "artifacts": [[artifact.path, artifact.executable, len(text)] for artifact, text in zip(made.artifacts, texts, strict=True)],
            "findings": _packed(made.findings),
            "unlocked": _packed(made.unlocked),
        }
        content = json.dumps(header).encode() + b"\n" + b"".join(texts)
        if len(content) > LARGEST_ENTRY:
            return
        draft = self.file.with_name(f".{os.getpid()}")
        with suppress(OSError):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(sha256(content).hexdigest().encode() + b"\n" + content)
            draft.replace(self.file)
            _make_room(self.file.parent)


def _cache_folder() -> Path | None:
    """Where programs keep for a user what they can make again; None where there is no such place."""
    said, home = (Path(os.environ.get(name, "")) for name in ("XDG_CACHE_HOME", "HOME"))
    root = said if said.is_absolute() else home / ".cache"
    return root / "aua" / "compile" if root.is_absolute() else None


def _compiler() -> str:
    """Which compiler this is: the interpreter, and of every file that may have a say its size and times.

    That is what a build tool takes for an unchanged file; reading 700 files would take longer than what it saves.
    """
    package = Path(__file__).parent.parent
    data = [folder for kind in ("presets", "tiers", "registries", "templates") if not (folder := shipped(kind)).is_relative_to(package)]
    known = sha256(sys.version.encode())
    for root in (package, *data, shipped("runtime"), _reader_of_yaml()):
        for line in sorted(_stated(str(root))):
            known.update(line.encode("utf-8", "surrogateescape"))
    return known.hexdigest()


def _reader_of_yaml() -> Path:
    spec = PathFinder.find_spec("yaml")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("yaml")
    return Path(spec.origin).parent


def _stated(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _stated(entry.path)
            else:
                status = entry.stat()
                yield f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0"


def _opened(file: Path) -> tuple[dict[str, Any], memoryview]:
    """Header and body of an entry that is whole and the user's own; ValueError where it is neither."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb") as opened:
        status = os.fstat(opened.fileno())
        content = opened.read(LARGEST_ENTRY + 1) if status.st_uid == os.geteuid() else b""
    whole = memoryview(content)[_DIGEST_LENGTH + 1 :]
    if sha256(whole).hexdigest().encode() != content[:_DIGEST_LENGTH]:
        raise ValueError("torn")
    end = content.index(b"\n", _DIGEST_LENGTH + 1)
    return json.loads(content[_DIGEST_LENGTH + 1 : end]), memoryview(content)[end + 1 :]


def _cut(listed: list[tuple[str, bool, int]], body: memoryview) -> Iterator[Artifact]:
    """The artifacts that lie in a body one after the other."""
    at = 0
    for path, executable, length in listed:
        yield Artifact(path, str(body[at : at + length], "utf-8"), executable)
        at += length


def _make_room(folder: Path) -> None:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: -entry.stat(follow_symlinks=False).st_mtime_ns)
    kept = 0
    for entry in found:
        kept += entry.stat(follow_symlinks=False).st_size
        if kept > MOST_BYTES:
            Path(entry).unlink()


def _packed(value: Any) -> Any:
    """Findings as JSON can hold them: a record as its name and its values."""
    if isinstance(value, tuple):
        return [_packed(each) for each in value]
    name = type(value).__name__
    return {name: [_packed(getattr(value, field)) for field in value.__slots__]} if name in _RECORDS else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(each) for each in value)
    if isinstance(value, dict):
        [(name, values)] = value.items()
        return _RECORDS[name](*map(_unpacked, values))
    return value
