"""The index of shipped names: other names of tiers, fields and models, so that a compile opens only what it names.

It is made when the project is built, and a test keeps it fresh.
"""

import json
from collections.abc import Mapping
from functools import cache

from aua_compile.shipped import shipped
from aua_compile.source import read_source


@cache
def _index() -> Mapping[str, Mapping[str, str]]:
    folder = shipped("registries")
    source = read_source(folder / "index.json", folder, "registries/index.json").value
    assert source is not None, "the index is shipped with the registries"
    index: Mapping[str, Mapping[str, str]] = json.loads(source.text)
    return index


def aliases(kind: str) -> Mapping[str, str]:
    """Other name -> name of the shipped file, for `tiers`, `fields` or `models` (for models also Hugging Face id -> name)."""
    return _index().get(kind, {})
