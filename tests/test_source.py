"""Reading files: every way in which a file is none, and never a wait or a traceback."""

import os
import socket
from pathlib import Path

import pytest

from aua_compile.diagnostic import Diagnostic
from aua_compile.source import BYTE_LIMIT, FINDING_LIMIT, Source, as_text, read_source
from aua_compile.span import Span


def read(path: Path, root: Path | None = None) -> Source:
    checked = read_source(path, root or path.parent, path.name)
    assert checked.value is not None, checked.diagnostics
    return checked.value


def refused(path: Path, root: Path | None = None) -> Diagnostic:
    checked = read_source(path, root or path.parent, path.name)
    assert checked.value is None
    (finding,) = checked.diagnostics
    return finding


def write(folder: Path, data: bytes) -> Path:
    path = folder / "a.yaml"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("data", [b"a: \xc3\xa9\r\n", b"\xef\xbb\xbfa: \xc3\xa9\r\n"])
def test_a_file_is_read_as_utf8_without_its_byte_order_mark(tmp_path: Path, data: bytes) -> None:
    assert read(write(tmp_path, data)) == Source("a.yaml", "a: é\r\n")


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    assert read(write(tmp_path, b"")).text == ""


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path, b"")
    finding = refused(tmp_path / "b.yaml")
    assert (finding.code, finding.help) == ("AUA0101", "Did you mean `a.yaml`?")


def test_a_missing_folder_is_a_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "none" / "a.yaml", tmp_path).code == "AUA0101"
    assert refused(write(tmp_path, b"") / "a.yaml", tmp_path).code == "AUA0101"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    finding = refused(tmp_path)
    assert (finding.code, "is a folder" in finding.message) == ("AUA0102", True)


def test_a_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    finding = refused(tmp_path / "pipe")
    assert (finding.code, "a named pipe" in finding.message) == ("AUA0102", True)


def test_a_socket_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        assert refused(tmp_path / "s").code == "AUA0102"


def test_a_device_is_not_a_file() -> None:
    assert refused(Path("/dev/zero")).code == "AUA0102"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"a: 1\n")
    path.chmod(0)
    assert refused(path).code == "AUA0103"


@pytest.mark.parametrize("name", ["a\0b", "n" * 300])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path / name).code == "AUA0103"


def test_links_that_lead_to_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert refused(tmp_path / "a").code == "AUA0103"


def test_the_largest_file_allowed_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, b"x" * BYTE_LIMIT)).text) == BYTE_LIMIT
    finding = refused(write(tmp_path, b"x" * (BYTE_LIMIT + 1)))
    assert (finding.code, "1,048,577 bytes" in finding.message) == ("AUA0104", True)


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = write(tmp_path, b"")
    os.truncate(path, 2**40)
    assert refused(path).code == "AUA0104"


@pytest.mark.skipif(not Path("/proc/kallsyms").exists(), reason="needs a file that does not tell its size")
def test_a_file_that_does_not_tell_its_size_is_read_no_further_than_the_limit() -> None:
    assert refused(Path("/proc/kallsyms")).code == "AUA0104"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "latin-1"])
def test_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    finding = refused(write(tmp_path, f"{mark}a: 1\nb: é\n".encode(encoding)))
    assert finding.code == "AUA0105"


def test_the_first_byte_that_is_not_utf8_is_pointed_at(tmp_path: Path) -> None:
    finding = refused(write(tmp_path, "\ufeffa: 1\r\né: ".encode() + b"\xe9 \xe9\n"))
    assert finding.span == Span("a.yaml", 2, 4, 2, 5)
    assert "0xE9" in finding.message


@pytest.mark.parametrize("data", [b"a: 1\n\x00\x00", "a: 1\n".encode("utf-16-le")])
def test_a_binary_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refused(write(tmp_path, data)).code == "AUA0106"


def test_a_link_may_lead_around_in_the_project_and_not_out_of_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "deep").mkdir(parents=True)
    write(project, b"a: 1\n")
    write(tmp_path, b"secret: 1\n")
    (project / "deep" / "inside").symlink_to("../a.yaml")
    (project / "outside").symlink_to("../a.yaml")
    (project / "folder").symlink_to("..")
    (tmp_path / "other").symlink_to("project")
    assert read(project / "deep" / "inside", project).text == "a: 1\n"
    assert read(tmp_path / "other" / "a.yaml", tmp_path / "other").text == "a: 1\n"
    for leaving in (project / "outside", project / "folder" / "a.yaml", project / ".." / "a.yaml", Path("/etc/hostname")):
        assert refused(leaving, project).code == "AUA0107"


def test_a_text_has_plain_line_feeds() -> None:
    assert as_text(Source("p.txt", "a\r\nb\n")).value == Source("p.txt", "a\nb\n")


def test_a_text_with_characters_that_nobody_sees_is_refused() -> None:
    checked = as_text(Source("p.txt", "a\u200b\nb\tc\n\ud800"))
    assert [(finding.code, finding.span.line if finding.span else 0) for finding in checked.diagnostics] == [
        ("AUA0108", 2),
        ("AUA0109", 1),
        ("AUA0109", 3),
    ]
    assert checked.value is None


def test_tabs_are_told_once_for_the_whole_file() -> None:
    (finding,) = as_text(Source("p.txt", "a\tb\n\tc\td\n" + "\te\n" * 9)).diagnostics
    assert "and in 10 more lines" in finding.message


def test_characters_that_nobody_sees_are_told_up_to_a_bound() -> None:
    findings = as_text(Source("p.txt", "\u200b\u200b\n" * (FINDING_LIMIT + 5))).diagnostics
    assert [finding.code for finding in findings] == ["AUA0109"] * FINDING_LIMIT + ["AUA0110"]
