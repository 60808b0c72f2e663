"""The cache of `aua compile`: what it gives is what a compile gives, whatever was edited, and it is used only where nothing differs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aua_compile.bundle import Choices, read
from aua_compile.cli import cache
from aua_compile.compiler import compiled
from aua_compile.registry.catalog import Catalog
from aua_compile.render import to_yaml
from tests.cli.running import Ran, ran
from tests.compiling import PROJECT, aua, project, tree
from tests.disk.trees import texts, without_waiting
from tests.edited import documents
from tests.test_keys import FILES
from tests.tools import ROOT

CATALOG = Catalog()
SMALL = PROJECT + "targets: [prometheus]\n"
"""A project that is compiled in no time."""

Compile = Callable[..., Ran]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the entries lie."""
    return tmp_path / "cache" / "aua" / "compile"


@pytest.fixture
def compile_(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Compile:
    """`aua compile aua.yaml` with a cache, in a project of its own."""
    monkeypatch.delenv("AUA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept.parent.parent))
    monkeypatch.setattr(os, "fsync", without_waiting)
    monkeypatch.chdir(project(tmp_path / "project", SMALL))
    return lambda *words: ran(("compile", "aua.yaml", *words), monkeypatch, capsys)


def made(kept: Path) -> int:
    """What differs after each compile that was not spared: an entry is written as a new file."""
    [entry] = kept.iterdir()
    return entry.stat().st_ino


def clean(name: str = "aua.yaml") -> dict[str, str] | None:
    """What a compile into an empty folder would write."""
    artifacts = read(Choices(name), {}).then(lambda bundle: compiled(bundle, CATALOG)).value
    return None if artifacts is None else texts(artifacts)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edited=st.lists(documents(), min_size=2, max_size=6), data=st.data())
def test_compiling_over_an_earlier_edit_gives_what_an_empty_folder_gets(
    edited: list[dict[str, Any]], data: st.DataObject, compile_: Compile
) -> None:
    shutil.rmtree("deploy", ignore_errors=True)
    for name, text in FILES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    before: dict[str, str] = {}
    for document in edited:
        targets = data.draw(st.sampled_from([["prometheus"], ["compose", "docs"], ["kubernetes"]]))
        Path("aua.yaml").write_text(to_yaml({"targets": targets, **document}), encoding="utf-8")
        wanted = clean()
        for _ in range(2):  # made, then taken from the cache
            told = compile_()
            assert told.code == (3 if wanted is None else 0), told.err
            written = {path: text.decode() for path, text in tree(Path("deploy")).items()}
            assert written == (before if wanted is None else wanted)
        before = written


def test_what_is_recalled_is_what_was_made_and_said(compile_: Compile, kept: Path) -> None:
    first = compile_("--check")
    assert (first.code, compile_("--check")) == (1, first)
    entry = made(kept)
    compile_()
    before, written = tree(Path("deploy")), compile_("--check")
    assert (made(kept), written.code) == (entry, 0)
    assert written == compile_("--check", "--no-cache")
    shutil.rmtree("deploy")
    compile_()
    assert (made(kept), tree(Path("deploy"))) == (entry, before)
    for style in ("json", "sarif", "github", "gitlab"):
        assert compile_("--check", "--format", style) == compile_("--check", "--format", style, "--no-cache")


def test_a_hand_edit_is_found_where_the_inputs_are_the_same(compile_: Compile, kept: Path) -> None:
    compile_()
    entry = made(kept)
    Path("deploy/plan.json").write_text("{}\n", encoding="utf-8")
    told = compile_("--check")
    assert (told.code, made(kept)) == (1, entry)
    assert "AUA0518" in told.err


def own_tier(name: str) -> None:
    Path("tiers").mkdir()
    shutil.copy(ROOT / "tiers" / "quad-4090.yaml", f"tiers/{name}.yaml")


CHANGES: dict[str, Callable[[], object]] = {
    "the config": lambda: Path("aua.yaml").write_text(SMALL + "routing: {max_fanout: 3}\n", encoding="utf-8"),
    "a comment": lambda: Path("aua.yaml").write_text(f"# why\n{SMALL}", encoding="utf-8"),
    "what it extends": lambda: Path("base.yaml").write_text("routing: {max_fanout: 3}\n", encoding="utf-8"),
    "a text that it names": lambda: Path("no.txt").write_text("I am not sure.\n", encoding="utf-8"),
    "a lock that comes": lambda: Path("aua.lock").write_text('lock_version: "1"\nentries: {}\n', encoding="utf-8"),
    "a machine of its own that comes": lambda: own_tier("rtx4090"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_was_read_or_looked_for_counts(change: str, compile_: Compile, kept: Path) -> None:
    said = SMALL.replace("tier: single-4090", "tier: rtx4090") + "extends: base.yaml\nprompts: {abstention_template_path: no.txt}\n"
    Path("aua.yaml").write_text(said, encoding="utf-8")
    Path("base.yaml").write_text("routing: {max_fanout: 2}\n", encoding="utf-8")
    Path("no.txt").write_text("I do not know.\n", encoding="utf-8")
    assert compile_().code == 0
    entry = made(kept)
    compile_()
    assert made(kept) == entry
    CHANGES[change]()
    told = compile_("--dry-run")
    assert told == compile_("--dry-run", "--no-cache")
    assert told.code != 0 or made(kept) != entry


def test_a_file_named_as_a_shipped_one_is_held_to_its_own_text(compile_: Compile, kept: Path) -> None:
    Path("presets").mkdir()
    own, shipped = Path("presets/coding.yaml"), (ROOT / "presets" / "coding.yaml").read_text(encoding="utf-8")
    own.write_text("routing: {max_fanout: 2}\n", encoding="utf-8")
    Path("aua.yaml").write_text(SMALL + "extends: presets/coding.yaml\n", encoding="utf-8")
    assert compile_().code == 0
    entry = made(kept)
    own.write_text(shipped, encoding="utf-8")
    told = compile_("--dry-run")
    assert told == compile_("--dry-run", "--no-cache")
    assert told.code != 0 or made(kept) != entry


def test_other_choices_are_other_entries(compile_: Compile, kept: Path) -> None:
    Path("aua.dev.yaml").write_text("routing: {max_fanout: 3}\n", encoding="utf-8")
    for words in ((), ("--tier", "quad-4090"), ("--env", "dev"), ("--set", "routing.max_fanout=2"), ("--set", "routing.max_fanout=3")):
        assert compile_(*words, "--dry-run") == compile_(*words, "--dry-run", "--no-cache")
        assert compile_(*words, "--dry-run") == compile_(*words, "--dry-run", "--no-cache")
    assert len(list(kept.iterdir())) == 5
    assert compile_("--locked").code == 1


def test_a_changed_compiler_makes_it_anew(tmp_path: Path) -> None:
    copied, folder = tmp_path / "copy", project(tmp_path / "project", SMALL)
    for name in ("aua_compile", "presets", "tiers", "registries", "templates", "runtime/src/aua_runtime"):
        shutil.copytree(ROOT / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "AUA_CACHE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join((str(copied), str(copied / "runtime" / "src")))

    def run() -> int:
        command = (sys.executable, "-P", "-B", "-c", "from aua_compile.cli import main; main()", "compile", "aua.yaml")
        told = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
        assert "files" in told.stdout or "new" in told.stdout
        return made(tmp_path / "cache" / "aua" / "compile")

    first = run()
    assert run() == first
    rules = copied / "aua_compile" / "observe" / "rules.py"
    rules.write_text(f"# changed\n{rules.read_text(encoding='utf-8')}", encoding="utf-8")
    second = run()
    assert second != first
    (copied / "presets" / "another.yaml").write_text("", encoding="utf-8")
    assert run() != second


@pytest.mark.parametrize(
    "damage",
    [b"", b"\n", b"0" * 64, b"0" * 64 + b"\n{}\n", os.urandom(5000), *range(0, 60_000, 7919), -1, -1000],
    ids=lambda damage: f"cut at {damage}" if isinstance(damage, int) else f"{len(damage)} bytes",
)
def test_a_torn_entry_is_as_if_it_were_not_there(damage: bytes | int, compile_: Compile, kept: Path) -> None:
    compile_()
    wanted = compile_("--check", "--no-cache")
    [entry] = kept.iterdir()
    entry.write_bytes(entry.read_bytes()[:damage] if isinstance(damage, int) else damage)
    torn = made(kept)
    assert compile_("--check") == wanted
    assert made(kept) != torn


def test_an_entry_with_a_digest_that_holds_and_nothing_else_is_as_if_it_were_not_there(compile_: Compile, kept: Path) -> None:
    compile_()
    wanted = compile_("--check", "--no-cache")
    [entry] = kept.iterdir()
    for header in ("{}", "[]", "null", '{"compiler": 1, "sources": []}', "{", '"' * 9, '{"sources": {"aua.yaml": null}}'):
        content = f"{header}\n".encode()
        entry.write_bytes(sha256(content).hexdigest().encode() + b"\n" + content)
        assert compile_("--check") == wanted


def test_an_entry_of_somebody_else_is_not_taken(compile_: Compile, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_()
    entry = made(kept)
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    compile_()
    assert made(kept) != entry


def test_a_link_is_not_followed(compile_: Compile, kept: Path, tmp_path: Path) -> None:
    compile_()
    [entry] = kept.iterdir()
    entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(tmp_path / "elsewhere")
    assert compile_("--check").code == 0
    assert not entry.is_symlink()


@pytest.mark.parametrize("place", ["a file", "nowhere", "no home", "a folder in its place"])
def test_without_a_place_for_a_cache_a_compile_is_a_compile(
    place: str, compile_: Compile, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    match place:
        case "a file":
            kept.parent.parent.write_text("")
        case "nowhere":
            monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
        case "no home":
            monkeypatch.setenv("XDG_CACHE_HOME", "relative")
            monkeypatch.setenv("HOME", "")
        case _:
            compile_()
            [entry] = kept.iterdir()
            entry.unlink()
            (entry / "something").mkdir(parents=True)
    for _ in range(2):
        assert compile_().code == 0
    assert {path.name for path in Path().iterdir()} == {"aua.yaml", "deploy"}


def test_it_can_be_switched_off(compile_: Compile, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compile_("--no-cache").code == 0
    monkeypatch.setenv("AUA_CACHE", "0")
    assert compile_().code == 0
    assert not kept.exists()
    assert compile_("--cache").code == 0
    assert kept.exists()


@pytest.mark.usefixtures("compile_")
@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "", ".", "nowhere.yaml", "coding"])
def test_what_is_no_file_is_told_as_without_a_cache(
    name: str, kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ran(("compile", name, "--dry-run"), monkeypatch, capsys)
    assert told == ran(("compile", name, "--dry-run", "--no-cache"), monkeypatch, capsys)
    assert told.code == 3
    assert not kept.exists()


def test_a_refused_config_leaves_no_entry(compile_: Compile, kept: Path) -> None:
    Path("aua.yaml").write_text(SMALL + "port: 1\n", encoding="utf-8")
    assert compile_().code == 3
    assert not kept.exists()


def test_it_stays_small_and_its_user_s_own(compile_: Compile, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_("--dry-run")
    [entry] = kept.iterdir()
    size = entry.stat().st_size
    assert (kept.stat().st_mode & 0o777, entry.stat().st_mode & 0o777) == (0o700, 0o600)
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * size + size // 2)
    for fanout in range(1, 4):
        compile_("--dry-run")  # what is used last is kept longest
        compile_("--dry-run", "--set", f"routing.max_fanout={fanout}")
    assert len(list(kept.iterdir())) == 3
    assert entry.exists()
    monkeypatch.setattr(cache, "LARGEST_ENTRY", size // 2)
    entry.unlink()
    compile_("--dry-run")
    assert not entry.exists()


WATCHED = """
import json, os, sys
opened = []
def hear(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        opened.append(os.fsdecode(arguments[0]))
sys.addaudithook(hear)
from aua_compile.cli import cache, main
keep = cache.Entry.keep
def tell(entry, made, sources):
    with open(os.environ["TOLD"], "w") as file:
        json.dump({"opened": opened[:], "read": list(entry.files.texts)}, file)
    keep(entry, made, sources)
cache.Entry.keep = tell
sys.argv[0] = "aua"
main()
"""


def test_every_file_that_a_compile_opens_is_one_that_an_entry_is_held_to(tmp_path: Path) -> None:
    folder, told = project(tmp_path / "project"), tmp_path / "told.json"
    (folder / "aua.yaml").write_text(PROJECT + "extends: base.yaml\nprompts: {abstention_template_path: no.txt}\n", encoding="utf-8")
    (folder / "base.yaml").write_text("routing: {max_fanout: 2}\n", encoding="utf-8")
    (folder / "no.txt").write_text("I do not know.\n", encoding="utf-8")
    (folder / "aua.dev.yaml").write_text("routing: {max_fanout: 3}\n", encoding="utf-8")
    assert aua("lock", "aua.yaml", within=folder).returncode == 0
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "AUA_CACHE": "1", "TOLD": str(told)}
    ended = aua("compile", "aua.yaml", "--env", "dev", within=folder, code=WATCHED, environment=environment)
    assert ended.returncode == 0, ended.stderr
    heard = json.loads(told.read_text())
    own = {Path(path).name for path in heard["opened"] if Path(os.path.realpath(folder / path)).is_relative_to(folder)}
    assert own == set(heard["read"]) == {"aua.yaml", "aua.dev.yaml", "base.yaml", "no.txt", "aua.lock"}
    data = ("aua_compile", "runtime/src/aua_runtime", "presets", "tiers", "registries", "templates", ".venv")
    assert {path for path in heard["opened"] if is_below(path, [ROOT]) and not is_below(path, [ROOT / name for name in data])} == set()


def is_below(path: str, folders: Iterable[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)
