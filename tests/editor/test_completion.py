import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aua_compile.config.declare import Block, ListOf, MapOf, declared, walk
from aua_compile.config.model import Config
from aua_compile.config.read import read
from aua_compile.document import parse
from aua_compile.editor.around import Around
from aua_compile.editor.position import Buffer
from aua_compile.editor.sketch import sketch
from aua_compile.source import Source
from tests.editor.asking import CATALOG, HEAD, linked, offers, resolved, written


def test_keys_are_offered_that_are_not_there_yet() -> None:
    found = offers("routing:\n  max_fanout: 2\n  ¦\n")
    assert {"single_threshold", "fanout_threshold", "deadline_s"} == set(found)
    assert "Probability from which one specialist answers alone." in found["single_threshold"].doc


def test_a_key_being_typed_is_offered_still() -> None:
    assert "single_threshold" in offers("routing:\n  sing¦\n")
    assert "name" in offers("specialists:\n  - na¦\n")
    assert not offers("routing: sing¦\n")
    assert "max_fanout" in offers("routing: {max_¦}\n")


def test_a_key_that_has_its_colon_is_replaced_alone() -> None:
    assert written("routing:\n  max¦_fan: 2\n", "max_fanout") == "routing:\n  max_fanout: 2\n"


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("¦", "profile", "profile: ${1|local-dev,workstation,team,enterprise|}"),
        ("¦", "project", "project:\n  name: $1"),
        ("¦", "specialists", "specialists:\n  - name: $1\n    model: $2\n    field: $3"),
        ("¦", "targets", "targets: [$1]"),
        ("¦", "models", "models:\n  $1"),
        ("api:\n  ¦\n", "limits", "api:\n  limits:\n    $1\n"),
        ("api: {¦}\n", "limits", "api: {limits: {$1}}\n"),
        ("api: {¦}\n", "port", "api: {port: ${1:8000}}\n"),
        ("safety:\n  ¦", "abstention_enabled", "safety:\n  abstention_enabled: ${1|false,true|}"),
        ("specialists:\n  - ¦\n", "circuit_breaker", "specialists:\n  - circuit_breaker:\n      $1\n"),
        ("specialists:\n  ¦\n", "-", "specialists:\n  - name: $1\n    model: $2\n    field: $3\n"),
        ("fields:\n  ¦\n", "research", "fields:\n  - research\n"),
        ("¦", "config_version", 'config_version: "1.0"'),
        ("backends:\n  ¦\n", "openai", "backends:\n  openai:\n    kind: ${1|vllm,ollama,llamacpp,sglang,openai|}\n"),
        ("tier: ¦\n", "cpu", "tier: cpu\n"),
        ("profile: wor¦king\n", "workstation", "profile: workstation\n"),
    ],
)
def test_what_is_taken_is_written_where_the_language_wants_it(text: str, label: str, expected: str) -> None:
    assert written(text, label) == expected


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("preset: ¦", {"coding", "math", "local-ollama"}),
        ("tier: ¦", {"single-4090", "cpu", "rtx4090"}),
        ("profile: ¦", {"team", "enterprise"}),
        ("targets: [¦]", {"router", "compose"}),
        ("safety:\n  abstention_enabled: ¦", {"true", "false"}),
        ("resilience: {timeouts: {total: ¦}}", {"1m", "5m"}),
        ("api:\n  limits:\n    body: ¦", {"4MiB", "1MiB"}),
        ("specialists:\n  - field: ¦", {"mathematics", "math"}),
        ("specialists:\n  - model: ¦", {"qwen-coder-7b-awq", "qwq-32b"}),
        ("specialists:\n  - model: [qwq-32b, ¦]", {"qwen-coder-7b-awq"}),
        ("specialists:\n  - backend: ¦", {"vllm", "openai"}),
        ("models:\n  mine:\n    id: ¦", {"Qwen/QwQ-32B-AWQ"}),
        ("models:\n  mine:\n    alias: ¦", {"qwq-32b"}),
        ("prompts: {abstention_template: ¦}", {"abstention_v1"}),
        ("locked: [¦]", {"safety.abstention_enabled"}),
        ("routing:\n  single_threshold: ¦", {"0.75"}),
        ("arbiter:\n  fallback: [¦]\nspecialists:\n  - name: swe\n", {"swe"}),
        ("specialists:\n  - name: swe\n    fallback:\n      - ¦\n  - name: math\n", {"swe", "math"}),
        ("specialists:\n  - model: ¦\nmodels:\n  mine: {id: a/b}\n", {"mine"}),
        ("specialists:\n  - backend: ¦\nbackends:\n  far: {kind: openai}\n", {"far"}),
        ("specialists:\n  - field: ¦\nfields:\n  - {name: cooking, description: food}\n", {"cooking"}),
    ],
)
def test_values_are_those_that_the_key_takes(text: str, wanted: set[str]) -> None:
    assert wanted <= set(offers(text + "\n"))


