"""What is written can be read back: by YAML 1.1, by YAML 1.2, by JSON, by Python and by a shell."""

import ast
import json
import math
import shlex
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from aua_compile.render import comment, markdown, python_literal, shell_quote, to_json, to_yaml, to_yaml_documents

TRAPS = [
    "", " ", "y", "Y", "n", "no", "No", "on", "OFF", "yes", "true", "False", "null", "Null", "~", "=", "<<", "1e3", "1E3", "08", "017",
    "0o7", "0o17", "0b1", "0x1F", "1_000", "1,000", "12:30", "12:30:00", "190:20:30.15", "2024-01-01", "2024-01-01T00:00:00Z",
    "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", ".5", "5.", "+1", "-1", "-", "--", "---", "...", ".", "..", ".inf",
    "-.inf", "+.INF", ".NaN", "nan", "inf", "-inf", "1.0", "-0.0", "a: b", "a:", "a :b", "a #b", "a#b", "#a", "# a", "- a", "-a", "--a",
    "? a", "?a", ": a", ":a", "[a", "{a", "]a", "}a", ",a", "&a", "*a", "!a", "!!str a", "|", "|-", ">", ">a", "'a'", '"a"', "a'b",
    'a"b', "\\", "a\\nb", "%a", "@a", "`a`", "a ", " a", "a\t", "\ta", "a\tb", "a\t#b", "a:\tb", "\n", "\n\n", "a\n", "a\n\n", "\na",
    "a\nb", " a\nb", "\ta\nb", "a \nb", "a\n b", "a\nb ", "a\n\t", "a\n ", "\n a", "\n\n\ta\n", "# a\nb\n", "- a\n- b\n", "a: b\nc: d\n",
    "---\na\n", "...\n", "a\rb", "a\r\nb", "\x00", "\x1b[31m", "\x7f", "\x85", "a\x85b", "\xa0", "\u2028", "a\u2029b", "\ufeff",
    "a\ufeffb", "\u200b", "\u202e", "\ufffe", "\uffff", "😀", "é", "日本語", "${HOME}", "{{ x }}", "{% raw %}", "$$", "`", "x" * 5000,
    "0.0.0.0:80", "1.2.3.4/8", "5m", "24Gi", "./a", "../a", ".env", "/a b", "a  b", "$^", "(a)", "é: b", "é #b", "1é", "1 2", "0x", "e3",
]  # fmt: skip

text = st.text() | st.text(alphabet="ab01 \t\n#:-\"'\\,[]{}&*!|>%@`~=?._eEx\r\x85\u2028\ufeff") | st.sampled_from(TRAPS)
scalars = text | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=20)


def read_as_1_1(stream: str) -> list[Any]:
    # The merge key is a matter of the loader, not of the scalar: it is quoted, so both loaders leave it alone.
    by_c = list(yaml.load_all(stream, Loader=yaml.CSafeLoader))
    assert same(by_c, list(yaml.safe_load_all(stream)))
    return by_c


def read_as_1_2(stream: str) -> list[Any]:
    reader = YAML(typ="safe", pure=True)
    reader.version = "1.2"
    return list(reader.load_all(stream))


