"""The files of a project at a revision, as git has them. Nothing is checked out and nothing is fetched."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import dirname, join, normpath

from aua_compile import source_rules
from aua_compile.checked import Checked
from aua_compile.cli.diff import rules
from aua_compile.source import BYTE_LIMIT, Source, decoded

_QUIET: Mapping[str, str] = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_LONGEST_S = 30.0
_FILE, _LINK, _FOLDER, _SUBMODULE = "100", "120000", "040000", "160000"
_KINDS = {_LINK: "a link at that revision", _FOLDER: "a folder", _SUBMODULE: "another repository at that revision"}


class GitError(Exception):
    """git is not there, or did not do what it was asked; the text is its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a revision has at a path: its mode, its object, and of a file its size."""

    mode: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Revision:
    """The files of one folder of a revision; `word` is how the user wrote the revision, `here` the current folder in the repository."""

    word: str
    commit: str
    folder: str
    here: str

    @property
    def prefix(self) -> str:
        """What stands before a file's path where it is shown."""
        return f"{self.word}:{self.folder}/" if self.folder else f"{self.word}:"

    def read(self, path: str) -> Checked[Source]:
        """The text of a file of the folder."""
        return self.read_within(path, BYTE_LIMIT)

    def read_within(self, path: str, limit: int) -> Checked[Source]:
        """The text of a file of the folder that has at most so many bytes."""
        shown_as = self.prefix + path
        try:
            return self._read(normpath(join(self.folder, path)), shown_as, limit)
        except GitError as error:
            return Checked(None, (source_rules.unreadable(shown_as, str(error)),))

    def _read(self, whole: str, shown_as: str, limit: int) -> Checked[Source]:
        if whole.startswith(("..", "/")) or not whole.startswith(f"{self.folder}/" if self.folder else ""):
            return Checked(None, (source_rules.outside_project(shown_as),))
        found = self.entry(whole)
        if found is None:
            way = self._stopped_at(whole)
            if way is not None:
                return Checked(None, (source_rules.not_a_file(f"{self.word}:{way[0]}", way[1]),))
            missing = source_rules.missing_file(shown_as, self._neighbours(whole))
            if self.here and self.entry(normpath(join(self.here, whole))) is not None:
                advice = f"After a revision paths begin at the repository's root; write `{self.word}:./{whole}` for the one here."
                missing = replace(missing, help=advice)
            return Checked(None, (missing,))
        if not found.mode.startswith(_FILE):
            return Checked(None, (source_rules.not_a_file(shown_as, _KINDS.get(found.mode, "something else")),))
        if found.size > limit:
            return Checked(None, (source_rules.too_large(shown_as, found.size, limit),))
        return decoded(shown_as, git("cat-file", "blob", found.name))

    def has(self, path: str) -> bool:
        """Whether the folder has something at a path."""
        return self.entry(normpath(join(self.folder, path))) is not None

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder at a path."""
        if normpath(join(self.folder, path)) == ".":
            return True
        found = self.entry(normpath(join(self.folder, path)))
        return found is not None and found.mode == _FOLDER

    def entry(self, path: str) -> Entry | None:
        """What the revision has at a path from the repository's root."""
        for line in git("ls-tree", "-z", "-l", "--full-tree", self.commit, "--", path).split(b"\0"):
            facts, _, name = line.decode(errors="surrogateescape").partition("\t")
            if name == path:
                mode, _, sha, size = facts.split()
                return Entry(mode, sha, int(size) if size.isdigit() else 0)
        return None

    def _stopped_at(self, path: str) -> tuple[str, str] | None:
        """The part of a path behind which git has nothing, because it is a link or another repository."""
        while path := dirname(path):
            found = self.entry(path)
            if found is not None:
                return (path, _KINDS[found.mode]) if found.mode in {_LINK, _SUBMODULE} else None
        return None

    def _neighbours(self, path: str) -> list[str]:
        """Names in the same folder that the missing file's was probably meant to be."""
        from difflib import get_close_matches

        folder, _, name = path.rpartition("/")
        try:
            listed = git("ls-tree", "-z", "--name-only", "--full-tree", f"{self.commit}:{folder}").decode(errors="replace").split("\0")
        except GitError:
            return []
        return get_close_matches(name[:100], listed[:1000], n=3)


def revision(side: str) -> Checked[tuple[Revision, str]]:
    """The revision that `REVISION:PATH` names, and the path from the repository's root. `./` and `../` begin at the current folder."""
    word, _, path = side.partition(":")
    try:
        at = git("rev-parse", "--show-prefix").decode(errors="surrogateescape").strip("\n")
    except GitError as error:
        return Checked(None, (rules.no_repository(side, str(error)),))
    try:
        commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}").decode().strip()
    except GitError:
        return Checked(None, (rules.unknown_revision(side, word),))
    whole = normpath(join(at, path)) if path.startswith(("./", "../")) or path in {".", ".."} else normpath(path or ".")
    if whole.startswith(("../", "/")) or whole == "..":
        return Checked(None, (source_rules.outside_project(side),))
    folder, _, name = whole.rpartition("/")
    return Checked((Revision(word, commit, folder, at), name))


def git(*arguments: str) -> bytes:
    """What git prints. Raises GitError with its words where it cannot do it, is not installed, or takes too long."""
    try:
        ran = subprocess.run(
            ("git", "--literal-pathspecs", *arguments),  # noqa: S607 - git of PATH, with words that it cannot take for options
            env={**os.environ, **_QUIET},
            cwd=Path.cwd(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LONGEST_S,
        )
    except FileNotFoundError:
        raise GitError("the command git is not installed") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"it did not answer within {_LONGEST_S:g} s") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL among the words
        raise GitError(getattr(error, "strerror", None) or "that is no word for it") from None
    if ran.returncode != 0:
        said = ran.stderr.decode(errors="replace").strip().split("\n")[0]
        outside = "not a git repository" in said
        raise GitError(
            "this folder lies in no repository" if outside else said.removeprefix("fatal: ").rstrip(".") or "it has no such thing"
        )
    return ran.stdout
