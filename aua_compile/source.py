"""Where text comes from: a file's text, how it is read, and what no text may hold. No other module opens a user's file.

Reading never waits and never trusts: what is no regular file is not opened, no more is read than allowed, links may not leave the project.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from aua_compile import source_rules as rules
from aua_compile.characters import invisible_in_file
from aua_compile.checked import Checked
from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass
from aua_compile.span import Lines, Span

__all__ = ["BYTE_LIMIT", "FINDING_LIMIT", "Files", "Folder", "Source", "as_text", "decoded", "read_source", "refused_characters"]

BYTE_LIMIT = 2**20
"""The most bytes of one file."""

FINDING_LIMIT = 25
"""After so many findings in one file the rest of it is not read."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "it begins as UTF-32 does"),
    (b"\x00\x00\xfe\xff", "it begins as UTF-32 does"),
    (b"\xff\xfe", "it begins as UTF-16 does"),
    (b"\xfe\xff", "it begins as UTF-16 does"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read: its name as it is shown (project-relative, with `/`), and its decoded text."""

    name: str
    text: str


class Files(Protocol):
    """Where the files of one project are read from: a folder, or what else holds files by their paths."""

    @property
    def prefix(self) -> str:
        """What stands before a file's path where it is shown."""

    def read(self, path: str) -> Checked[Source]:
        """The text of a file by its path in the project."""

    def has(self, path: str) -> bool:
        """Whether there is something at a path."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder."""

    root: Path
    prefix: str

    def read(self, path: str) -> Checked[Source]:
        """The text of a file, which must lie in the folder."""
        return read_source(self.root / path, self.root, self.prefix + path)

    def has(self, path: str) -> bool:
        """Whether there is something at a path, a link that leads nowhere too."""
        return os.path.lexists(self.root / path)


def read_source(path: Path, root: Path, shown_as: str, limit: int = BYTE_LIMIT) -> Checked[Source]:
    """The text of the file at `path`, which must lie in the folder `root` after links are followed. A byte order mark is dropped."""
    try:
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(os.path.realpath(root)):
            return Checked(None, (rules.outside_project(shown_as),))
        mode = real.stat().st_mode
        if not stat.S_ISREG(mode):
            return Checked(None, (rules.not_a_file(shown_as, _KINDS.get(stat.S_IFMT(mode), "something else")),))
        data, size = _bytes(real, limit)
    except (FileNotFoundError, NotADirectoryError):
        return Checked(None, (rules.missing_file(shown_as, _neighbours(path)),))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return Checked(None, (rules.unreadable(shown_as, getattr(error, "strerror", None) or "its name is no file name"),))
    if size > limit:
        return Checked(None, (rules.too_large(shown_as, size, limit),))
    return decoded(shown_as, data)


def as_text(source: Source) -> Checked[Source]:
    """A file that is text and nothing else, such as a prompt: with plain line feeds, and refused if it holds what cannot be seen."""
    refused = tuple(refused_characters(source.text, Lines(source.name, source.text)))
    return Checked.of(Source(source.name, source.text.replace("\r\n", "\n")), refused)


def refused_characters(text: str, lines: Lines) -> Iterator[Diagnostic]:
    """What a reviewer cannot see must not be there, comments included: one finding for all tabs, and one for each line with another."""
    tabbed: dict[int, Span] = {}
    others: dict[int, Diagnostic] = {}
    for found in invisible_in_file(text):
        span = lines.span(found.start(), found.end())
        if found.group() == "\t":
            tabbed.setdefault(span.line, span)
        elif span.line not in others:
            if len(others) == FINDING_LIMIT:
                others[0] = rules.too_many_findings(FINDING_LIMIT, span)
                break
            others[span.line] = rules.refused_character(found.group(), "", span)
    if tabbed:
        yield rules.tab(next(iter(tabbed.values())), len(tabbed) - 1)
    yield from others.values()


def _bytes(real: Path, limit: int) -> tuple[bytes, int]:
    """Up to one byte more than the limit, and the file's size. The flags keep what replaced the file meanwhile from being waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(real, flags), "rb") as file:  # noqa: PTH123 - pathlib cannot open with flags
        data = file.read(limit + 1)
        return data, max(len(data), os.fstat(file.fileno()).st_size)


def decoded(name: str, data: bytes) -> Checked[Source]:
    """The text of a file's bytes, which must be UTF-8."""
    for mark, reason in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return Checked(None, (rules.not_utf8(reason, Span.of_file(name)),))
    if (offset := data.find(0)) >= 0:
        return Checked(None, (rules.binary(_at(name, data, offset)),))
    try:
        return Checked(Source(name, data.decode().removeprefix("\ufeff")))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start:,} is 0x{data[error.start]:02X}, which cannot stand there"
        return Checked(None, (rules.not_utf8(reason, _at(name, data, error.start)),))


def _at(name: str, data: bytes, offset: int) -> Span:
    """The place of a byte, in characters as far as those before it in its line are UTF-8."""
    before = data[data.rfind(b"\n", 0, offset) + 1 : offset].decode(errors="replace").removeprefix("\ufeff")
    line, column = data.count(b"\n", 0, offset) + 1, len(before) + 1
    return Span(name, line, column, line, column + 1)


def _neighbours(path: Path) -> list[str]:
    """Names in the same folder that the missing file's was probably meant to be."""
    from difflib import get_close_matches

    try:
        names = sorted(os.listdir(path.parent))[:1000]  # noqa: PTH208 - names, not paths
    except (OSError, ValueError):
        return []
    return get_close_matches(path.name[:100], names, n=3)
