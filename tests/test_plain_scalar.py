"""What an unquoted value means, compared with readers of either version of YAML."""

import io
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from aua_compile.plain_scalar import LENGTH_LIMIT, Ambiguous, Unbounded, read_plain


def by_version_1_1(text: str) -> Any:
    try:
        (value,) = yaml.safe_load(f"- {text}\n")
    except (yaml.YAMLError, ValueError):
        return None
    return value


def by_version_1_2(text: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = "1.2"
    try:
        (value,) = reader.load(io.StringIO(f"- {text}\n"))
    except (YAMLError, ValueError):
        return None
    return value


CHARACTERS = st.sampled_from("0123456789" * 2 + "..__--++eExobfainlsyruTNZ~=<:")
NUMBER_LIKE = st.lists(CHARACTERS, min_size=1, max_size=9).map("".join)
WORDS = st.sampled_from(
    ["y", "Yes", "ON", "off", "n", "true", "TRUE", "False", "null", "Null", "~", ".inf", ".NaN", "=", "<<", "truE", "nO", "yeS"]
)


@given(NUMBER_LIKE | WORDS)
def test_what_is_accepted_means_the_same_to_readers_of_both_versions(text: str) -> None:
    value = read_plain(text)
    assume(not isinstance(value, Ambiguous | Unbounded))
    old, new = by_version_1_1(text), by_version_1_2(text)
    if text.lstrip("+-").startswith(".") and isinstance(value, float):
        old = new  # YAML 1.1 reads a signed `.5` as a number, PyYAML does not
    assume(value is None or (old is not None and new is not None))  # one of the readers stumbles over it, as over `-_`
    assume(not isinstance(old, list | dict))  # to YAML it is more than a scalar
    assert (value, type(value)) == (old, type(old))
    if "_" not in text:  # YAML 1.2 has no `_` in numbers, ruamel.yaml takes some
        assert (value, type(value)) == (new, type(new))


@given(NUMBER_LIKE)
def test_every_way_to_write_it_that_is_offered_means_the_same_to_both(text: str) -> None:
    reading = read_plain(text)
    for spelling in reading.spellings if isinstance(reading, Ambiguous) else ():
        written = spelling.strip("`")
        assert by_version_1_1(written) == by_version_1_2(written)


@pytest.mark.parametrize("text", ["2024-01-01", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43"])
def test_a_point_in_time_is_no_text_to_everyone(text: str) -> None:
    assert isinstance(by_version_1_1(text), date)
    assert isinstance(read_plain(text), Ambiguous)


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("yes", ("`true`", '`"yes"`')),
        ("017", ("`17`", "`15`", '`"017"`')),
        ("1_000", ("`1000`", '`"1_000"`')),
        ("1e3", ("`1000.0`", '`"1e3"`')),
        ("1e-30", ("`1.0e-30`", '`"1e-30"`')),
        ("12:30", ('`"12:30"`',)),
    ],
)
def test_the_ways_to_write_what_is_meant_are_named(text: str, spellings: tuple[str, ...]) -> None:
    reading = read_plain(text)
    assert isinstance(reading, Ambiguous)
    assert reading.spellings == spellings


def test_a_number_has_a_length() -> None:
    assert read_plain("1" * LENGTH_LIMIT) == int("1" * LENGTH_LIMIT)
    assert isinstance(read_plain("1" * (LENGTH_LIMIT + 1)), Unbounded)
