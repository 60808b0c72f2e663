import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.observe.promql import bucket, quote, select
from tests.tools import require_module


@given(text=st.text(st.characters(codec="utf-8"), max_size=30))
def test_a_quoted_text_is_read_back_as_it_was(text: str) -> None:
    require_module("promql_parser")
    import promql_parser

    parsed = promql_parser.parse(select("up", text))

    assert isinstance(parsed, promql_parser.VectorSelector)
    assert [matcher.value for matcher in parsed.matchers.matchers] == [text]


@pytest.mark.parametrize("sent", ["60", "60.0"])
def test_a_whole_bucket_bound_is_found_in_either_spelling(sent: str) -> None:
    found = re.fullmatch(r'le=~"(.*)"', bucket(60.0))

    assert found
    assert re.fullmatch(found[1].replace("\\\\", "\\"), sent)
    assert not re.fullmatch(found[1].replace("\\\\", "\\"), "6000")


def test_a_bucket_bound_with_a_fraction_has_one_spelling() -> None:
    assert bucket(0.5) == 'le="0.5"'


def test_quotes_and_backslashes_are_escaped() -> None:
    assert quote('a"b\\c\n') == '"a\\"b\\\\c\\n"'
