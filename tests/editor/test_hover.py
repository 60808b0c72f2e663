from pathlib import Path

import pytest

from aua_compile.config.declare import walk
from aua_compile.config.model import Config
from aua_compile.editor.around import Around
from tests.editor.asking import CATALOG, HEAD, linked, resolved, said


def test_a_key_tells_what_it_means_takes_and_changes() -> None:
    told = said("routing: {fanout_¦threshold: 0.2}\n")
    assert told is not None
    assert told.splitlines()[0] == "**fanout_threshold**: a number from 0 to 1"
    for words in ("joins a fan-out", "*Higher:* fewer candidates.", "Default: `0.3`.", "*behavioural*", "*hot reload*"):
        assert words in told


def test_the_value_that_holds_is_told_with_the_layers_that_set_it(tmp_path: Path) -> None:
    text = HEAD + "routing: {fanout_threshold: 0.2}\nspecialists:\n  - name: math\n  - name: swe\n    concurrency: 3\n"
    around = Around(CATALOG, linked, resolved(tmp_path, {"aua.yaml": text}), current=True)
    told = said(text.replace("fanout_threshold", "fanout¦_threshold"), around)
    assert told is not None
    assert "Here: `0.2`\n- set by *project* [aua.yaml:5]" in told
    assert "- over *preset* [coding.yaml:20](file:///presets/coding.yaml#L20) = `0.30`" in told
    by_name = said(text.replace("concurrency", "¦concurrency"), around)
    assert by_name is not None
    assert "Here: `3`\n- set by *project*" in by_name


def test_a_default_and_what_errors_have_made_old_are_said_to_be_so(tmp_path: Path) -> None:
    held = resolved(tmp_path, {"aua.yaml": HEAD})
    told = said(HEAD + "api:\n  p¦ort: 80x\n", Around(CATALOG, linked, held))
    assert told is not None
    assert "Here: `8000` (before the present errors)\n- set by the built-in default" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("preset: cod¦ing", "`swe` for `software_engineering`"),
        ("tier: rtx40¦90", "1 x `rtx-4090`"),
        ("specialists:\n  - model: [qwq-32b-a¦wq]", "18.0 GiB of weights"),
        ("models: {mine: {id: Qwen/QwQ-32B¦-AWQ}}", "**qwq-32b** as `awq`"),
        ("specialists:\n  - field: ma¦th", "**math**: "),
        ("fields: [ma¦th]", "**math**: "),
        ("specialists:\n  - backend: vl¦lm", "image `vllm/"),
        ("prompts: {abstention_template: abstention¦_v1}", "I am not sure enough"),
        ("arbiter: {model: mi¦ne}\nmodels:\n  mine: {id: a/b}", "declared in this file, line 3"),
        ("routing:\n  max_fanout: ¦2", "**max_fanout**"),
        ("targets: [rou¦ter]", "**targets**"),
    ],
)
def test_a_value_tells_what_it_names(text: str, words: str) -> None:
    assert words in (said(text + "\n") or "")


@pytest.mark.parametrize("text", ["¦", "# pre¦set", "nonsense: ¦1", "tier: ¦ ", "models:\n  mi¦ne:\n    id: x", "x-a: {b: ¦c}"])
def test_there_is_nothing_to_say_elsewhere(text: str) -> None:
    assert said(text + "\n") is None


def test_every_key_has_a_page() -> None:
    for path, entry in walk(Config):
        lines, depth, dash = [], 0, ""
        for step in path.split("."):
            name = step.removesuffix("[]").replace("<name>", "mine")
            lines.append(f"{'  ' * depth}{dash}{name}:")
            depth, dash = depth + 1 + bool(dash), "- " if step.endswith("[]") else ""
        lines[-1] = lines[-1].replace(entry.name, f"{entry.name[:1]}¦{entry.name[1:]}")
        assert (said("\n".join(lines)) or "").startswith(f"**{entry.name}**"), path


def test_a_secret_is_not_repeated(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    told = said(f"project:\n  descr¦iption: {token}\n", Around(CATALOG, linked, resolved(tmp_path, {"aua.yaml": HEAD})))
    assert told is not None
    assert token not in told
