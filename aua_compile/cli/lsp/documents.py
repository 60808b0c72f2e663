"""Files that an editor has open: their texts as typed, and which of them are configs."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from aua_compile.config.model import Config
from aua_compile.editor.position import Buffer
from aua_compile.editor.sketch import Part, sketch
from aua_compile.registry.model import AcceleratorFacts, EngineFacts, FieldFacts, ModelFacts, TierFacts
from aua_compile.shipped import Kind, shipped
from aua_compile.source import Source

CONFIG_NAMES = re.compile(r"(.+\.)?aua\.ya?ml")
MODELINE = re.compile(r"^#\s*yaml-language-server:\s*\$schema=\S*config\.schema\.json\s*$", re.MULTILINE)
SHIPPED_BLOCKS: dict[Kind, type] = {
    "presets": Config,
    "tiers": TierFacts,
    "models": ModelFacts,
    "fields": FieldFacts,
    "accelerators": AcceleratorFacts,
    "engines": EngineFacts,
}


@dataclass(slots=True)
class Document:
    """An open file. `path` is absent for one that was never saved; `block` declares its keys if it is a shipped file."""

    uri: str
    path: Path | None
    version: int
    buffer: Buffer
    block: type | None
    outlined: tuple[Buffer, Part] | None = None

    @property
    def outline(self) -> Part:
        """The outline of the text as it is now."""
        if self.outlined is None or self.outlined[0] is not self.buffer:
            self.outlined = (self.buffer, sketch(self.buffer))
        return self.outlined[1]

    @property
    def is_config(self) -> bool:
        """Whether its own text or name says that it is one of our configs."""
        named = self.path is not None and CONFIG_NAMES.fullmatch(self.path.name) is not None
        return named or says_config(self.buffer.text, self.outline)


class Unsaved(Mapping[str, Source]):
    """Texts of open files, by any name of theirs: what an editor holds goes before what is in the file."""

    def __init__(self, texts: Mapping[Path, str]) -> None:
        self.texts = texts

    def __getitem__(self, name: str) -> Source:
        try:
            path = real(Path(name))
        except ValueError:
            raise KeyError(name) from None
        return Source(name, self.texts[path].removeprefix("\ufeff"))

    def __iter__(self) -> Iterator[str]:
        return map(str, self.texts)

    def __len__(self) -> int:
        return len(self.texts)


def says_config(text: str, outline: Part) -> bool:
    """Whether a text is a config of ours by what it says: the language's version, or our schema in its first comment."""
    return outline.child("config_version") is not None or MODELINE.search(text[:2000]) is not None


def opened(uri: str, version: int, text: str) -> Document:
    """A file as an editor opens it."""
    path = path_of(uri)
    return Document(uri, path, version, Buffer.of(text), None if path is None else _shipped_block(path))


def path_of(uri: str) -> Path | None:
    """The file that an address names; None where it is no file."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "file":
            return None
        path = Path(url2pathname(unquote(parts.path, errors="surrogateescape") if os.name != "nt" else parts.path))
        return path if path.is_absolute() and "\0" not in str(path) else None
    except ValueError:
        return None


def real(path: Path) -> Path:
    """A path with its links followed, by which files are told apart."""
    return Path(os.path.realpath(path))


def _shipped_block(path: Path) -> type | None:
    """What declares the keys of a file that comes with the compiler."""
    folder = real(path).parent
    return next((block for kind, block in SHIPPED_BLOCKS.items() if folder == real(shipped(kind))), None)
