from dataclasses import replace
from pathlib import Path

import pytest

from aua_compile.config.rules.quantization import check
from aua_compile.config.rules.subject import subject
from tests.config.projects import HEAD, resolved


@pytest.mark.parametrize(
    ("accelerator", "model", "words"),
    [
        ("t4", "qwen-7b-bf16", ("bf16", "capability 8", "t4 has 7.5")),
        ("t4", "qwen-7b-awq", ()),
        ("mi300x", "qwen-7b-awq", ("no image of vllm runs on mi300x",)),
    ],
)
def test_a_device_that_cannot_compute_the_weights_is_named_with_the_number_that_decides(
    accelerator: str, model: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    made = resolved(tmp_path, text=HEAD + f"specialists: [{{name: swe, field: swe, model: {model}, backend: vllm}}]\n").value
    assert made is not None
    found = list(check(subject(replace(made, tier=replace(made.tier, accelerator=accelerator)))))
    assert bool(found) == bool(words)
    assert all(word in finding.message for finding in found for word in words)
