"""The labelled prompts that judge the classifier, and the figures made from its answers."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from aua_compile.shipped import names
from bench.routing import measure
from bench.routing.edits import EDITS
from bench.routing.measure import Verdict, judged
from bench.routing.prompts import FIELDS, KINDS, PLAIN, Prompt, alike, read, shared
from bench.routing.report import SMALLEST_HARD_SHARE, SMALLEST_SET, bars, page

PROMPTS = read()


def asked(text: str, *fields: str, kind: str = PLAIN) -> Prompt:
    return Prompt(text, kind, fields or ("general",), ({"role": "user", "content": text},))


def verdict(said: str, confidence: float, *fields: str, kind: str = PLAIN) -> Verdict:
    return Verdict(asked("a question", *fields, kind=kind), said, confidence, {})


def test_there_are_enough_prompts_and_a_third_of_them_is_hard() -> None:
    assert len(PROMPTS) >= SMALLEST_SET
    assert sum(prompt.kind != PLAIN for prompt in PROMPTS) >= SMALLEST_HARD_SHARE * len(PROMPTS)


def test_every_prompt_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(prompt.id for prompt in PROMPTS).items() if count > 1] == []


def test_every_label_is_a_shipped_field_and_every_shipped_field_is_a_label() -> None:
    assert set(FIELDS) == set(names("fields"))
    assert {field for prompt in PROMPTS for field in prompt.fields} == set(FIELDS)


def test_fields_are_balanced_within_every_kind() -> None:
    counts = Counter((prompt.kind, prompt.fields[0]) for prompt in PROMPTS)
    assert {kind for kind, _ in counts} == set(KINDS)
    uneven = {kind for kind in KINDS if len({counts[kind, field] for field in FIELDS}) > 1}
    assert uneven == set()


def test_hard_kinds_are_balanced() -> None:
    assert len(set(Counter(prompt.kind for prompt in PROMPTS if prompt.kind != PLAIN).values())) == 1


def test_only_a_prompt_of_two_fields_has_two_labels() -> None:
    assert [prompt.id for prompt in PROMPTS if len(set(prompt.fields)) != (2 if prompt.kind == "two_fields" else 1)] == []


def test_only_a_conversation_has_several_messages_and_each_ends_with_the_user() -> None:
    assert [prompt.id for prompt in PROMPTS if (len(prompt.messages) > 1) != (prompt.kind == "conversation")] == []
    assert {prompt.messages[-1]["role"] for prompt in PROMPTS} == {"user"}


def test_no_two_prompts_are_near_duplicates() -> None:
    share, one, two = alike(PROMPTS)
    assert share < 0.2, (one, two)


def test_near_duplicates_are_found_between_any_two_of_several() -> None:
    prompts = (asked("one two three four five"), asked("zero one two three four five six"), asked("one two three four five six seven"))
    assert alike(prompts)[0] == 1.0


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_most_prompts_and_is_the_same_each_time(name: str) -> None:
    texts = [prompt.messages[-1]["content"] for prompt in PROMPTS]
    edited = [EDITS[name](text) for text in texts]
    assert edited == [EDITS[name](text) for text in texts]
    assert sum(before != after for before, after in zip(texts, edited, strict=True)) > 0.8 * len(texts)


def test_edits_do_what_they_say() -> None:
    text = "Who, pray, painted the fresco?"
    edited = {name: edit(text) for name, edit in EDITS.items()}
    assert edited == {
        "letter case": "who, pray, painted the fresco?",
        "punctuation dropped or added": "Who pray painted the fresco",
        "spaces doubled": "Who,  pray,  painted  the  fresco?",
        "two letters of a long word swapped": edited["two letters of a long word swapped"],
        "`please` or `thanks` at the end": edited["`please` or `thanks` at the end"],
        "`hi,` at the start": "hi, Who, pray, painted the fresco?",
    }
    assert edited["two letters of a long word swapped"] in {
        "Who, pray, paitned the fresco?",
        "Who, pray, painted the frseco?",
        "Who, pray, painted the frecso?",
    }
    assert edited["`please` or `thanks` at the end"] in {f"{text} please", f"{text} thanks"}


def test_an_edit_that_changes_nothing_does_not_count() -> None:
    found = measure.flips(judged((asked("abc"),), _by_length))
    assert found["spaces doubled"] == (0, 0)
    assert found["two letters of a long word swapped"] == (0, 0)


def test_swapped_letters_differ() -> None:
    assert EDITS["two letters of a long word swapped"]("kettle") == "ketlte"
    assert EDITS["two letters of a long word swapped"]("aaaaaa") == "aaaaaa"


def test_a_flip_is_another_field_than_before_right_or_wrong() -> None:
    found = judged((asked("sixteen letters!", "law"),), _by_length)
    assert measure.flips(found)["`hi,` at the start"] == (1, 1)
    assert measure.flips(found)["letter case"] == (0, 1)
    # Of six edits three make it longer than its 16 characters, where this classifier turns.
    assert measure.flip_share(found) == pytest.approx(3 / 6)


def test_an_edit_leaves_earlier_messages_alone() -> None:
    seen: list[str] = []

    def listening(messages: Sequence[dict[str, Any]]) -> Mapping[str, float]:
        seen.append(messages[0]["content"])
        return {"general": 1.0}

    said = ({"role": "user", "content": "Begin here."}, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And then?"})
    judged((Prompt("talk", "conversation", ("general",), said),), listening)
    assert set(seen) == {"Begin here."}


def test_either_field_of_two_is_right_and_only_the_first_is_strictly_right() -> None:
    found = (verdict("law", 0.9, "finance", "law"), verdict("finance", 0.9, "finance", "law"), verdict("general", 0.9, "finance", "law"))
    assert measure.accuracy(found) == pytest.approx(2 / 3)
    assert measure.strict_accuracy(found) == pytest.approx(1 / 3)


def test_the_calibration_error_is_the_gap_of_each_bin_by_its_count() -> None:
    # Of three at 0.9 two are right (gap 0.9 - 2/3), one at 0.5 is right (gap 0.5); by hand: 3/4 * 7/30 + 1/4 * 1/2 = 0.3.
    found = (verdict("law", 0.9, "law"), verdict("law", 0.9, "law"), verdict("law", 0.9, "finance"), verdict("law", 0.5, "law"))
    assert measure.calibration_error(measure.reliability(found)) == pytest.approx(0.3)


@pytest.mark.parametrize(("confidence", "index"), [(0.0, 0), (1 / 15, 0), (0.07, 1), (0.99, 14), (1.0, 14)])
def test_a_bin_holds_its_upper_edge(confidence: float, index: int) -> None:
    held = measure.reliability((verdict("law", confidence, "law"),))
    assert [position for position, one in enumerate(held) if one is not None] == [index]


def test_the_interval_is_wilsons() -> None:
    # 81 of 263: the worked example of Newcombe, Statistics in Medicine 17 (1998), table I.
    assert measure.interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("texts.jsonl", json.dumps({"label": "law", "text": "one TWO three, four five six"}) + "\n"),
        ("texts.json", json.dumps([{"texts": ["one TWO three, four five six"]}])),
        ("texts.tsv", "law\tnothing alike\nlaw\tone TWO three, four five six\n"),
    ],
)
def test_words_shared_with_training_data_are_found(tmp_path: Path, file: str, content: str) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / file).write_text(content)
    # Runs of five in eight words: four, of which two stand in the training text.
    assert shared((asked("one two three four five six seven eight"),), tmp_path) == pytest.approx(2 / 4)


def test_without_training_data_the_overlap_is_unknown_and_its_bar_is_missed(tmp_path: Path) -> None:
    found = judged((asked("anything at all"), asked("other words", kind="bare")), lambda _: {"general": 1.0})
    overlap = bars(found, tmp_path / "nowhere")[-1]
    assert overlap.measured == "no training data found"
    assert not overlap.met


def test_a_perfect_classifier_misses_no_bar_and_a_constant_one_does(tmp_path: Path) -> None:
    (tmp_path / "training.txt").write_text("nothing that anybody was asked in earnest\n")
    perfect = tuple(Verdict(prompt, prompt.fields[0], 1.0, dict.fromkeys(EDITS, False)) for prompt in PROMPTS)
    constant = judged(PROMPTS, lambda _: {"general": 1.0})
    assert [bar.name for bar in bars(perfect, tmp_path) if not bar.met] == []
    assert {bar.name for bar in bars(constant, tmp_path) if not bar.met} == {"accuracy", "accuracy, hard", "expected calibration error"}


def test_the_page_shows_no_prompt(tmp_path: Path) -> None:
    shown = page(judged(PROMPTS, lambda _: {"general": 1.0}), tmp_path)
    assert shared(PROMPTS, _file(tmp_path, shown)) == 0.0


def _file(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text)
    return path


def _by_length(messages: Sequence[dict[str, Any]]) -> Mapping[str, float]:
    return {"law": 1.0} if len(messages[-1]["content"]) <= 16 else {"general": 1.0}
