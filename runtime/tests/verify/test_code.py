import pytest
from aua_runtime.verify.code import results


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("python\nx = 1\n", [True]),
        ("py\ndef f(:\n", [False]),
        ("python\n    x = 1\n", [False]),
        ("python\nprint '\\d'\n", [False]),
        ("python\nx = '\\d'\n", [True]),
        ("json\n[1, 2]\n", [True]),
        ("json\nnull\n", [True]),
        ("json\n{1}\n", [False]),
        ("json\n" + "[" * 9000 + "\n", [False]),
        ("rust\nfn(\n", []),
        ("\nx = = 1\n", []),
        ("python\n>>> x\n", []),
        ("python\nx = 1\n...\n", []),
        ("python\n" + "(" * 5000 + "\n", []),
        ("python\n" + "-" * 9000 + "1\n", []),
    ],
    ids=range(15),
)
def test_blocks_are_parsed_by_their_language(block: str, expected: list[bool]) -> None:
    assert list(results(f"Here:\n```{block}```\n")) == expected


def test_a_block_that_was_not_closed_is_not_judged() -> None:
    assert list(results("```python\nx = = 1")) == []
