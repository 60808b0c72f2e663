"""Every code has one maker, one page and one place in the table."""

import ast
import re
from pathlib import Path

import pytest

import aua_compile
from aua_compile.codes import CODES, HEADINGS, code, explain

PACKAGE = Path(aua_compile.__file__).parent


def makers() -> dict[str, set[str]]:
    """Each code that the compiler's source mentions outside the table, with the functions that mention it."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name == "codes.py":
            continue
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and re.fullmatch(r"AUA0\d{3}", inner.value):
                    name = node.name if isinstance(node, ast.FunctionDef) else "a statement"
                    found.setdefault(inner.value, set()).add(f"{module}:{name}")
    return found


def test_the_table_names_the_one_function_that_makes_each_code() -> None:
    assert {name: sorted(where) for name, where in makers().items()} == {name: [where] for name, where in CODES.items()}


def test_the_table_is_in_order() -> None:
    assert list(CODES) == sorted(CODES)


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_a_page_with_every_heading(name: str) -> None:
    found = code(name)
    assert found is not None
    assert found.title.endswith("."), found.title
    assert tuple(heading for heading, _ in found.sections) == HEADINGS
    assert all(text for _, text in found.sections)


def test_a_page_is_for_reading() -> None:
    page = explain("aua0101")
    assert page is not None
    assert page.startswith("AUA0101  A file that is not there.\n\nWhat it checks\n  Every file that")
    assert max(map(len, page.splitlines())) <= 102


def test_an_unknown_code_has_no_page() -> None:
    assert explain("AUA9999") is None
