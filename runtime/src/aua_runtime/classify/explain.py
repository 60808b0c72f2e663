"""Which words of a question spoke for which field: for people, and off the hot path."""

from collections.abc import Iterator
from itertools import filterfalse
from math import log, sqrt

from aua_runtime.classify.decide import evidence
from aua_runtime.classify.model import Model
from aua_runtime.classify.text import UNKNOWN_WORDS, context_window, pieces_of, question_window, signs_of, words_of
from aua_runtime.classify.vocabulary import Vocabulary
from aua_runtime.contract.classifier import odds

MOST_WORDS = 5
LEAST_WEIGHT = 0.1
"""What says less than this for a field is left out."""


def reasons(question: str, context: str, vocabulary: Vocabulary) -> dict[str, list[tuple[str, float]]]:
    """For each field of the plan the words, pairs and signs that spoke loudest for it, loudest first, with their weights.

    A weight is how much the natural logarithm of the field's odds grows by what was read, against the mean of the model's fields. For a
    word of the plan's own it is the logarithm of the odds that the word alone would give, where these are above one. What spoke for a
    field that the plan lacks stands with `general`, which has its share.
    """
    model = vocabulary.model
    text, earlier = question_window(question), context_window(context) if context else ""
    packed: dict[str, int] = {}
    for read in (text, earlier):
        for word, weights in _features(read, model):
            packed[word] = packed.get(word, 0) + weights
    norm = model.unpacked(sum(packed.values()))[-1]
    factor = model.unit / sqrt(model.smoothing + norm * model.norm_unit)
    said: dict[str, dict[str, float]] = {name: {} for name in vocabulary.fields}
    for word, weights in packed.items():
        *values, _ = model.unpacked(weights)
        mean = sum(values) / len(values)
        for place, value in zip(vocabulary.places, values, strict=True):
            _hear(said[vocabulary.fields[place]], word, (value - mean) * factor)
    for word, index, weight in evidence(text, earlier, vocabulary):
        _hear(said[vocabulary.fields[index]], word, log(max(odds(weight), 1.0)))
    return {name: _loudest(words) for name, words in said.items()}


def _hear(said: dict[str, float], word: str, weight: float) -> None:
    said[word] = max(said.get(word, 0.0), weight)


def _loudest(said: dict[str, float]) -> list[tuple[str, float]]:
    kept = [(word, round(weight, 2)) for word, weight in said.items() if weight >= LEAST_WEIGHT]
    return sorted(kept, key=lambda entry: (-entry[1], entry[0]))[:MOST_WORDS]


def _features(text: str, model: Model) -> Iterator[tuple[str, int]]:
    """The features of a text under the words that they come from; what an unknown word is taken apart into counts as that word."""
    words = words_of(text)
    after = dict(zip(words, [*words[1:], ""], strict=False))
    for word in [*after, *signs_of(text)]:
        if word in model.words:
            yield repr(word) if word == "\n" else word, model.words[word]
    for pair in after.items():
        if pair in model.pairs:
            yield " ".join(pair), model.pairs[pair]
    for word in list(filterfalse(model.words.__contains__, after))[:UNKNOWN_WORDS]:
        yield word, sum(model.pieces.get(piece, 0) for piece in pieces_of(word))
