"""The index of shipped names: other names of tiers, fields and models, so that a compile opens only what it names.

It is made when the project is built, and a test keeps it fresh.
"""

import json
from collections.abc import Mapping
from functools import cache

from aua_compile.shipped import shipped


@cache
def _index() -> Mapping[str, Mapping[str, str]]:
    text = (shipped("registries") / "index.json").read_text(encoding="utf-8")
    index: Mapping[str, Mapping[str, str]] = json.loads(text)
    return index


def aliases(kind: str) -> Mapping[str, str]:
    """Other name -> name of the shipped file, for `tiers`, `fields` or `models` (for models also Hugging Face id -> name)."""
    return _index().get(kind, {})
