import time
from itertools import combinations

import pytest
from aua_runtime.classify import GENERAL, probabilities, reasons, vocabulary_of
from aua_runtime.classify.model import FILE, parsed, shipped
from aua_runtime.classify.text import QUESTION_CHARACTERS, pieces_of, question_window, words_of
from aua_runtime.contract.classifier import highest_probability
from harness import subject
from hypothesis import given
from hypothesis import strategies as st

CODE = subject(
    "code", keywords={"python": 0.9, "function": 0.5, "c++": 0.9, "stack trace": 0.8, "```": 0.7, "unit_test": 0.6, "größe": 0.9}
)
MATH = subject("math", keywords={"integral": 0.9, "prove": 0.6, "function": 0.4, "∫": 0.9})
VOCABULARY = vocabulary_of((CODE, MATH))
SHIPPED = tuple(subject(name) for name in shipped().fields)
ALL = vocabulary_of(SHIPPED)

TEXTS = st.text(max_size=400) | st.lists(
    st.sampled_from(["python", "court", "the", "x^2", "痛い", "Ärztin", "loan", "poem", "qzxv", "{", "12"]), max_size=60
).map(" ".join)


def top(question: str, context: str = "") -> str:
    return next(iter(probabilities(question, context, VOCABULARY)))


def shipped_top(question: str, context: str = "") -> str:
    return next(iter(probabilities(question, context, ALL)))


# --- words of the plan's own


@pytest.mark.parametrize("question", ["hello", "", "How are you today?", "?!", "你好", "pythonic functional", "cpp"])
def test_a_question_that_speaks_for_no_field_is_general(question: str) -> None:
    found = probabilities(question, "", VOCABULARY)
    assert found[GENERAL] == pytest.approx(1)
    assert found["code"] == found["math"] == 0.0


@pytest.mark.parametrize(
    "question",
    [
        "Write PYTHON.",
        "a c++ question",
        "My stack-trace says",
        "the stack\ntrace",
        "```\nx\n```",
        "a unit test",
        "die Größe",
        "function of a stack trace",
    ],
)
def test_words_phrases_symbols_and_other_scripts_speak_for_their_field(question: str) -> None:
    assert top(question) == "code"


def test_symbols_are_found_inside_words() -> None:
    assert top("∫x dx") == "math"


def test_words_of_one_phrase_that_are_apart_say_nothing() -> None:
    assert top("a trace of the stack") == GENERAL


def test_a_word_counts_once() -> None:
    once, often = (probabilities(text, "", VOCABULARY)["math"] for text in ("prove", "prove prove prove"))
    assert once == pytest.approx(often)


def test_more_evidence_makes_a_field_likelier() -> None:
    less, more = (probabilities(text, "", VOCABULARY)["math"] for text in ("prove", "prove the integral"))
    assert less < more


def test_earlier_turns_count_less_than_the_question() -> None:
    assert top("Now prove it.", "python") == "math"
    assert probabilities("go on", "python", VOCABULARY)["code"] < probabilities("python", "", VOCABULARY)["code"]
    assert top("go on", "python") == "code"


def test_of_a_long_question_only_both_ends_are_read() -> None:
    filling = "word " * 10_000
    assert top(f"python {filling}") == "code"
    assert top(f"{filling} python") == "code"
    assert top(f"{filling} python {filling}") == GENERAL


def test_of_the_context_only_the_end_is_read() -> None:
    assert top("go on", "python " + "word " * 1000) == GENERAL


def test_a_field_named_general_may_have_words_of_its_own() -> None:
    vocabulary = vocabulary_of((CODE, subject(GENERAL, keywords={"flurbo": 0.9})))
    assert probabilities("hello", "", vocabulary)[GENERAL] == pytest.approx(1)
    found = probabilities("python flurbo", "", vocabulary)
    assert found[GENERAL] > probabilities("python", "", vocabulary)[GENERAL]


