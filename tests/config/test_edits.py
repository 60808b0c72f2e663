"""Config against config: edits made one by one turn the older config into the newer one, whatever was edited."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings

from aua_compile.bundle import Choices, read
from aua_compile.config.edits import edits
from aua_compile.config.model import Config
from aua_compile.config.resolve import resolve
from aua_compile.registry.catalog import Catalog
from aua_compile.render import to_yaml
from aua_compile.source import Source
from tests.edited import documents
from tests.test_keys import BASE

CATALOG = Catalog()


def config(document: dict[str, Any]) -> Config | None:
    """The config of a document, if it is one."""
    in_place = {"aua.yaml": Source("aua.yaml", to_yaml(document))}
    made = read(Choices("aua.yaml"), {}, in_place).then(lambda bundle: resolve(bundle, CATALOG))
    return None if made.value is None else made.value.config


@settings(max_examples=500, deadline=None)
@given(documents(), documents())
def test_edits_made_one_by_one_give_the_newer_config(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = config(old), config(new)
    assume(before is not None)
    assume(after is not None)
    assert before is not None
    assert after is not None
    made = before
    for edit in edits(before, after):
        made = edit.make(made)
    assert made == after


def test_another_name_is_one_edit_and_what_else_differs_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    new = copy.deepcopy(BASE)
    new["specialists"][0] |= {"name": "coder", "context": 4096}
    before, after = config(BASE), config(new)
    assert before is not None
    assert after is not None
    found = [(edit.path, edit.former, edit.before, edit.after) for edit in edits(before, after)]
    assert found == [
        ("specialists.coder.name", "specialists.swe.name", "swe", "coder"),
        ("specialists.coder.context", "specialists.swe.context", 8192, 4096),
    ]
