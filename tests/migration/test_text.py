"""Editing a file's text keeps all of it that the edit does not touch."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.migration.chain import migrate
from aua_compile.migration.text import edited
from aua_compile.migration.tree import Tree
from tests.tools import ROOT

OLD = (ROOT / "golden" / "migration" / "0.6.yaml").read_text(encoding="utf-8")
NEW = (ROOT / "golden" / "migration" / "1.0.yaml").read_text(encoding="utf-8")


def old_to_new(tree: Tree) -> None:
    migrate(tree, "0.6")


def comments(text: str) -> list[str]:
    return sorted(match.strip() for match in re.findall(r"(?:^|(?<=\s))#.*", text, re.MULTILINE))


def test_an_old_file_becomes_this_one() -> None:
    assert edited(OLD, old_to_new)[0] == NEW


def test_a_new_file_stays_as_it_is() -> None:
    assert edited(NEW, lambda tree: migrate(tree, "1.0"))[0] == NEW


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_are_kept(end: str, mark: str) -> None:
    assert edited(mark + OLD.replace("\n", end), old_to_new)[0] == mark + NEW.replace("\n", end)


def test_a_last_line_without_an_end_stays_one() -> None:
    text = 'config_version: "1.0"\ntier:   rtx4090\nproject: {name:  shop}'
    assert edited(text, lambda tree: migrate(tree, "1.0"))[0] == 'config_version: "1.0"\ntier: single-4090\nproject: {name:  shop}'


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_comment_is_lost_wherever_it_stands(data: st.DataObject) -> None:
    lines = []
    for number, line in enumerate(OLD.splitlines()):
        bare = re.sub(r"\s*#.*", "", line)
        indent = " " * (len(bare) - len(bare.lstrip()))
        if data.draw(st.booleans()):
            lines.append(f"{indent}# above {number}")
        lines.append(f"{bare}  # beside {number}" if bare and data.draw(st.booleans()) else bare)
    text = "\n".join(lines) + "\n# the end\n"
    after, plain = edited(text, old_to_new)
    assert comments(after) == comments(text)
    assert plain["api"] == {"host": "127.0.0.1", "port": 8000}


@given(st.lists(st.integers(0, 5), min_size=8, max_size=8), st.sampled_from([2, 3, 4]), st.sampled_from([0, 2]))
@settings(max_examples=60, deadline=None)
def test_lines_that_nothing_changes_in_stay_byte_by_byte(spaces: list[int], deeper: int, dashes: int) -> None:
    pad, dash = " " * deeper, " " * dashes
    gap = [" " * (1 + number) for number in spaces]
    text = (
        f'config_version:{gap[0]}"1.0"\nproject:\n{pad}name:{gap[1]}shop   # mine\n'
        f"tier:{gap[2]}rtx4090\nrouting:\n{pad}single_threshold:{gap[3]}0.750\n"
        f"specialists:\n{dash}-{gap[4][:1]}name: swe\n{dash}  field:{gap[5]}law\n{dash}  model: [ qwen-3b-awq,{gap[6]}qwen-7b-awq ]\n"
    )
    after = edited(text, lambda tree: migrate(tree, "1.0"))[0]
    changed = [(one, two) for one, two in zip(text.splitlines(), after.splitlines(), strict=True) if one != two]
    assert [line for line, _ in changed] == [f"tier:{gap[2]}rtx4090"]
