"""What is asked."""

import json
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median

import pytest
from aua_runtime.loadtest.prompts import ASKED, UnusableError, made, mix_of, of_file


def test_prompts_follow_the_mix_and_the_length_and_seldom_repeat() -> None:
    prompts = list(islice(made({"mathematics": 3, "law": 1}, 60, Random(1)), 2000))
    assert 0.7 < sum(prompt.field == "mathematics" for prompt in prompts) / 2000 < 0.8
    texts = [prompt.body["messages"][0]["content"] for prompt in prompts]
    assert 55 < median(len(text.split()) for text in texts) < 75
    assert len(set(texts)) > 1950


@pytest.mark.parametrize("field", ASKED)
def test_every_field_has_prompts(field: str) -> None:
    for prompt in islice(made({field: 1}, 5, Random(1)), 50):
        assert "{" not in prompt.body["messages"][0]["content"]


def test_a_file_of_prompts_is_asked_again_and_again(tmp_path: Path) -> None:
    rows = [{"prompt": "one", "field": "law"}, {"messages": [{"role": "user", "content": "two"}]}]
    (tmp_path / "p.jsonl").write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = list(islice(of_file(str(tmp_path / "p.jsonl"), Random(1)), 10))
    assert sorted({(prompt.field, prompt.body["messages"][0]["content"]) for prompt in found}) == [("", "two"), ("law", "one")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no prompt"),
        ("{", "p.jsonl:1: not JSON"),
        ('{"prompt": "a"}\n[1]', "p.jsonl:2: neither"),
        ('{"prompt": 1}', "neither"),
        ('{"messages": []}', "neither"),
    ],
)
def test_a_file_without_prompts_is_refused_with_the_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "p.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(UnusableError, match=says):
        of_file(str(tmp_path / "p.jsonl"), Random(1))


@pytest.mark.parametrize(
    ("text", "says"), [("history", "history"), ("law=x", "no weight"), ("law=0", "above 0"), ("law=inf", "above 0"), ("", "no prompts")]
)
def test_a_mix_that_cannot_be_asked_is_refused(text: str, says: str) -> None:
    with pytest.raises(UnusableError, match=says):
        mix_of(text)
