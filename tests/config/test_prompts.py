from pathlib import Path

from aua_compile.config.prompts import PromptChoice, prompt_choices
from tests.config.projects import WHOLE, resolved

TEMPLATE = "prompts: {arbiter_template: arbiter_balanced_v1}\n"
FILE = "prompts: {arbiter_template_path: p.txt}\n"


def chosen(folder: Path, lower: str, upper: str) -> tuple[PromptChoice, ...]:
    """What a project with `upper` over `lower` chooses."""
    made = resolved(folder, text=WHOLE + "extends: base.yaml\n" + upper, files={"base.yaml": lower, "p.txt": "Decide."}).value
    assert made is not None
    return prompt_choices(made)


def test_the_stronger_layer_decides_between_a_file_and_a_registered_text(tmp_path: Path) -> None:
    assert chosen(tmp_path / "a", TEMPLATE, FILE) == (PromptChoice("arbiter", path="p.txt"),)
    assert chosen(tmp_path / "b", FILE, TEMPLATE) == (PromptChoice("arbiter", template="arbiter_balanced_v1"),)


def test_one_layer_that_gives_both_is_noticed(tmp_path: Path) -> None:
    both = "prompts: {arbiter_template: arbiter_balanced_v1, arbiter_template_path: p.txt}\n"
    assert [choice.tied for choice in chosen(tmp_path, "routing: {max_fanout: 2}\n", both)] == [True]
