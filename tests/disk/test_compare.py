import os
from pathlib import Path

import pytest

from aua_compile.artifact import Artifact
from aua_compile.disk import compare, differs
from aua_compile.manifest import MANIFEST
from tests.disk.trees import identities, version

OURS = "compose/changes0.yaml"


def kinds(folder: Path, artifacts: tuple[Artifact, ...] | None = None) -> dict[str, str]:
    """The kind of every path that is not unchanged."""
    changes = compare(artifacts or version(0), folder).value
    assert changes is not None
    return {change.path: change.kind for change in changes if change.kind != "unchanged"}


def test_every_artifact_is_new_where_there_is_no_folder(tmp_path: Path) -> None:
    changes = compare(version(0), tmp_path / "deploy").value
    assert changes is not None
    assert {change.kind for change in changes} == {"new"}
    assert [change.path for change in changes] == sorted(artifact.path for artifact in version(0))
    assert not (tmp_path / "deploy").exists()


def test_nothing_differs_after_writing(folder: Path) -> None:
    assert kinds(folder) == {}


def test_comparing_writes_nothing(folder: Path) -> None:
    before = identities(folder)
    compare(version(1), folder)
    assert identities(folder) == before


def test_the_next_version_changes_adds_and_leaves_stale_files(folder: Path) -> None:
    assert kinds(folder, version(1)) == {
        MANIFEST: "changed",
        **{f"compose/changes{n}.yaml": "changed" for n in range(4)},
        **{f"only0/deep/{n}.txt": "stale" for n in range(2)},
        **{f"only1/deep/{n}.txt": "new" for n in range(2)},
    }


def test_a_file_of_ours_that_is_gone_is_missing(folder: Path) -> None:
    (folder / OURS).unlink()
    assert kinds(folder) == {OURS: "missing"}


def test_a_file_that_was_edited_is_hand_edited_whether_or_not_its_artifact_changes(folder: Path) -> None:
    (folder / OURS).write_text("mine\n")
    assert kinds(folder) == {OURS: "hand_edited"}
    assert kinds(folder, version(1))[OURS] == "hand_edited"


def test_a_stale_file_that_was_edited_is_hand_edited(folder: Path) -> None:
    (folder / "only0/deep/0.txt").write_text("mine\n")
    assert kinds(folder, version(1))["only0/deep/0.txt"] == "hand_edited"


def test_an_edit_that_the_config_caught_up_with_is_unchanged(folder: Path) -> None:
    (folder / OURS).write_text({artifact.path: artifact.text for artifact in version(1)}[OURS])
    assert OURS not in kinds(folder, version(1))


def test_a_file_that_was_there_before_any_manifest_is_hand_edited(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    (tmp_path / OURS).write_text("mine\n")
    assert kinds(tmp_path)[OURS] == "hand_edited"


def test_a_lost_executable_bit_is_a_change(folder: Path) -> None:
    (folder / "run.sh").chmod(0o644)
    assert kinds(folder) == {"run.sh": "changed"}


def test_files_of_others_are_extra_and_a_folder_of_them_is_one_entry(folder: Path) -> None:
    (folder / "notes/deep").mkdir(parents=True)
    (folder / "notes/deep/a").write_text("mine\n")
    (folder / "compose/.env").write_text("KEY=1\n")
    assert kinds(folder) == {"notes/": "extra", "compose/.env": "extra"}
    assert not differs(compare(version(0), folder).value or ())


def test_a_link_in_place_of_a_file_is_hand_edited(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text((folder / OURS).read_text())
    (folder / OURS).unlink()
    (folder / OURS).symlink_to(tmp_path / "elsewhere")
    assert kinds(folder) == {OURS: "hand_edited"}


def test_a_link_in_place_of_a_folder_blocks_what_belongs_below_it(folder: Path, tmp_path: Path) -> None:
    (folder / "router").rename(tmp_path / "elsewhere")
    (folder / "router").symlink_to(tmp_path / "elsewhere")
    assert kinds(folder) == {"router": "blocked"}


def test_a_folder_in_place_of_a_file_blocks_it(folder: Path) -> None:
    (folder / OURS).unlink()
    (folder / OURS).mkdir()
    assert kinds(folder) == {OURS: "blocked"}


def test_a_fifo_in_place_of_a_file_is_not_opened(folder: Path) -> None:
    (folder / OURS).unlink()
    os.mkfifo(folder / OURS)
    assert kinds(folder) == {OURS: "hand_edited"}


@pytest.mark.parametrize("text", ["", "<<<<<<< ours\n", '{"schema_version": 1, "files": {"../../etc/passwd": "0"}}'])
def test_a_damaged_manifest_is_refused_and_forced_it_is_as_if_there_were_none(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    found = compare(version(1), folder)
    assert found.value is None
    assert [finding.code for finding in found.diagnostics] == ["AUA0506"]
    forced = compare(version(1), folder, force=True).value
    assert forced is not None
    assert {change.path: change.kind for change in forced}[OURS] == "hand_edited"
    assert {change.path: change.kind for change in forced}["only0/"] == "extra"


def test_the_manifest_of_a_newer_compiler_is_refused_even_by_force(folder: Path) -> None:
    (folder / MANIFEST).write_text('{"schema_version": 99}')
    found = compare(version(1), folder, force=True)
    assert [finding.code for finding in found.diagnostics] == ["AUA0506"]
    assert "99" in found.diagnostics[0].message


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = compare(version(0), tmp_path / "file")
    assert [finding.code for finding in found.diagnostics] == ["AUA0501"]
