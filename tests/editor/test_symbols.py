from aua_compile.editor.position import Buffer
from aua_compile.editor.sketch import sketch
from aua_compile.editor.symbols import Symbol, symbols


def names(found: tuple[Symbol, ...]) -> list[object]:
    return [(symbol.name, names(symbol.parts)) if symbol.parts else symbol.name for symbol in found]


def test_keys_and_named_entries_are_symbols() -> None:
    root = sketch(Buffer.of("tier: cpu\nspecialists:\n  - name: swe\n    model: [a, b]\n  - {name: math}\nfields: [x, y]\n"))
    found = symbols(root)
    assert names(found) == ["tier", ("specialists", [("swe", ["name", "model"]), ("math", ["name"])]), "fields"]
    assert [symbol.detail for symbol in found] == ["cpu", "", "x, y"]


def test_a_symbol_holds_its_name_and_its_parts() -> None:
    def judge(found: tuple[Symbol, ...]) -> None:
        for symbol in found:
            assert symbol.end >= (symbol.at.line, symbol.at.end)
            for inner in symbol.parts:
                assert symbol.at.line <= inner.at.line
                assert inner.end <= symbol.end
            judge(symbol.parts)

    judge(symbols(sketch(Buffer.of("a:\n  b: {c: d,\n    e: f}\n  g:\n    - h: i\n      j: k\nl: m\n"))))
