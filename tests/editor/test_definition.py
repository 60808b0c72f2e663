from pathlib import Path

import pytest

from aua_compile.editor.around import Around
from aua_compile.editor.position import Stretch
from aua_compile.span import Span
from tests.editor.asking import CATALOG, HEAD, linked, places, resolved


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("preset: cod¦ing", "presets/coding.yaml"),
        ("tier: rtx40¦90", "tiers/single-4090.yaml"),
        ("specialists: [{field: ma¦th}]", "fields/mathematics.yaml"),
        ("specialists: [{model: qwq-32b-¦awq}]", "models/qwq-32b.yaml"),
        ("specialists: [{backend: ¦vllm}]", "engines/vllm.yaml"),
        ("prompts: {abstention_template: ¦abstention_v1}", "prompts/abstention_v1.yaml"),
    ],
)
def test_a_shipped_name_leads_to_its_file(text: str, file: str) -> None:
    (found,) = places(text + "\n")
    assert isinstance(found, Span)
    assert found.file == file


def test_a_variant_leads_to_its_line() -> None:
    (found,) = places("arbiter: {model: qwq-32b-¦awq}\n")
    assert isinstance(found, Span)
    document = CATALOG.document("models", "qwq-32b")
    assert document is not None
    assert CATALOG.sources[found.file].text.splitlines()[found.line - 1].strip().startswith("awq:")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("arbiter: {model: mi¦ne}\nmodels:\n  mine: {id: a/b}\n", Stretch(2, 2, 6)),
        ("arbiter: {backend: f¦ar}\nbackends: {far: {kind: openai}}\n", Stretch(1, 11, 14)),
        ("arbiter: {fallback: [sw¦e]}\nspecialists:\n  - name: swe\n", Stretch(2, 2, 3)),
    ],
)
def test_a_name_of_ones_own_leads_to_its_declaration(text: str, at: Stretch) -> None:
    assert places(text) == [at]


def test_a_name_of_another_layer_leads_into_its_file(tmp_path: Path) -> None:
    base = "models:\n  ours: {id: acme/x, vram_gib: 2}\n"
    held = resolved(tmp_path, {"aua.yaml": HEAD + "extends: base.yaml\narbiter: {model: ours}\n", "base.yaml": base})
    (found,) = places("arbiter: {model: ¦ours}\n", Around(CATALOG, linked, held))
    assert isinstance(found, Span)
    assert (Path(found.file).name, found.line) == ("base.yaml", 2)


def test_a_key_leads_to_the_layers_that_set_it(tmp_path: Path) -> None:
    text = HEAD + "routing: {single_threshold: 0.9}\n"
    held = resolved(tmp_path, {"aua.yaml": text})
    found = places(text.replace("single_", "sing¦le_"), Around(CATALOG, linked, held))
    assert [Path(one.file).name for one in found if isinstance(one, Span)] == ["aua.yaml", "coding.yaml"]


def test_a_path_leads_to_its_file_inside_the_project_alone() -> None:
    assert places("extends: bas¦e.yaml\n") == ["base.yaml"]
    assert places("prompts: {arbiter_template_path: a/b¦.txt}\n") == ["a/b.txt"]
    assert places("extends: ../../etc/pass¦wd\n") == []
    assert places("extends: /etc/pass¦wd\n") == []


@pytest.mark.parametrize("text", ["tier: no¦pe", "¦", "routing: {max_fanout: ¦2}", "x-a: ¦b", "# c¦"])
def test_elsewhere_there_is_nowhere_to_go(text: str) -> None:
    assert places(text + "\n") == []