def test_an_item_that_is_there_is_not_offered_again() -> None:
    assert "compose" not in offers("targets: [compose, ¦]\n")


def test_names_of_the_other_layers_are_offered_too(tmp_path: Path) -> None:
    files = {
        "aua.yaml": HEAD + "extends: base.yaml\n",
        "base.yaml": "models:\n  ours: {id: acme/x, vram_gib: 2}\nspecialists: [{name: swe, model: ours}]\n",
    }
    around = Around(CATALOG, linked, resolved(tmp_path, files))
    found = offers("arbiter: {model: ¦}\n", around)
    assert found["ours"].detail == "this project"
    assert "swe" in offers("arbiter: {fallback: [¦]}\n", around)


def test_files_of_the_project_are_offered_where_a_path_belongs() -> None:
    around = Around(CATALOG, linked, files=("base.yaml", "prompts/judge.txt"))
    assert set(offers("extends: ¦\n", around)) == {"base.yaml", "prompts/judge.txt"}


@pytest.mark.parametrize(
    "text",
    [
        "# ¦",
        "x-mine:\n  ¦",
        "tier: cpu ¦",
        "nonsense:\n  ¦",
        "project: {name: {¦}}",
        "project:\n  description: |\n    a ¦",
        "tier:\n  cpu: ¦",
    ],
)
def test_nothing_is_offered_where_the_language_has_nothing(text: str) -> None:
    assert not offers(text + "\n")


def test_a_new_config_begins_with_a_snippet() -> None:
    assert written("¦", "aua config").splitlines() == [
        'config_version: "1.0"',
        "project: {name: ${1:shop}}",
        "preset: ${2:coding}",
        "tier: ${3:single-4090}",
        "$0",
    ]
    assert "aua config" not in offers(HEAD + "¦\n")


def blocks() -> Iterator[tuple[str, str]]:
    """A text with the cursor inside of each block of the language, and its path."""
    yield "¦", ""
    for path, entry in walk(Config):
        kind, inside = entry.key.kind, path
        while isinstance(kind, ListOf | MapOf):
            inside += "[]" if isinstance(kind, ListOf) else ".<name>"
            kind = kind.item if isinstance(kind, ListOf) else kind.value
        if isinstance(kind, Block):
            yield _inside(inside), inside


def _inside(path: str) -> str:
    lines, depth, dashed = [], 0, ""
    for step in path.split("."):
        name = step.removesuffix("[]").replace("<name>", "mine")
        lines.append(f"{'  ' * depth}{dashed}{name}:")
        depth, dashed = depth + 1 + bool(dashed), ""
        if step.endswith("[]"):
            dashed = "- "
    return "\n".join([*lines, f"{'  ' * depth}{dashed}¦"])


@pytest.mark.parametrize("text", [pytest.param(text, id=path) for text, path in blocks()])
def test_every_key_of_every_block_is_offered_and_what_is_written_can_be_read(text: str) -> None:
    found = {label: offer for label, offer in offers(text).items() if offer.shape == "key"}
    assert found
    for label in found:
        plain = re.sub(r"\$\{\d\|([^,|]*)[^}]*\}", r"\1", re.sub(r"\$\{\d:([^}]*)\}", r"\1", written(text, label)))
        document = parse(Source("a.yaml", re.sub(r"\$\d", "1", plain))).value
        assert document is not None, plain
        unknown = [finding for finding in read(document, Config, "project").diagnostics if finding.code == "AUA0201"]
        assert not unknown, plain
        assert any(part.key == label for part in sketch(Buffer.of(plain)).walk())


def test_each_key_of_a_block_is_offered() -> None:
    assert set(declared(Config)) <= set(offers("¦"))
