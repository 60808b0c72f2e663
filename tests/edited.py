"""Configs that differ as edits make them differ: a base with a few of its keys set, and its specialists in some order."""

import copy
from typing import Any

from hypothesis import strategies as st

from tests.test_keys import BASE, LEAVES, composite, put

KEYS = [(path, entry) for path, entry in LEAVES if not composite(entry) and entry.key.differ and path not in {"extends", "config_version"}]


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
