"""The reader and the published JSON Schema accept and refuse the same documents, as far as a schema can say it."""

import copy
import re
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.config.declare import Block, Duration, ListOf, MapOf, Size, walk
from aua_compile.config.model import RESERVED, Config
from aua_compile.config.read import read
from aua_compile.document import parse
from aua_compile.json_schema import schema
from aua_compile.render import to_yaml
from aua_compile.source import Source
from tests.test_keys import BASE, put

SCHEMA = jsonschema.Draft202012Validator(schema(Config, "a layer", extensions=True, layer=()))

KEYS = dict(walk(Config))
LEGAL = [(path, value) for path, entry in KEYS.items() for value in entry.key.differ or () if not path.endswith("[].name")]
# What a schema cannot say is not tried: bounds of amounts with units, whether a whole number is written as one, whether names are distinct.
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 100_000),
    st.sampled_from([0.5, 1.5, -0.5]),
    st.sampled_from(["", "a", "A B", "x" * 200, "30", "5s", "10MiB", "1 GiB", "https://a.example.org", "KEY", "qwen-7b-awq", "*", "true"]),
    st.just([]),
    st.just({}),
    st.just(["a"]),
    st.just({"unknown": 1}),
)


def has_amounts(kind: object) -> bool:
    """Whether a kind holds durations or sizes, whose bounds a schema of text cannot say."""
    while isinstance(kind, ListOf | MapOf):
        kind = kind.item if isinstance(kind, ListOf) else kind.value
    return isinstance(kind, Duration | Size)


def read_accepts(document: dict[str, Any]) -> bool:
    parsed = parse(Source("aua.yaml", to_yaml(document))).value
    assert parsed is not None
    return not read(parsed, Config, "project", RESERVED).diagnostics


@given(st.sampled_from(LEGAL))
def test_both_accept_what_is_legal(leaf: tuple[str, Any]) -> None:
    document = copy.deepcopy(BASE)
    put(document, *leaf)
    assert SCHEMA.is_valid(document) == read_accepts(document)


@given(st.sampled_from([path for path, entry in KEYS.items() if not has_amounts(entry.key.kind)]), VALUES)
def test_both_judge_any_value_of_any_key_alike(path: str, value: object) -> None:
    document = copy.deepcopy(BASE)
    put(document, path, value)
    assert SCHEMA.is_valid(document) == read_accepts(document), (path, value, list(SCHEMA.iter_errors(document))[:1])


@given(
    st.sampled_from([path for path, entry in KEYS.items() if isinstance(entry.key.kind, Block)]),
    st.from_regex(re.compile(r"[a-z_]{1,12}"), fullmatch=True),
)
def test_both_refuse_keys_that_the_language_lacks(path: str, key: str) -> None:
    document = copy.deepcopy(BASE)
    put(document, f"{path}.{key}", 1)
    assert SCHEMA.is_valid(document) == read_accepts(document)