def test_a_word_that_a_config_adds_to_a_shipped_field_speaks_for_it() -> None:
    known, taught = (vocabulary_of((subject("law", keywords=words),)) for words in ({}, {"flurbo": 0.9}))
    assert next(iter(probabilities("What is a flurbo?", "", known))) == GENERAL
    assert next(iter(probabilities("What is a flurbo?", "", taught))) == "law"


def test_the_words_that_the_model_was_taught_count_no_second_time() -> None:
    taught = shipped().taught["law"]
    plain, listed = (vocabulary_of((subject("law", keywords=words),)) for words in ({}, taught))
    question = "Can my landlord evict me without a court order?"
    assert taught
    assert probabilities(question, "", listed) == probabilities(question, "", plain)


def test_a_field_of_ones_own_stands_up_to_a_sure_model() -> None:
    vocabulary = vocabulary_of((*SHIPPED, subject("contracts", keywords={"nda": 0.9, "clause": 0.9})))
    found = probabilities("Check the clause about penalties in this NDA for our lawyer.", "", vocabulary)
    assert found["contracts"] > 0.2
    assert found["law"] > 0.2
    assert "contracts" in list(found)[:2]


# --- the shipped model


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("hello", "general"),
        ("xqzv wvkj", "general"),
        ("", "general"),
        ("Why does my Python loop raise an IndexError?", "software_engineering"),
        ("Ich habe Kopfschmerzen und Fieber", "medicine"),
        ("写一首关于月亮的诗", "creative_writing"),
        ("∫ x² dx", "mathematics"),
        ("how do i invset in an indx fund", "finance"),
    ],
)
def test_the_shipped_model_knows_plain_foreign_bare_and_misspelt_questions(question: str, field: str) -> None:
    assert shipped_top(question) == field


def test_a_follow_up_stays_in_the_field_of_the_talk() -> None:
    talk = "My Flask app returns 500 when I post a form.\nShow me the traceback; often a KeyError is raised in the handler."
    assert shipped_top("and why does it fail?") != "software_engineering"
    assert shipped_top("and why does it fail?", talk) == "software_engineering"


def test_a_new_subject_wins_over_the_talk_before_it() -> None:
    talk = "How do I sort a list in Python?\nUse sorted(items)."
    assert shipped_top("Thanks! Can my landlord evict me without going to court?", talk) == "law"


def test_what_speaks_for_a_field_that_the_plan_lacks_is_general() -> None:
    question = "How do I refinance my mortgage at a lower interest rate?"
    served = vocabulary_of((subject("software_engineering"), subject("mathematics")))
    assert shipped_top(question) == "finance"
    assert next(iter(probabilities(question, "", served))) == GENERAL


@given(st.sets(st.sampled_from(shipped().fields)), TEXTS, TEXTS)
def test_any_set_of_fields_shares_one_whole(names: set[str], question: str, context: str) -> None:
    found = probabilities(question, context, vocabulary_of(subject(name) for name in sorted(names)))
    assert set(found) == names | {GENERAL}
    assert sum(found.values()) == pytest.approx(1)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert all(0 <= value <= 1 + 1e-9 for value in found.values())


def test_a_plan_with_fewer_fields_moves_mass_to_general_only() -> None:
    question = "Prove that the algorithm terminates, then implement it in Python."
    whole = probabilities(question, "", ALL)
    for pair in combinations(("software_engineering", "mathematics", "law"), 2):
        part = probabilities(question, "", vocabulary_of(subject(name) for name in pair))
        assert {name: part[name] for name in pair} == pytest.approx({name: whole[name] for name in pair}, abs=0.02)


@given(TEXTS, TEXTS)
def test_no_field_but_general_gets_more_than_the_compiler_believes(question: str, context: str) -> None:
    for vocabulary in (ALL, VOCABULARY, vocabulary_of((subject("law", keywords={"court": 1.0, "python": 1.0}),))):
        found = probabilities(question, context, vocabulary)
        assert max((value for name, value in found.items() if name != GENERAL), default=0) <= highest_probability() + 1e-9


