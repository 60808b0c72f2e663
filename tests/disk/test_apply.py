import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aua_compile.artifact import Artifact
from aua_compile.disk import apply, compare, destination, exchange, lock, recover
from aua_compile.disk.places import lock_files, staging
from aua_compile.manifest import MANIFEST, Manifest, Unreadable, read_manifest
from tests.disk.trees import at_call, files, folders, identities, mode, texts, version, without_waiting
from tests.tools import ROOT

OURS = "compose/changes0.yaml"


def codes(result: object) -> list[str]:
    return [finding.code for finding in result.diagnostics]  # type: ignore[attr-defined]


def kept(path: Path) -> tuple[int, ...]:
    """What stays of a file that is not written."""
    status = path.stat()
    return (status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode, status.st_nlink)


def refuse(*_: object) -> None:
    raise OSError(errno.ENOSYS, "not here")


@pytest.fixture(params=["exchange", "journal"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of writing: the one-step exchange, and file by file with a journal."""
    if request.param == "journal":
        monkeypatch.setattr(exchange, "exchange", refuse)
    elif sys.platform != "linux":
        pytest.skip("only Linux exchanges folders in one step")
    return str(request.param)


def test_the_first_run_writes_every_artifact_and_leaves_nothing_beside(tmp_path: Path) -> None:
    assert apply(version(0), tmp_path / "a/b/deploy").value is not None
    assert files(tmp_path / "a/b/deploy") == texts(version(0))
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["deploy"]
    assert mode(tmp_path / "a/b/deploy/run.sh") & 0o111
    assert not mode(tmp_path / "a/b/deploy" / OURS) & 0o111


def test_a_second_run_writes_nothing_at_all(folder: Path) -> None:
    before = identities(folder)
    assert apply(version(0), folder).value is not None
    assert identities(folder) == before


@pytest.mark.usefixtures("how")
def test_the_next_version_replaces_adds_and_removes(folder: Path) -> None:
    assert apply(version(1), folder).value is not None
    assert files(folder) == texts(version(1))
    assert folders(folder) == {"compose", "only1", "only1/deep", "router"}
    assert [path.name for path in folder.parent.iterdir()] == ["deploy"]


@pytest.mark.usefixtures("how")
def test_files_that_do_not_change_keep_inode_time_and_mode(folder: Path) -> None:
    (folder / "router/stays0.py").chmod(0o600)
    before = kept(folder / "router/stays0.py")
    assert apply(version(1), folder).value is not None
    assert kept(folder / "router/stays0.py") == before


@pytest.mark.usefixtures("how")
def test_a_file_that_is_replaced_keeps_its_permissions(folder: Path) -> None:
    (folder / OURS).chmod(0o640)
    assert apply(version(1), folder).value is not None
    assert mode(folder / OURS) == 0o640


@pytest.mark.usefixtures("how")
def test_what_is_not_ours_stays_as_it_is(folder: Path, tmp_path: Path) -> None:
    (folder / "notes/empty").mkdir(parents=True)
    (folder / "notes").chmod(0o550)
    (folder / "only0/deep/mine").write_text("mine\n")
    (folder / "compose/.env").write_text("KEY=1\n")
    (folder / "compose/.env").chmod(0o600)
    (folder / "away").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe")
    before = kept(folder / "compose/.env")
    assert apply(version(1), folder).value is not None
    assert (folder / "only0/deep/mine").read_text() == "mine\n"
    assert mode(folder / "notes") == 0o550
    assert (folder / "notes/empty").is_dir()
    assert (folder / "away").readlink() == tmp_path / "nowhere"
    assert (folder / "pipe").is_fifo()
    assert kept(folder / "compose/.env") == before
    assert not (folder / "only0/deep/0.txt").exists()


@pytest.mark.usefixtures("how")
def test_a_hand_edited_file_stops_the_run_before_anything_is_written(folder: Path) -> None:
    (folder / OURS).write_text("mine\n")
    (folder / "only0/deep/1.txt").write_text("mine too\n")
    before = identities(folder)
    refused = apply(version(1), folder)
    assert codes(refused) == ["AUA0504"]
    assert f"`{OURS}`, `only0/deep/1.txt`" in refused.diagnostics[0].message
    assert identities(folder) == before


@pytest.mark.usefixtures("how")
def test_force_overwrites_and_removes_hand_edited_files_and_replaces_links_themselves(folder: Path, tmp_path: Path) -> None:
    (folder / OURS).write_text("mine\n")
    (folder / "only0/deep/1.txt").write_text("mine too\n")
    (tmp_path / "elsewhere").write_text("untouched\n")
    (folder / "router/stays1.py").unlink()
    (folder / "router/stays1.py").symlink_to(tmp_path / "elsewhere")
    assert apply(version(1), folder, force=True).value is not None
    assert files(folder) == texts(version(1))
    assert (tmp_path / "elsewhere").read_text() == "untouched\n"


@pytest.mark.usefixtures("how")
def test_nothing_is_written_through_a_link_even_by_force(folder: Path, tmp_path: Path) -> None:
    (folder / "router").rename(tmp_path / "elsewhere")
    (folder / "router").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/stays0.py").unlink()
    before = identities(folder)
    assert codes(apply(version(1), folder, force=True)) == ["AUA0505"]
    assert identities(folder) == before


@pytest.mark.usefixtures("how")
def test_an_output_folder_that_is_a_link_stays_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(folder)
    assert apply(version(1), tmp_path / "current").value is not None
    assert (tmp_path / "current").is_symlink()
    assert files(folder) == texts(version(1))


def test_a_run_from_inside_the_folder_leaves_the_shell_where_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "compose")
    assert apply(version(1), folder).value is not None
    assert Path.cwd() == folder / "compose"
    assert Path("changes0.yaml").read_text() == texts(version(1))[OURS]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_call_that_fails_at_any_point_leaves_the_old_files_or_completes(
    how: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th call fails, for every n until there is none. Afterwards the disk is well again and the next run works."""
    monkeypatch.setattr(os, "fsync", without_waiting)
    folder = tmp_path / "deploy"
    current = 0
    apply(version(0), folder)

    def fail() -> None:
        raise OSError(number, os.strerror(number))

    for call in range(1, 1000):
        with at_call(call, fail) as made:
            result = apply(version(current + 1), folder)
        if result.value is not None:
            current += 1
        elif codes(result) == ["AUA0507"]:
            assert how == "journal"
            assert "interrupted" in {change.kind for change in compare(version(current + 1), folder).value or ()}
            assert recover(folder).value
            current += 1
        else:
            assert codes(result) == [{errno.ENOSPC: "AUA0509", errno.EIO: "AUA0508"}[number]]
        assert recover(folder).value is not None
        assert files(folder) == texts(version(current))
        assert {path.name for path in tmp_path.iterdir()} <= {"deploy", ".deploy.aua-lock"}
        if len(made) < call:
            return
    pytest.fail("the run never ends")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_first_run_that_fails_at_any_point_leaves_no_folder(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", without_waiting)

    def fail() -> None:
        raise OSError(number, os.strerror(number))

    for call in range(1, 1000):
        with at_call(call, fail) as made:
            result = apply(version(0), tmp_path / "a/deploy")
        if len(made) < call:
            return
        assert recover(tmp_path / "a/deploy").value is not None
        left = files(tmp_path / "a") if (tmp_path / "a").exists() else {}
        left.pop(".deploy.aua-lock", None)
        assert left == ({} if result.value is None else {f"deploy/{path}": text for path, text in texts(version(0)).items()})
        shutil.rmtree(tmp_path / "a", ignore_errors=True)
    pytest.fail("the run never ends")


def test_a_file_that_appears_while_the_folder_is_staged_is_in_the_new_one(folder: Path) -> None:
    def appear() -> None:
        (folder / "compose/.env").write_text("KEY=1\n")
        (folder / "notes").mkdir()
        (folder / "notes/a").write_text("mine\n")

    with at_call(25, appear):
        assert apply(version(1), folder).value is not None
    assert (folder / "compose/.env").read_text() == "KEY=1\n"
    assert (folder / "notes/a").read_text() == "mine\n"


def test_a_file_that_appears_in_the_last_instant_is_carried_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = exchange.exchange

    def late(one: str, other: str) -> None:
        (folder / "notes").mkdir()
        (folder / "notes/a").write_text("mine\n")
        original(one, other)

    monkeypatch.setattr(exchange, "exchange", late)
    assert apply(version(1), folder).value is not None
    assert files(folder) == {**texts(version(1)), "notes/a": "mine\n"}


def test_an_edit_while_the_folder_is_staged_stops_the_run(folder: Path) -> None:
    with at_call(25, lambda: (folder / OURS).write_text("mine\n")):
        assert codes(apply(version(1), folder)) == ["AUA0504"]
    assert (folder / OURS).read_text() == "mine\n"
    assert [path.name for path in folder.parent.iterdir()] == ["deploy"]


def test_a_file_that_goes_while_the_folder_is_looked_at_is_not_missed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "passing").mkdir()
    (folder / "passing/file").write_text("")
    original = os.scandir

    def late(path: str) -> object:
        if str(path).endswith("/passing") and (folder / "passing").exists():
            shutil.rmtree(folder / "passing")
        return original(path)

    monkeypatch.setattr(os, "scandir", late)
    assert apply(version(1), folder).value is not None
    assert files(folder) == texts(version(1))


def test_a_folder_that_never_rests_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = iter(range(1000))
    original = os.link

    def restless(*args: object, **kwargs: object) -> None:
        (folder / f"{next(number)}").write_text("")
        original(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", restless)
    assert codes(apply(version(1), folder)) == ["AUA0510"]
    assert files(folder).items() >= texts(version(0)).items()
    assert [path.name for path in folder.parent.iterdir()] == ["deploy"]


def test_a_folder_of_another_file_system_below_is_written_in_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_device(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "other device")

    monkeypatch.setattr(os, "link", other_device)
    inode = folder.stat().st_ino
    assert apply(version(1), folder).value is not None
    assert files(folder) == texts(version(1))
    assert folder.stat().st_ino == inode


def test_a_system_that_cannot_exchange_folders_is_written_in_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_the_call(*_: object, **__: object) -> object:
        return object()

    monkeypatch.setattr("ctypes.CDLL", without_the_call)
    inode = folder.stat().st_ino
    assert apply(version(1), folder).value is not None
    assert files(folder) == texts(version(1))
    assert folder.stat().st_ino == inode


def test_what_a_person_did_after_an_interruption_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "exchange", refuse)
    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", lambda *_, **__: None)
        patch.setattr("aua_compile.disk.journal.complete", lambda _: None)
        apply(version(1), folder)
    (folder / OURS).write_text("mine\n")
    (folder / "only0/deep/0.txt").write_text("mine too\n")
    assert recover(folder).value is True
    changed = {change.path: change.kind for change in compare(version(1), folder).value or () if change.kind != "unchanged"}
    assert changed == {OURS: "hand_edited", "only0/": "extra"}


OUTSIDE = '{"schema_version": 1, "steps": [{"path": "../x", "before": null, "pending": "0", "after": ""}]}'


@pytest.mark.parametrize("journal", ["", "{", '{"schema_version": 2}', OUTSIDE])
def test_a_journal_that_no_run_wrote_is_refused(folder: Path, journal: str) -> None:
    (folder / ".aua.pending").mkdir()
    (folder / ".aua.pending/journal.json").write_text(journal)
    (folder / ".aua.pending/0").write_text("evil\n")
    assert codes(recover(folder)) == ["AUA0506"]
    assert codes(apply(version(1), folder)) == ["AUA0506"]
    assert not (folder.parent / "x").exists()
    assert files(folder).items() >= texts(version(0)).items()


def test_a_journal_is_not_followed_through_links(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / ".aua.pending").mkdir()
    steps = '[{"path": "link/x", "before": null, "pending": "0", "after": ""}]'
    (folder / ".aua.pending/journal.json").write_text(f'{{"schema_version": 1, "steps": {steps}}}')
    (folder / ".aua.pending/0").write_text("evil\n")
    assert recover(folder).value is None
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_staging_folders_of_a_killed_run_are_removed(folder: Path, tmp_path: Path) -> None:
    (Path(staging(str(folder))) / "tree/router").mkdir(parents=True)
    (Path(staging(str(folder))) / "tree/router/x.py").hardlink_to(folder / "router/stays0.py")
    (folder / ".aua.pending").mkdir()
    (folder / ".aua.pending/0").write_text("half")
    assert apply(version(0), folder).value is not None
    assert [path.name for path in tmp_path.iterdir()] == ["deploy"]
    assert files(folder).items() >= texts(version(0)).items()
    assert not (folder / ".aua.pending").exists()


def test_a_staging_place_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/a").write_text("mine\n")
    Path(staging(str(folder))).symlink_to(tmp_path / "precious")
    assert apply(version(1), folder).value is not None
    assert (tmp_path / "precious/a").read_text() == "mine\n"


def test_two_runs_take_turns(tmp_path: Path) -> None:
    """Five processes write three versions at once; one whole version is left."""
    script = (
        "import sys; from pathlib import Path; from tests.disk.trees import version; from aua_compile.disk import apply;"
        "[apply(version(int(sys.argv[2])), Path(sys.argv[1])).value or sys.exit(1) for _ in range(4)]"
    )
    runs = [subprocess.Popen([sys.executable, "-c", script, tmp_path / "deploy", str(number % 3)], cwd=ROOT) for number in range(5)]
    assert [run.wait() for run in runs] == [0] * 5
    assert files(tmp_path / "deploy") in [texts(version(number)) for number in range(3)]
    assert [path.name for path in tmp_path.iterdir()] == ["deploy"]


def test_what_is_seen_while_another_run_writes_is_looked_at_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other run ends between the reading of the manifest and that of the files, so these look edited."""
    module = sys.modules[compare.__module__]
    runs = iter([version(1)])

    def late(text: bytes) -> Manifest | Unreadable:
        for artifacts in runs:
            assert apply(artifacts, folder).value is not None
        return read_manifest(text)

    monkeypatch.setattr(module, "read_manifest", late)
    assert apply(version(2), folder).value is not None
    assert files(folder) == texts(version(2))


def test_a_run_that_waits_too_long_for_another_gives_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT_S", 0.1)
    with lock.locked(str(folder)):
        assert codes(apply(version(1), folder)) == ["AUA0511"]
    assert apply(version(1), folder).value is not None


def test_a_lock_file_that_a_killed_run_left_does_not_matter(folder: Path) -> None:
    Path(lock_files(str(folder))[0]).write_text("")
    assert apply(version(1), folder).value is not None
    assert [path.name for path in folder.parent.iterdir()] == ["deploy"]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Act as a user who owns nothing, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def reachable(tmp_path: Path) -> Path:
    """`tmp_path`, in which another user may look for files."""
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.geteuid() and not mode(path) & 0o001:
            path.chmod(mode(path) | 0o011)
    return tmp_path


def test_a_folder_in_which_we_may_not_write_is_refused(reachable: Path) -> None:
    apply(version(0), reachable / "deploy")
    for path in (reachable, reachable / "deploy"):
        path.chmod(0o555)
    with as_nobody():
        refused = [apply(version(1), reachable / name) for name in ("deploy", "other")]
    assert [codes(result) for result in refused] == [["AUA0508"], ["AUA0508"]]
    assert f"`{reachable}`" in refused[1].diagnostics[0].message
    assert files(reachable / "deploy") == texts(version(0))
    reachable.chmod(0o755)


def test_a_folder_beside_which_nothing_can_be_made_is_written_in_place(reachable: Path) -> None:
    (reachable / "deploy").mkdir()
    (reachable / "deploy").chmod(0o777)
    (reachable / "deploy/.env").write_text("KEY=1\n")
    reachable.chmod(0o555)
    with as_nobody():
        assert apply(version(1), reachable / "deploy").value is not None
        assert apply(version(2), reachable / "deploy").value is not None
    assert files(reachable / "deploy") == {**texts(version(2)), ".env": "KEY=1\n"}
    reachable.chmod(0o755)


@pytest.mark.parametrize(
    ("path", "code"),
    [("/", "AUA0503"), ("~", "AUA0503"), (".", "AUA0502"), ("file", "AUA0501"), ("file/below", "AUA0501"), ("/dev/null", "AUA0501")],
)
def test_a_folder_that_must_not_be_written_is_refused(path: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    (tmp_path / "file").write_text("")
    (tmp_path / "project").mkdir()
    assert codes(destination(Path(path).expanduser(), [tmp_path / "coding.yaml"])) == [code]


@pytest.mark.parametrize("path", ["deploy", "new/deeper", "link"])
def test_a_folder_below_the_project_is_taken(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "link").symlink_to("deploy")
    assert destination(Path(path), [Path("coding.yaml")]).value == (tmp_path / path).resolve()


def test_links_that_form_a_loop_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert codes(destination(tmp_path / "a", [])) == ["AUA0508"]


def test_many_files_are_written(tmp_path: Path) -> None:
    artifacts = (*(Artifact(f"many/{n}", f"{n}\n") for n in range(400)), *version(0))
    assert apply(artifacts, tmp_path / "deploy").value is not None
    assert len(files(tmp_path / "deploy")) == len(artifacts)


@pytest.mark.parametrize("path", [MANIFEST, OURS])
def test_a_file_of_ours_that_was_deleted_comes_back(folder: Path, path: str) -> None:
    (folder / path).unlink()
    assert apply(version(0), folder).value is not None
    assert files(folder) == texts(version(0))
