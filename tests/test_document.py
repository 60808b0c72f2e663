"""Reading YAML into a tree: what is accepted, what is refused, and where each node stands."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.document import DEPTH_LIMIT, NODE_LIMIT, Document, Entry, Mapping, Node, Scalar, Sequence, parse
from aua_compile.source import BYTE_LIMIT, FINDING_LIMIT, Source
from aua_compile.span import Span


def document(text: str) -> Document:
    checked = parse(Source("a.yaml", text))
    assert checked.value is not None, checked.diagnostics
    return checked.value


def codes(text: str) -> list[str]:
    checked = parse(Source("a.yaml", text))
    assert (checked.value is None) == bool(checked.diagnostics)
    return [finding.code for finding in checked.diagnostics]


def plain(node: Node) -> object:
    match node:
        case Scalar(value=value):
            return value
        case Sequence(items=items):
            return [plain(item) for item in items]
        case Mapping(entries=entries):
            return {entry.key: plain(entry.value) for entry in entries}


def value(text: str) -> object:
    return plain(document(text).root)


def at(text: str, span: Span) -> str:
    """The characters that a span covers."""
    lines = [*text.splitlines(keepends=True), ""]
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]
    middle = lines[span.line : span.end_line - 1]
    return "".join([lines[span.line - 1][span.column - 1 :], *middle, lines[span.end_line - 1][: span.end_column - 1]])


def only(text: str) -> Entry:
    (entry,) = document(text).root.entries
    return entry


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8000", 8000),
        ("-3", -3),
        ("+5", 5),
        ("0", 0),
        ("0x1F", 31),
        ("0.75", 0.75),
        (".5", 0.5),
        ("1.5e+3", 1500.0),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("127.0.0.1", "127.0.0.1"),
        ("1.2.3", "1.2.3"),
        ("30s", "30s"),
        ("24GiB", "24GiB"),
        ("8000:8000", "8000:8000"),
        ("nope", "nope"),
        ("-", "-"),
        ('"8001"', "8001"),
        ("'no'", "no"),
        ('"a\\nb"', "a\nb"),
        ("|\n  a\n  b", "a\nb"),
        (">-\n  a\n  b\n", "a b"),
        ("${HOME} {{ x }}", "${HOME} {{ x }}"),
    ],
)
def test_a_scalar_has_the_value_of_the_core_schema(written: str, expected: object) -> None:
    if written == "-":
        written = '"-"'
    found = value(f"a: {written}")
    assert found == {"a": expected}
    assert type(found["a"]) is type(expected)


@pytest.mark.parametrize(
    "written",
    [
        *("y", "Y", "yes", "No", "NO", "on", "Off", "n", "=", "<<", "2024-01-01", "2001-12-14t21:59:43.10-05:00"),
        *("017", "-017", "08", "0o17", "0b11", "+0x1F", "1_000", "12:30", "1:2:3", "1:30.5", "1e3", "1e-1", "1.5e3"),
    ],
)
def test_a_plain_value_that_the_versions_of_yaml_read_differently_is_refused(written: str) -> None:
    assert codes(f"a: {written}") == ["AUA0125"]
    assert value(f"a: '{written}'") == {"a": written}


@pytest.mark.parametrize("written", [".inf", "-.INF", ".nan", "1e999", "1" * 65, "0." + "3" * 5000])
def test_a_number_that_is_not_finite_or_too_long_is_refused(written: str) -> None:
    assert codes(f"a: {written}") == ["AUA0126"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("AUA0111", ""),
        ("AUA0111", "# nothing\n"),
        ("AUA0111", "---\n"),
        ("AUA0112", "a: 1\n---\nb: 2\n"),
        ("AUA0113", "- a\n"),
        ("AUA0113", "a\n"),
        ("AUA0114", "a: [1, 2\n"),
        ("AUA0114", 'a: "b\n'),
        ("AUA0114", "a: b: c\n"),
        ("AUA0114", "a: @b\n"),
        ("AUA0108", "a:\n\tb: 1\n"),
        ("AUA0108", "a: 1 #\tcomment\n"),
        ("AUA0109", "a: 1 # \u202e\n"),
        ("AUA0109", 'a: "\\u200b"\n'),
        ("AUA0109", 'a: "\\t"\n'),
        ("AUA0109", "a: b\rc: d\n"),
        ("AUA0109", "a: \ud800\n"),
        ("AUA0109", "a: \x00\n"),
        ("AUA0109", "a: b\x85c\n"),
        ("AUA0115", "a: 1\nb: 2\na: 3\n"),
        ("AUA0115", "x-a: {b: 1, b: 2}\nc: 1\n"),
        ("AUA0116", "8000: a\n"),
        ("AUA0116", "true: a\n"),
        ("AUA0116", "~: a\n"),
        ("AUA0116", "? [a]\n: b\n"),
        ("AUA0116", "a: {{ b }}\n"),
        ("AUA0116", "'': b\n"),
        ("AUA0117", "p\u043ert: 1\n"),
        ("AUA0118", "a: !!str 1\n"),
        ("AUA0118", "a: !include {b: 1}\n"),
        ("AUA0119", "x-a: &a {b: 1}\nc: {<<: *a}\n"),
        ("AUA0120", "a: &b 1\n"),
        ("AUA0120", "x-a: {&k b: 1}\nc: 1\n"),
        ("AUA0121", "x-a: &k 1\nx-b: &k 2\n"),
        ("AUA0122", "a: *b\n"),
        ("AUA0123", "x-a: &k [*k]\n"),
        ("AUA0124", "x-a: &k b\nc: {*k : 1}\n"),
        ("AUA0125", "no: 1\n"),
        ("AUA0127", "a: " + "[" * 200_000),
        ("AUA0128", "".join(f"k{i}: 1\n" for i in range(NODE_LIMIT))),
        ("AUA0129", "%YAML 1.1\n---\na: 1\n"),
        ("AUA0129", "%TAG ! tag:a,2000:\n---\na: 1\n"),
        ("AUA0104", "a: " + "é" * (BYTE_LIMIT // 2)),
    ],
)
def test_what_the_language_lacks_is_refused(code: str, text: str) -> None:
    assert codes(text) == [code]


def test_a_second_line_of_a_finding_shows_the_first_key() -> None:
    (finding,) = parse(Source("a.yaml", "port: 1\nother: 2\nport: 3\n")).diagnostics
    assert (finding.path, finding.span) == ("port", Span("a.yaml", 3, 1, 3, 5))
    assert [related.span for related in finding.related] == [Span("a.yaml", 1, 1, 1, 5)]


def test_all_findings_of_a_file_are_told_at_once() -> None:
    assert codes("a: yes\nb: !x 1\nc: .inf\nc: 1\n") == ["AUA0125", "AUA0118", "AUA0126", "AUA0115"]


def test_findings_have_a_bound() -> None:
    found = codes("a: yes\n" * 1000)
    assert (len(found), found[-1]) == (FINDING_LIMIT + 1, "AUA0110")


def test_the_path_is_written_as_in_the_file() -> None:
    (finding,) = parse(Source("a.yaml", "specialists:\n  - name: a\n  - {name: b, tags: [1, yes]}\n")).diagnostics
    assert finding.path == "specialists[1].tags[1]"


def test_extensions_are_kept_apart() -> None:
    read = document("x-a: {b: 1}\nc: 2\n")
    assert plain(read.root) == {"c": 2}
    assert [entry.key for entry in read.extensions] == ["x-a"]


def test_an_alias_stands_for_the_node_of_its_anchor() -> None:
    text = "x-a: &gpu\n  # which\n  gpus: [0]\nb: *gpu\nc: [*gpu]\n"
    read = document(text)
    assert plain(read.root) == {"b": {"gpus": [0]}, "c": [{"gpus": [0]}]}
    assert at(text, read.root.entries[0].value.span) == "gpus: [0]"


def test_aliases_of_aliases_stop_at_the_limit_of_nodes() -> None:
    lines = ["x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x-{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    began = time.process_time()
    assert codes("\n".join(lines)) == ["AUA0128"]
    assert time.process_time() - began < 1


def test_aliases_do_not_reach_below_the_limit_of_levels() -> None:
    half = DEPTH_LIMIT // 2
    nested = "[" * half + "1" + "]" * half
    assert codes(f"x-a: &a {nested}\nb: {'[' * (half - 1)}*a{']' * (half - 1)}\n") == []
    assert codes(f"x-a: &a {nested}\nb: {'[' * half}*a{']' * half}\n") == ["AUA0127"]


def test_the_deepest_nesting_allowed_is_read() -> None:
    assert codes("a: " + "[" * (DEPTH_LIMIT - 1) + "]" * (DEPTH_LIMIT - 1)) == []
    assert codes("a: " + "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT) == ["AUA0127"]


@pytest.mark.parametrize(
    ("text", "key", "written"),
    [
        ("\ufeffport: 8000\n", "port", "8000"),
        ("# é漢\r\nport:   8000 # c\r\n", "port", "8000"),
        ("漢: {port: 1}\nport: '漢 字'", "port", "'漢 字'"),
        ('port: "a\n  b"\nq: 1\n', "port", '"a\n  b"'),
        ("port: |\n  a\n\n  b\n\n\nq: 1\n", "port", "|\n  a\n\n  b"),
        ("port: a\n  b\n\n# c\n", "port", "a\n  b"),
        ("port: [1,\n  2]\n", "port", "[1,\n  2]"),
        ("port:\n  a: 1\n  b:\n    - 2\n\n# c\nq: 1\n", "port", "a: 1\n  b:\n    - 2"),
        ("port:\n\nq: 1", "port", ""),
        ("port:", "port", ""),
    ],
)
def test_a_span_covers_what_was_written(text: str, key: str, written: str) -> None:
    text = text.replace("漢: ", "x-c: ")
    entry = next(entry for entry in document(text).root.entries if entry.key == key)
    shown = text.removeprefix("\ufeff")
    assert at(shown, entry.key_span) == key
    assert at(shown, entry.value.span) == written


def test_a_carriage_return_before_a_line_feed_changes_nothing() -> None:
    text = "a: |\n  x\n  y\nb: [1,\n 2]\nc: 'x\n  y'\n"
    assert document(text.replace("\n", "\r\n")) == document(text)


def test_a_thousand_specialists_are_read_in_a_blink() -> None:
    entry = "  - {name: s, model: m, field: mathematics, port: 8000, context: 8192, timeout_s: 30.5}\n"
    began = time.process_time()
    document("specialists:\n" + entry * 1000)
    assert time.process_time() - began < 1


def spans(node: Node) -> list[Span]:
    match node:
        case Scalar():
            return [node.span]
        case Sequence():
            return [node.span, *(span for item in node.items for span in spans(item))]
        case Mapping():
            return [node.span, *(span for entry in node.entries for span in (entry.key_span, *spans(entry.value)))]


INDICATORS = [
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "? ",
    "'",
    '"',
    "\\",
    "|",
    ">",
    "#",
    " # ",
    "!t ",
    "!",
    "%",
    "@",
    "<<",
    "---\n",
    "...\n",
]
CHARACTERS = ["\n", "\n  ", "\n    ", " ", "\t", "\r\n", "\r", "é", "漢", "\ufeff", "\u2028", "\x00"]
TOKENS = st.sampled_from(["a", "b: ", "x-c: ", "&k ", "*k", "1", "no", "0x", "1e9", "~", *INDICATORS, *CHARACTERS])
TEXTS = st.one_of(st.lists(TOKENS, max_size=40).map("".join), st.text(max_size=60))


@given(TEXTS)
def test_any_text_is_read_or_refused_with_spans_inside_it(text: str) -> None:
    checked = parse(Source("a.yaml", text))
    if checked.value is not None:
        places = spans(checked.value.root)
    else:
        assert checked.diagnostics
        places = [finding.span for finding in checked.diagnostics if finding.span is not None]
        places += [related.span for finding in checked.diagnostics for related in finding.related]
    lines = text.removeprefix("\ufeff").split("\n")
    for span in places:
        assert (1, 1) <= (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.end_line <= len(lines)
        assert span.column <= len(lines[span.line - 1]) + 1
        assert span.end_column <= len(lines[span.end_line - 1]) + 1
