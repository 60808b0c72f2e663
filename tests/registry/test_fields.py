"""The words of the fields against what people plainly ask, through the router's own classifier."""

import pytest
from aua_runtime.classify import probabilities, vocabulary_of
from aua_runtime.classify.model import shipped
from aua_runtime.plan import Field

from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import names

CATALOG = Catalog()
ASKED = {
    "general": ["hello", "Hi, how are you?", "What is the capital of France?", "How do I make pancakes?", "Tell me something interesting"],
    "software_engineering": [
        "Write a Python function that reverses a linked list",
        "My code throws a NullPointerException",
        "How do I undo the last git commit?",
        "Why is my SQL join slow?",
        "fix this bug: for i in range(len(xs)): xs.pop()",
    ],
    "mathematics": [
        "What is the integral of x^2?",
        "Solve 3x + 5 = 20",
        "A bag has 3 red and 5 blue balls; what is the probability of drawing two red?",
        "Prove that the square root of 2 is irrational",
        "What is 15% of 240?",
    ],
    "medicine": [
        "What are the symptoms of diabetes?",
        "Can I take ibuprofen with aspirin?",
        "How long does the flu last?",
        "my knee hurts when I run",
    ],
    "law": ["Can my landlord evict me without notice?", "Is it legal to record a phone call?", "Draft a non-disclosure agreement"],
    "finance": ["Should I invest in index funds or bonds?", "How do I calculate compound interest?", "What is EBITDA?"],
    "creative_writing": [
        "Write a poem about autumn",
        "Write a short story about a dragon who is afraid of fire",
        "Give me a haiku about the sea",
    ],
    "education": [
        "Create a lesson plan for fifth grade on fractions",
        "Make flashcards for Spanish vocabulary",
        "Explain gravity to a 6 year old",
    ],
    "research": ["What is quantum entanglement?", "Summarize the literature on CRISPR off-target effects", "how do black holes form"],
}


def field(name: str) -> Field:
    facts = CATALOG.field(name)
    assert facts is not None
    return Field(name, facts.aliases, facts.keywords, (), "direct", facts.high_risk, "balanced")


VOCABULARY = vocabulary_of(field(name) for name in names("fields"))


@pytest.mark.parametrize(("name", "question"), [(name, question) for name, questions in ASKED.items() for question in questions])
def test_a_plain_question_is_recognised(name: str, question: str) -> None:
    found = probabilities(question, "", VOCABULARY)
    assert next(iter(found)) == name, found


def test_every_field_is_asked_for() -> None:
    assert set(ASKED) == set(names("fields"))


def test_the_model_was_taught_the_words_of_the_shipped_fields() -> None:
    facts = {name: CATALOG.field(name) for name in names("fields")}
    assert shipped().taught == {name: found.keywords for name, found in facts.items() if found is not None}, "run `make classifier`"
