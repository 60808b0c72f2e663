"""What `--check` finds, from a folder and what belongs there."""

from pathlib import Path

from aua_compile.artifact import Artifact
from aua_compile.diagnostic import Diagnostic
from aua_compile.disk import apply, compare
from aua_compile.disk.drift import drift
from aua_compile.disk.places import JOURNAL, PENDING
from aua_compile.manifest import MANIFEST, with_manifest
from tests.disk.trees import version

OURS = "compose/changes0.yaml"


def found(folder: Path, artifacts: tuple[Artifact, ...] | None = None, *, diffs: bool = True) -> tuple[Diagnostic, ...]:
    changes = compare(artifacts or version(0), folder).value
    assert changes is not None
    return drift(changes, str(folder), "deploy", diffs=diffs)


def told(folder: Path, artifacts: tuple[Artifact, ...] | None = None) -> list[tuple[str, str, str]]:
    """Severity, code and file of each finding."""
    return [(finding.severity, finding.code, finding.span.file if finding.span else "") for finding in found(folder, artifacts)]


def test_an_unchanged_folder_has_no_findings(folder: Path) -> None:
    assert told(folder) == []


def test_every_kind_of_drift_is_a_finding_at_its_file(folder: Path) -> None:
    (folder / OURS).write_text("mine\n")
    (folder / "router/stays1.py").unlink()
    (folder / "notes").mkdir()
    assert told(folder, version(1)) == [
        ("error", "AUA0518", f"deploy/{OURS}"),
        *(("error", "AUA0516", f"deploy/compose/changes{n}.yaml") for n in range(1, 4)),
        *(("error", "AUA0517", f"deploy/only0/deep/{n}.txt") for n in range(2)),
        *(("error", "AUA0515", f"deploy/only1/deep/{n}.txt") for n in range(2)),
        ("error", "AUA0515", "deploy/router/stays1.py"),
        ("warning", "AUA0520", "deploy"),
    ]


def test_a_folder_that_holds_nothing_of_it_is_one_finding(tmp_path: Path) -> None:
    assert told(tmp_path / "nowhere") == [("error", "AUA0514", "deploy")]


def test_a_manifest_that_differs_is_told_where_nothing_else_does(folder: Path) -> None:
    other = with_manifest([artifact for artifact in version(0) if artifact.path != MANIFEST], "other plan", "1.0")
    assert told(folder, other) == [("error", "AUA0516", f"deploy/{MANIFEST}")]


def test_a_diff_goes_from_what_is_there_to_what_belongs_there_and_the_span_is_where_it_begins(folder: Path) -> None:
    (folder / OURS).write_text("version 0 of 0\nmine\n")
    (finding,) = found(folder)
    assert finding.diff == "@@ -1,3 +1,2 @@\n version 0 of 0\n-mine\n "
    assert finding.span is not None
    assert finding.span.line == 2


def test_the_same_diff_is_shown_once(folder: Path) -> None:
    for n in range(3):
        (folder / f"router/stays{n}.py").write_text(f"stays {n}\nmore\n")
    assert [bool(finding.diff) for finding in found(folder)] == [True, True, True]
    same = with_manifest([Artifact("a/plan.json", "1\n"), Artifact("b/plan.json", "1\n")], "p", "1")
    apply(same, folder / "x")
    other = with_manifest([Artifact("a/plan.json", "2\n"), Artifact("b/plan.json", "2\n")], "p", "1")
    assert [bool(finding.diff) for finding in found(folder / "x", other)] == [True, False]


def test_diffs_can_be_left_out(folder: Path) -> None:
    (folder / OURS).write_text("mine\n")
    assert [finding.diff for finding in found(folder, diffs=False)] == [""]


def test_a_file_that_is_no_text_has_no_diff(folder: Path) -> None:
    (folder / OURS).write_bytes(b"\xff\xfe\x00")
    assert [(finding.code, finding.diff) for finding in found(folder)] == [("AUA0518", "")]


def test_a_mode_that_differs_is_told_as_such(folder: Path) -> None:
    (folder / "run.sh").chmod(0o644)
    (finding,) = found(folder)
    assert (finding.code, finding.diff) == ("AUA0516", "")
    assert "another mode" in finding.message


def test_a_run_that_was_stopped_and_a_folder_in_the_way_are_told(folder: Path) -> None:
    (folder / PENDING).mkdir()
    (folder / PENDING / JOURNAL).write_text("{}")
    (folder / OURS).unlink()
    (folder / OURS).mkdir()
    assert [finding.code for finding in found(folder)] == ["AUA0505", "AUA0507"]


def test_checking_writes_nothing(folder: Path) -> None:
    (folder / OURS).write_text("mine\n")
    before = sorted((path, path.lstat().st_mtime_ns) for path in folder.rglob("*"))
    found(folder, version(1))
    assert sorted((path, path.lstat().st_mtime_ns) for path in folder.rglob("*")) == before
