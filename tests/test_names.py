"""Names derived from config names: legal where they go, and never the same for two names."""

import keyword
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile import names

config_names = st.from_regex(r"\A[a-z][a-z0-9_-]{0,62}\Z")
RESERVED = (
    *keyword.kwlist,
    *keyword.softkwlist,
    "con",
    "con_",
    "con-",
    "class_",
    "class-",
    "path",
    "ld_preload",
    "x_ld_preload",
    "aux",
    "list",
)
CUT = ("a-", "a_", "a", "a-1a2b3c4d", "a" * 63, "a" * 62 + "-", "b" * 53, "nul-")
NOT_FROM_A_CONFIG = ("x_", "x-x", "ü", "", "-", "_", "9", "x-9", "Aé\u2028", "\ud800")
awkward = st.sampled_from((*RESERVED, *CUT, *NOT_FROM_A_CONFIG))
any_names = config_names | awkward | st.text(max_size=80)

MAKERS: tuple[Callable[[str], str], ...] = (
    names.dns_label,
    names.constant,
    names.file_name,
)


@given(any_names, st.integers(12, names.LABEL_LIMIT))
def test_a_dns_label_is_legal_and_within_its_limit(name: str, limit: int) -> None:
    label = names.dns_label(name, limit)
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", label)
    assert len(label) <= limit


@given(any_names)
def test_a_constant_is_an_identifier_and_no_keyword(name: str) -> None:
    word = names.constant(name)
    assert word.isidentifier()
    assert word.isascii()
    assert word == word.upper()
    assert not keyword.iskeyword(word)
    assert not keyword.issoftkeyword(word)


@given(any_names)
def test_a_file_name_is_short_and_no_device(name: str) -> None:
    stem = names.file_name(name)
    assert re.fullmatch(r"[a-z0-9-]+", stem)
    assert len(stem) <= names.FILE_LIMIT
    assert stem not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@pytest.mark.parametrize("maker", MAKERS)
@given(st.lists(any_names, max_size=30))
def test_names_that_differ_after_slugging_stay_different(maker: Callable[[str], str], several: list[str]) -> None:
    slugs = {names.slug(name) for name in several}
    assert len({maker(name) for name in several}) == len(slugs)


@pytest.mark.parametrize("maker", MAKERS)
@given(config_names)
def test_a_name_gives_the_same_result_however_its_words_are_joined(maker: Callable[[str], str], name: str) -> None:
    assert maker(name.replace("-", "_")) == maker(name.replace("_", "-"))


@given(st.from_regex(r"\A[a-z]([a-z0-9_-]{0,50}[a-z0-9])?\Z").filter(lambda name: not re.search(r"[-_][0-9a-f]{8}\Z", name)))
def test_an_ordinary_name_only_changes_its_joints(name: str) -> None:
    assert names.dns_label(name) == names.slug(name)


@given(config_names, st.text(max_size=20), st.text(max_size=20))
def test_a_versioned_name_is_a_label_that_follows_its_content(name: str, content: str, other: str) -> None:
    label = names.dns_label(name)
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", names.versioned(label, content))
    assert len(names.versioned(label, content)) <= names.LABEL_LIMIT
    assert (names.versioned(label, content) == names.versioned(label, other)) == (content == other)


def test_a_long_name_ends_in_a_digest() -> None:
    first, second = names.dns_label("a" * 63 + "b"), names.dns_label("a" * 63 + "c")
    assert first[:54] == second[:54] == "a" * 54
    assert first != second


@pytest.mark.parametrize(
    ("maker", "name", "expected"),
    [
        (names.file_name, "con", "con-"),
        (names.file_name, "con-", "con--"),
        (names.constant, "swe-fast", "SWE_FAST"),
    ],
)
def test_a_reserved_word_gets_one_mark_more(maker: Callable[[str], str], name: str, expected: str) -> None:
    assert maker(name) == expected
