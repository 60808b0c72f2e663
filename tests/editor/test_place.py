import pytest

from aua_compile.config.declare import Block, ListOf, Number
from aua_compile.config.model import Config
from aua_compile.config.model.specialists import Specialist
from aua_compile.editor.place import declared_at, kind_at
from tests.editor.asking import marked


@pytest.mark.parametrize(
    ("text", "role", "holder", "part"),
    [
        ("pro¦", "key", (), None),
        ("¦", "key", (), None),
        ("tier: cpu\n¦\n", "key", (), None),
        ("ti¦er: cpu\n", "key", (), ("tier",)),
        ("tier: c¦pu\n", "value", ("tier",), ("tier",)),
        ("tier: ¦\n", "value", ("tier",), None),
        ("tier: cpu # a¦\n", "nothing", (), None),
        ("# a¦\n", "nothing", (), None),
        ("routing:\n  ¦", "key", ("routing",), None),
        ("routing:\n  max_fanout: 1\n  ¦\ntier: cpu\n", "key", ("routing",), None),
        ("routing:\n  max_fanout: 1\n¦\ntier: cpu\n", "key", (), None),
        ("specialists:\n  - name: a\n    ¦\n", "key", ("specialists", 0), None),
        ("specialists:\n  - name: a\n  ¦\n", "item", ("specialists",), None),
        ("specialists:\n- name: a\n  ¦\n", "key", ("specialists", 0), None),
        ("specialists:\n  - ¦\n", "value", ("specialists", 0), None),
        ("specialists:\n  - name: a\n    limits:\n      ¦\n", "key", ("specialists", 0, "limits"), None),
        ("api: {¦}\n", "key", ("api",), None),
        ("api: {port: ¦}\n", "value", ("api", "port"), None),
        ("api: {port: 1, ho¦\ntier: cpu\n", "key", ("api",), ("api", "ho")),
        ("api: {limits: {¦\n", "key", ("api", "limits"), None),
        ("a: [b, ¦]\n", "item", ("a",), None),
        ("a: [b¦]\n", "value", ("a", 0), ("a", 0)),
        ("a: [b,\n  ¦\n  ]\n", "item", ("a",), None),
        ("a: {b: c,\n  d: ¦\n  }\n", "value", ("a", "d"), None),
        ("a: |\n  some ¦text\n", "nothing", (), None),
        ("a: b ¦c\n", "value", ("a",), ("a",)),
        ("  ¦  a: b\n", "key", (), None),
    ],
)
def test_the_cursor_is_where_a_reader_would_say(text: str, role: str, holder: tuple[object, ...], part: tuple[object, ...] | None) -> None:
    _, _, found = marked(text)
    assert (found.role, found.holder.path, found.part.path if found.part else None) == (role, holder, part)


def test_the_language_says_what_stands_at_a_path() -> None:
    assert kind_at(("specialists", 0), Config) == Block(Specialist)
    assert isinstance(kind_at(("models", "mine", "vram_gib"), Config), Number)
    assert isinstance(kind_at(("targets",), Config), ListOf)
    assert kind_at(("specialists", "swe"), Config) is None
    assert kind_at(("nothing",), Config) is None
    assert kind_at(("tier", "x"), Config) is None


def test_an_item_is_declared_as_its_list_is() -> None:
    of_item, of_list = declared_at(("targets", 1), Config), declared_at(("targets",), Config)
    assert of_item is of_list is not None
    assert declared_at((), Config) is None
    assert declared_at(("models", "mine"), Config) is None