def test_a_sure_word_reaches_what_the_compiler_believes() -> None:
    vocabulary = vocabulary_of((subject("own", keywords={"flurbo": 1.0}),))
    assert probabilities("flurbo", "", vocabulary)["own"] == pytest.approx(highest_probability())


@given(TEXTS, TEXTS)
def test_what_was_asked_before_changes_nothing(one: str, other: str) -> None:
    first = probabilities(one, "", ALL)
    probabilities(other, one, ALL)
    assert probabilities(one, "", ALL) == first


def test_fields_in_another_order_get_the_same() -> None:
    question = "Is it legal to sell my own poems?"
    assert probabilities(question, "", vocabulary_of(reversed(SHIPPED))) == pytest.approx(probabilities(question, "", ALL))


@given(TEXTS)
def test_letter_case_and_doubled_spaces_change_nothing(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()[: QUESTION_CHARACTERS // 2]
    changed = plain.swapcase().replace(" ", "  ")
    assert probabilities(changed, "", ALL) == probabilities(plain, "", ALL)


def test_a_megabyte_costs_no_more_than_a_page() -> None:
    page, book = ("word7 größe 痛い {x} " * count for count in (100, 50_000))
    assert len(book.encode()) > 1_000_000

    def cost_s(text: str) -> float:
        began = time.process_time()
        for _ in range(20):
            probabilities(text, text, ALL)
        return time.process_time() - began

    assert min(cost_s(book) for _ in range(3)) < 5 * min(cost_s(page) for _ in range(3))


@given(st.text(st.characters(max_codepoint=127)))
def test_both_ways_to_split_a_text_agree(text: str) -> None:
    plain = text.lower()
    assert words_of(plain) == words_of(f"{plain} é")[:-1]


@given(st.text(min_size=1))
def test_any_word_can_be_taken_apart(text: str) -> None:
    for word in words_of(question_window(text)):
        assert all(pieces_of(word))


# --- the packed weights


def test_packed_weights_add_up_as_if_they_were_apart() -> None:
    model = parsed(FILE.read_text(encoding="utf-8"))
    chosen = [number for index, number in enumerate(model.words.values()) if index % 7 == 0]
    apart = [model.unpacked(number) for number in chosen]
    assert model.unpacked(sum(chosen)) == tuple(sum(column) for column in zip(*apart, strict=True))
    assert min(min(row) for row in apart) < 0 < max(max(row) for row in apart)


# --- why


def test_the_loudest_words_are_told_for_each_field() -> None:
    said = reasons("My landlord keeps my deposit although the lease is over", "", ALL)
    assert said["law"][0][0] in {"landlord", "lease", "deposit", "my landlord"}
    assert [weight for _, weight in said["law"]] == sorted((weight for _, weight in said["law"]), reverse=True)
    assert set(said) == set(shipped().fields)


def test_words_of_the_plans_own_are_told_too() -> None:
    assert ("flurbo", pytest.approx(3.76, abs=0.1)) in reasons("a flurbo", "", vocabulary_of((subject("own", keywords={"flurbo": 0.9}),)))[
        "own"
    ]


def test_what_was_said_before_is_told_too() -> None:
    assert "python" in [word for word, _ in reasons("and now?", "a python script", ALL)["software_engineering"]]


def test_words_for_a_field_that_the_plan_lacks_stand_with_general() -> None:
    said = reasons("refinance my mortgage", "", vocabulary_of((subject("law"),)))
    assert "mortgage" in [word for word, _ in said[GENERAL]]


@given(TEXTS, TEXTS)
def test_any_text_can_be_explained(question: str, context: str) -> None:
    for words in reasons(question, context, VOCABULARY).values():
        assert len(words) <= 5
