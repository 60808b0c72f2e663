"""Config against config: edits made one by one turn the older config into the newer one, whatever was edited."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aua_compile.bundle import Choices, read
from aua_compile.config.edits import edits
from aua_compile.config.model import Config
from aua_compile.config.resolve import resolve
from aua_compile.registry.catalog import Catalog
from aua_compile.render import to_yaml
from aua_compile.source import Source
from tests.test_keys import BASE, LEAVES, composite, put

CATALOG = Catalog()
KEYS = [(path, entry) for path, entry in LEAVES if not composite(entry) and entry.key.differ and path not in {"extends", "config_version"}]


def config(document: dict[str, Any]) -> Config | None:
    """The config of a document, if it is one."""
    in_place = {"aua.yaml": Source("aua.yaml", to_yaml(document))}
    made = read(Choices("aua.yaml"), {}, in_place).then(lambda bundle: resolve(bundle, CATALOG))
    return None if made.value is None else made.value.config


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    document = copy.deepcopy(BASE)
    for path, entry in draw(st.lists(st.sampled_from(KEYS), max_size=5, unique_by=lambda key: key[0])):
        for other, given_value in entry.key.given.items():
            put(document, other, given_value)
        put(document, path, draw(st.sampled_from(entry.key.differ or ())))
    names = draw(st.permutations(range(len(document["specialists"]))))
    document["specialists"] = [document["specialists"][index] for index in names]
    return document


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
