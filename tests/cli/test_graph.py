"""`aua graph` as a user runs it."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.test_commands import Runner, aua

__all__ = ["aua"]


def test_without_options_the_routes_come_as_svg(aua: Runner) -> None:
    ran = aua("graph", "aua.yaml")
    assert ran.code == 0
    assert "Routes of shop" in ran.out
    ET.fromstring(ran.out)


@pytest.mark.parametrize(("name", "begins"), [("a.svg", "<svg"), ("a.mmd", "%% Generated")])
def test_the_name_of_the_file_says_the_form(aua: Runner, name: str, begins: str) -> None:
    for _ in range(2):  # what was drawn before is drawn again
        ran = aua("graph", "aua.yaml", "--of", "placement", "-o", name)
        assert (ran.code, ran.out) == (0, "")
        assert Path(name).read_text(encoding="utf-8").startswith(begins)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--of", "memory"), 2, "memory"),
        (("--format", "png"), 2, "png"),
        (("-o", "a.png"), 2, "ends in neither .svg nor .mmd"),
        (("-o", "a.svg", "--format", "mermaid"), 2, "would write Mermaid into a.svg"),
        (("-o", "aua.yaml", "--format", "svg"), 2, "was not drawn by aua"),
        (("-o", "folder", "--format", "svg"), 2, "was not drawn by aua"),
        (("-o", "none/a.svg"), 4, "none/a.svg"),
        (("--tier", "nowhere"), 3, "nowhere"),
        (("--set", "routing"), 3, "routing"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_written(aua: Runner, options: tuple[str, ...], code: int, says: str) -> None:
    Path("folder").mkdir()
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    ran = aua("graph", "aua.yaml", *options)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