def same(left: object, right: object) -> bool:
    """Equal in value and in every type, the sign of zero included."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("trap", TRAPS)
def test_a_string_that_looks_like_something_else_stays_that_string(trap: str) -> None:
    for data in (trap, {"key": trap}, {trap: "value"}, [trap], [[trap]], [{"a": trap, "b": trap}], {"a": {trap: {trap: [trap]}}}):
        stream = to_yaml(data)
        assert same(read_as_1_1(stream), [data])
        assert same(read_as_1_2(stream), [data])


@given(trees)
@example({"a": {}, "b": [], "c": [[], {}, [[]]]})
@example([[["a", "b"], ["c"]], [{"a": [1]}]])
def test_any_data_reads_back_alike_in_both_versions_of_yaml(data: object) -> None:
    stream = to_yaml(data)
    assert same(read_as_1_1(stream), [data])
    assert same(read_as_1_2(stream), [data])


@given(st.lists(trees, min_size=1, max_size=4), text)
def test_any_documents_below_any_header_read_back_in_order(documents: list[object], header: str) -> None:
    try:
        header.encode()
    except UnicodeEncodeError:
        header = ""
    stream = to_yaml_documents(documents, header)
    assert same(read_as_1_1(stream), documents)
    assert same(read_as_1_2(stream), documents)


@given(trees)
def test_any_data_reads_back_from_json(data: object) -> None:
    assert same(json.loads(to_json(data)), json.loads(json.dumps(data, sort_keys=True)))
    assert json.loads(to_json(data, compact=True)) == data


@given(trees)
def test_any_data_reads_back_as_a_python_literal(data: object) -> None:
    literal = python_literal(data)
    assert same(ast.literal_eval(literal), data)
    assert "\n" not in literal


@given(text)
def test_any_text_is_one_word_of_a_shell(value: str) -> None:
    assert shlex.split(shell_quote(value)) == [value]


@given(text)
def test_any_text_stays_on_one_comment_line(value: str) -> None:
    assert len(f"x{comment(value)}".splitlines()) == 1


@pytest.mark.parametrize(
    "plain", ["--model", "-m", "-c", "http://a:80/b", "5m", "24Gi", "nvidia.com/gpu", "../router", "a, b", 'up{job="a"} > 0']
)
def test_a_harmless_string_is_written_without_quotes(plain: str) -> None:
    assert to_yaml({"key": plain}) == f"key: {plain}\n"


def test_a_text_of_several_lines_is_a_literal_block() -> None:
    assert to_yaml({"a": ["x\n\ny\n", {"b": "x\n  y"}]}) == "a:\n  - |\n    x\n\n    y\n  - b: |-\n      x\n        y\n"


def test_single_quotes_save_backslashes() -> None:
    assert to_yaml({"a": '"\\d+" it\'s'}) == "a: '\"\\d+\" it''s'\n"


def test_a_long_string_is_not_folded() -> None:
    assert to_yaml({"a": "word " * 999 + "end"}).count("\n") == 1


@pytest.mark.parametrize("length", [1021, 1022, 1023, 1024, 1025, 1026, 3000])
def test_a_long_key_is_read_back(length: int) -> None:
    key = "k" * length
    data = {"a": 1, key: "b", key + '"x': {"c": ["d"]}, key + "y": ["e"], key + "z": "f\ng\n"}
    for tree in (data, [data], {"below": data}):
        stream = to_yaml(tree)
        assert same(read_as_1_1(stream), [tree])
        assert same(read_as_1_2(stream), [tree])


@pytest.mark.parametrize(("number", "spelled"), [(1.0, "1.0"), (1e16, "1.0e+16"), (1.5e-7, "1.5e-07"), (-0.0, "-0.0"), (0.1, "0.1")])
def test_a_float_stays_a_float(number: float, spelled: str) -> None:
    assert to_yaml([number]) == f"- {spelled}\n"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    for writer in (to_yaml, to_json, python_literal):
        with pytest.raises(ValueError, match=r"nan|inf|Out of range"):
            writer([number])


@pytest.mark.parametrize("value", [object(), {1: "a"}, {"a": {1, 2}}, b"bytes"])
def test_what_is_not_plain_data_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_yaml([value])


def test_a_lone_surrogate_is_refused() -> None:
    for writer in (to_yaml, to_json, python_literal):
        with pytest.raises(ValueError, match="surrogate"):
            writer(["a\ud800"])


def test_any_mapping_is_written_like_a_dict() -> None:
    frozen = MappingProxyType({"b": MappingProxyType({}), "a": (MappingProxyType({"c": 1}),)})
    assert to_yaml(frozen) == "b: {}\na:\n  - c: 1\n"
    assert to_json(frozen, compact=True) == '{"a":[{"c":1}],"b":{}}'


def test_a_header_becomes_comments_and_an_empty_line_keeps_its_sign() -> None:
    assert to_yaml({}, header="one\n\ntwo") == "# one\n#\n# two\n{}\n"


def test_json_for_people_is_sorted_and_indented() -> None:
    assert to_json({"b": [1], "a": "é"}) == '{\n  "a": "é",\n  "b": [\n    1\n  ]\n}\n'


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("a_b", r"a\_b"),
        ("1. x", r"1\. x"),
        ("- x", r"\- x"),
        ("# x", r"\# x"),
        ("a\nb", "a b"),
        ("<b>", r"\<b\>"),
        ("10 x", "10 x"),
        ("-", r"\-"),
        ("0.33", "0.33"),
        ("    x", "x"),
    ],
)
def test_text_in_markdown_is_shown_as_typed(typed: str, written: str) -> None:
    assert markdown(typed) == written
