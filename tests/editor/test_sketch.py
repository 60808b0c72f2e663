from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aua_compile.document import Mapping, Node, Scalar, Sequence, parse
from aua_compile.editor.place import place
from aua_compile.editor.position import At, Buffer
from aua_compile.editor.sketch import Part, sketch
from aua_compile.render import to_yaml
from aua_compile.source import Source
from tests.tools import ROOT, within

SHIPPED = sorted([*(ROOT / "presets").glob("*.yaml"), *(ROOT / "tiers").glob("*.yaml"), *(ROOT / "registries").glob("*/*.yaml")])
WORDS = st.sampled_from(["alpha", "b-c", "d_e", "0.5", "x y", "it's", "a#b", "n: m", "", "- q", "true", "漢字 𝕏", "a, b", "[z]"])
VALUES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdef"), inner, max_size=3), max_leaves=12
)
PIECES = st.sampled_from(
    [
        "a:",
        " b",
        "\n",
        "  ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ",",
        '"',
        "'",
        "# c",
        "key: v",
        ": ",
        "|",
        "\n  x: 1",
        "𝕏",
        "\t",
        "&a ",
        "*a",
        "---\n",
    ]
)


def nodes(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str, tuple[int, int]]]:
    match node:
        case Mapping():
            for entry in node.entries:
                yield from nodes(entry.value, (*path, entry.key))
        case Sequence():
            for index, item in enumerate(node.items):
                yield from nodes(item, (*path, index))
        case Scalar() if "\n" not in node.text and node.span.line == node.span.end_line and "\\" not in node.text and "'" not in node.text:
            yield path, node.text, (node.span.line - 1, node.span.column - 1)


def parts(root: Part) -> dict[tuple[str | int, ...], tuple[str, tuple[int, int]]]:
    return {part.path: (part.text, (part.text_at.line, part.text_at.start)) for part in root.walk() if part.text_at is not None}


def agrees(text: str) -> None:
    """The outline of a right text says what the parser says: each text's path and place."""
    document = parse(Source("a.yaml", text)).value
    assert document is not None
    outlined = parts(sketch(Buffer.of(text)))
    for path, value, at in nodes(document.root):
        if value:
            assert outlined.get(path) == (value, at), path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_it_reads_what_is_shipped_as_the_parser_does(path: Path) -> None:
    agrees(path.read_text(encoding="utf-8"))


@given(st.dictionaries(st.sampled_from(["k", "m-n", "o_p", "q"]), VALUES, min_size=1, max_size=4))
def test_it_reads_emitted_yaml_as_the_parser_does(value: dict[str, object]) -> None:
    agrees(to_yaml(value))


@pytest.mark.parametrize(
    "text",
    [
        "a: {b: c, d: [e, f]}\n",
        "a:\n- b: c\n  d: e\n- f\ng: h\n",
        "a: [b,\n  c, {d: e}]\nf: g\n",
        "a: {\n  b: c,\n  d: e\n}\nf: g\n",
        "a: |\n  b: c\n  - d\ne: f\n",
        "a: >-\n  b\n\n  c: d\ne:\n  - - f\n    - g\n",
        '"a b": "c: d # e" # f\n\'g\': h#i\n',
        "x-a: &b {c: d}\ne: f\n",
        "a:\n  b:\n      c: d\n  e: f\n",
        "---\na: b\n",
        "a:\n  -\n    b: c\n  - d: e\n",
    ],
)
def test_it_reads_every_style_as_the_parser_does(text: str) -> None:
    agrees(text)


@given(st.lists(PIECES, max_size=30).map("".join), st.integers(0, 12), st.integers(0, 12))
@example("- [a:", 0, 5)
def test_nothing_that_is_typed_breaks_it(text: str, line: int, column: int) -> None:
    buffer = Buffer.of(text)
    root = sketch(buffer)
    for part in root.walk():
        for at in (part.key_at, part.text_at):
            assert at is None or (0 <= at.line < len(buffer.lines) and 0 <= at.start <= at.end <= len(buffer.lines[at.line]))
    cursor = buffer.at(line, column, "utf-16")
    word = place(root, buffer, cursor).word_at
    assert word.holds(cursor)


@pytest.mark.parametrize(
    "broken", ["rou", "routing: {single_threshold: 0.5", 'name: "x', "a: [b, {c:", "- ", "  deep: {", "}}]", "api: {port: 1"]
)
def test_a_broken_line_leaves_the_lines_around_it_alone(broken: str) -> None:
    root = sketch(Buffer.of(f"project: {{name: shop}}\nfields: [a]\n{broken}\ntier: cpu\nmodels:\n  mine: {{id: a/b}}\n"))
    assert root.child_text("tier") == "cpu"
    assert root.at("models", "mine", "id") is not None
    assert root.at("project", "name") is not None


def test_entries_of_lists_are_known_by_their_name() -> None:
    root = sketch(Buffer.of("specialists:\n  - name: swe\n    port: 1\n  - {port: 2}\n"))
    assert [part.by_name for part in root.walk() if part.key == "port"] == ["specialists.swe.port", "specialists.1.port"]
    found = root.at("specialists", "swe", "port")
    assert found is not None
    assert found.path == ("specialists", 0, "port")


def test_what_is_nested_too_deep_ends_nothing() -> None:
    text = "".join(f"{' ' * depth}a:\n" for depth in range(500)) + "b: c\n" + "x: " + "[" * 5000
    assert sketch(Buffer.of(text)).child_text("b") == "c"


def test_two_thousand_lines_take_little_time() -> None:
    buffer = Buffer.of("specialists:\n" + "  - name: a\n    model: [b, c]\n    limits: {queue: 4}\n    port: 9000 # d\n" * 500)
    with within(0.5):
        assert len(sketch(buffer).parts[0].parts) == 500


def test_the_end_of_a_part_is_the_last_line_under_it() -> None:
    root = sketch(Buffer.of("a:\n  b: c\nd: e\n"))
    assert [part.end for part in root.parts] == [At(1, 6), At(3, 0)]
