import pytest
from aua_runtime.verify.citation import gives_sources, results

CONTEXT = """Answer from the sources and quote them.
[1] The mill on the river was built in 1820 by two brothers, who sold it
after the flood.
[2] The bridge \u201cof sighs\u201d was opened in 1835; nobody remembers who paid for it. The toll was lifted in 1901.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"built in 1820 by two brothers, who sold it after the flood" [1]', [True, True]),
        ("It says \u201cnobody remembers who paid for it\u201d [2].", [True, True]),
        ('"The mill ... was built in 1820" [1]', [True, True]),
        ('"nobody remembers who paid for it" [1]', [False, True]),
        ('"built by three sisters and their uncle"', [False]),
        ('"was built in 1820 ... The mill on the river" [1]', [False, True]),
        ("> the toll was lifted in 1901\n", [True]),
        ("See [1], [2] and [4].", [True, True, False]),
        ("See [1-2] and [1, 3].", [True, True, False]),
        ("A [1](https://example.org) link is no source.", []),
        ('The so-called "mill by the river".', []),
    ],
)
def test_quotations_and_sources_stand_in_the_conversation_or_not(text: str, expected: list[bool]) -> None:
    assert list(results(text, CONTEXT)) == expected


def test_a_conversation_without_sources_gives_none() -> None:
    assert gives_sources(CONTEXT)
    assert not gives_sources("Who built the mill?")
    assert not gives_sources("I walked along the river for a long time. " * 10)
