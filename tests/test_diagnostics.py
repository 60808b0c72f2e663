"""The gallery of findings: what a person who makes the mistake sees, for every code.

A case is a folder `golden/diagnostics/<CODE>` or `<CODE>-<what>` with the project's files, the words after `aua` in `args` if they are not
`compile config.yaml`, and what is then shown in `expected.txt`. `--update-golden` rewrites the latter.
"""

import errno
import io
import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aua_compile.attest.statement import STATEMENT
from aua_compile.bundle import Choices, read
from aua_compile.cli.app import app
from aua_compile.cli.diff import revision
from aua_compile.codes import CODES
from aua_compile.compiler import compiled
from aua_compile.disk import apply, exchange, lock
from aua_compile.manifest import MANIFEST, digest_of
from aua_compile.migration import chain
from aua_compile.migration.tree import Tree
from aua_compile.registry.catalog import Catalog
from aua_compile.source import BYTE_LIMIT

GALLERY = Path(__file__).parents[1] / "golden" / "diagnostics"
CASES = sorted(folder.name for folder in GALLERY.iterdir())
EXPECTED = "expected.txt"

LISTED = ("  + ", "  … and ", "deploy: ", "plan ")
"""How lines about written files and their plan begin. They are left out: they are no part of a finding."""

MANY = "".join(
    f"  - {{name: s{number}, field: law, model: far, backend: openai, host: s{number}.example.org, port: 443}}\n" for number in range(2001)
)
MADE = {
    "AUA0104": {"config.yaml": "#" * (BYTE_LIMIT + 1)},
    "AUA0760": {
        "config.yaml": 'config_version: "1.0"\nproject: {name: school}\nprofile: local-dev\ntier: single-4090\n'
        f"models: {{far: {{id: acme/far, vram_gib: 1}}}}\narbiter: {{enabled: false}}\nspecialists:\n{MANY}"
    },
}
"""Files too large to be kept."""


class Screen(io.TextIOWrapper):
    """What the command writes, on both streams in order. It is no terminal unless a case says so."""

    terminal = False

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return self.terminal


def written(folder: Path) -> Path:
    """The deployment of the case's config, in `deploy`."""
    choices = Choices((folder / "config.yaml").as_posix())
    artifacts = read(choices, {}).then(lambda bundle: compiled(bundle, Catalog())).value
    assert artifacts is not None
    assert apply(artifacts, folder / "deploy").value is not None
    return folder / "deploy"


def changed_file(folder: Path) -> None:
    (written(folder) / "plan.md").write_text("Nothing was decided.\n", encoding="utf-8")


def file_of_another(folder: Path) -> None:
    (written(folder) / "notes.txt").write_text("mine\n", encoding="utf-8")


def changed_file_and_manifest(folder: Path) -> None:
    changed_file(folder)
    manifest = folder / "deploy" / MANIFEST
    said = json.loads(manifest.read_text(encoding="utf-8"))
    said["files"]["plan.md"] = digest_of((folder / "deploy" / "plan.md").read_bytes())
    manifest.write_text(json.dumps(said), encoding="utf-8")


def older_statement(folder: Path) -> None:
    written(folder)
    subject = {"name": "plan.md", "digest": {"sha256": "0" * 64}}
    said = {"_type": STATEMENT, "subject": [subject]}
    (folder / "statement.json").write_text(json.dumps(said), encoding="utf-8")


PREPARED: dict[str, Callable[[Path], object]] = {
    "AUA0607": changed_file,
    "AUA0608": file_of_another,
    "AUA0609": changed_file_and_manifest,
    "AUA0610": written,
    "AUA0611": older_statement,
}
"""Deployments as they were found."""


def full_disk(patch: pytest.MonkeyPatch) -> None:
    def mkdir(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    patch.setattr(os, "mkdir", mkdir)


def lost_rights(patch: pytest.MonkeyPatch) -> None:
    def rename(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    patch.setattr(os, "rename", rename)


def restless_folder(patch: pytest.MonkeyPatch) -> None:
    def replace_folder(*_: object) -> None:
        raise exchange.ChangedMeanwhileError

    patch.setattr(exchange, "replace_folder", replace_folder)


def other_run(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lock, "WAIT_S", 0)


def terminal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Screen, "terminal", True)
    patch.setenv("NO_COLOR", "1")
    patch.setenv("COLUMNS", "140")


def read_only(patch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EROFS, "read-only")

    patch.setattr(os, "fsync", fsync)


def empty_repository(patch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> bytes:
        if "--show-prefix" in words:
            return b""
        raise revision.GitError("no such revision")

    patch.setattr(revision, "git", git)


def wrong_step(patch: pytest.MonkeyPatch) -> None:
    def change(tree: Tree) -> None:
        tree["api"] = {"port": 8123}

    patch.setattr(chain, "TIDY", (*chain.TIDY, change))


PROVOKED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "AUA0507": lost_rights,
    "AUA0509": full_disk,
    "AUA0510": restless_folder,
    "AUA0511": other_run,
    "AUA0512": terminal,
    "AUA0641": empty_repository,
    "AUA0530": read_only,
    "AUA0624": wrong_step,
}
"""What no file can bring about."""


def shown(case: str, folder: Path, patch: pytest.MonkeyPatch) -> str:
    """The command of a case, run on a copy of its files in `folder`, and everything it shows. Its folder is called `/project`."""
    shutil.copytree(GALLERY / case, folder, symlinks=True, dirs_exist_ok=True)
    (folder / EXPECTED).unlink(missing_ok=True)
    for name, text in MADE.get(case, {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    args = folder / "args"
    words = args.read_text(encoding="utf-8").strip() if args.exists() else "compile config.yaml"
    args.unlink(missing_ok=True)
    if case in PREPARED:
        PREPARED[case](folder)
    before = files(folder)
    screen = Screen()
    with patch.context() as inner:
        inner.chdir(folder)
        inner.setattr(sys, "stdout", screen)
        inner.setattr(sys, "stderr", screen)
        if case in PROVOKED:
            PROVOKED[case](inner)
        with pytest.raises(SystemExit) as end:
            app(words.split()[0])(shlex.split(words), prog_name="aua")
    assert end.value.code == 0 or files(folder) == before, "a refused project writes nothing"
    assert isinstance(screen.buffer, io.BytesIO)
    lines = screen.buffer.getvalue().decode().replace(os.path.realpath(folder), "/project").splitlines(keepends=True)
    told = "".join(line for line in lines if "[AUA" in line or not line.startswith(LISTED))
    return f"$ aua {words}\n{told}exit code {int(end.value.code or 0)}\n"


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_as_in_the_gallery(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    told = shown(case, tmp_path, monkeypatch)
    expected = GALLERY / case / EXPECTED
    if pytestconfig.getoption("--update-golden"):
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
    assert f"[{case.split('-', maxsplit=1)[0]}]" in told


def test_every_code_has_a_case() -> None:
    assert sorted({case.split("-", 1)[0] for case in CASES}) == sorted(CODES)
