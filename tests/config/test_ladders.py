from pathlib import Path

import pytest

from aua_compile.config.ladders import candidate_of, ladder, served_name
from aua_compile.config.rules import check_config
from tests.config.projects import CATALOG, HEAD, codes, resolved

REMOTE = "specialists: [{name: swe, field: swe, model: %s, backend: openai, host: llm.example.org}]\n"
MODELS = "models: {mine: {id: acme/mine}, other: {alias: mine}, known: {id: Qwen/Qwen2.5-7B-Instruct-AWQ}, round: {alias: round}}\n"


@pytest.mark.parametrize(
    ("model", "kind", "name"),
    [
        ("gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("mine", "openai", "acme/mine"),
        ("other", "openai", "acme/mine"),
        ("known", "openai", "Qwen/Qwen2.5-7B-Instruct-AWQ"),
        ("round", "openai", "round"),
        ("qwen-coder-7b-awq", "vllm", "Qwen/Qwen2.5-Coder-7B-Instruct-AWQ"),
        ("qwen-coder-7b-q4-k-m", "ollama", "qwen2.5-coder:7b"),
    ],
)
def test_an_external_server_knows_a_model_by_its_id_or_as_it_was_written(model: str, kind: str, name: str, tmp_path: Path) -> None:
    made = resolved(tmp_path, text=HEAD + MODELS + REMOTE % model).value
    assert made is not None
    assert served_name(made.config.specialists[0], kind, made) == name


def test_a_ladder_holds_what_its_names_stand_for(tmp_path: Path) -> None:
    text = (
        "models: {mine: {id: Qwen/Qwen2.5-7B-Instruct-AWQ, context: 4096, vram_gib: 5}, other: {alias: mine}, far: {alias: qwen-3b-awq}}\n"
    )
    made = resolved(tmp_path, text=HEAD + text + "specialists: [{name: swe, field: swe, model: [other, far]}]\n").value
    assert made is not None
    first, second = ladder(made.config.specialists[0], made)
    assert (first.reference, first.model.context_tokens, first.variant.weights_gib) == ("other", 4096, 5.0)
    assert (second.reference, second.model.name) == ("far", "qwen-3b")


@pytest.mark.parametrize(("length", "known"), [(8, True), (9, False), (3000, False)])
def test_names_may_stand_for_each_other_a_few_times(length: int, *, known: bool, tmp_path: Path) -> None:
    chain = "".join(f"  m{number}: {{alias: m{number + 1}}}\n" for number in range(length - 1))
    text = f"models:\n{chain}  m{length - 1}: {{alias: qwen-7b-awq}}\nspecialists: [{{name: swe, field: swe, model: m0}}]\n"
    made = resolved(tmp_path, text=HEAD + text)
    assert made.value is not None
    assert (candidate_of("m0", made.value.config.models, CATALOG) is not None) == known
    assert ("AUA0255" in codes(made.then(check_config))) == (not known)
