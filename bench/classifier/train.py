"""Trains the classifier that the runtime ships, from the data beside this file: `make classifier`.

A multinomial logistic regression. A text is the set of its words, known pairs of words and signs; a known word weighs what it was found to
weigh and, as an unknown one does, what its pieces weigh (Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017), each
times its inverse document frequency; the sum is divided by the root of its smoothed norm. Adam on mini-batches, weights decaying. Held-out
folds give the figures and the temperature (Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2), all examples the
weights. One seed, no threads: the same data gives the same bytes.
"""

import argparse
import base64
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import numpy as np
from aua_runtime.classify.decide import SURENESS
from aua_runtime.classify.model import LINE_FEED, WEIGHT_ZERO
from aua_runtime.classify.text import SIGNS, UNKNOWN_WORDS, context_window, pieces_of, question_window, signs_of, words_of

from aua_compile.registry.catalog import Catalog
from bench.classifier.examples import FIELDS, Example, foreign, framed, gibberish, made, surroundings, terms, varied, written

SHIPPED = Path(__file__).parents[2] / "runtime/src/aua_runtime/classify/model.txt"

SEED = 20
FOLDS = 5
ROUNDS = 3  # how often each term is put into a shell, and each question's frame gets a term
VARIANTS = 5  # of each written question, said a little differently
SMOOTHING = 30.0  # added to the squared norm: one known word alone decides little
PIECE_SHARE = 0.4  # what a piece counts against a word
RAREST = 8.0  # greatest inverse document frequency
UNKNOWN_CHANCE = 0.1  # how often a known word is read as an unknown one, so that its pieces learn what it means
LEAST_PAIRS = 4
LEAST_PAIR_WEIGHT = 16  # in units of a stored weight: each pair costs a question time
MOST_PIECES = 12_000
EPOCHS = 10
BATCH = 1024
STEP = 0.05
DECAY = 1e-6
SMOOTH_LABELS = 0.03

Floats = np.ndarray[Any, Any]
Pair = tuple[str, str]
Feature = TypeVar("Feature", str, Pair)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that get weights, each with its inverse document frequency: known words and signs, pairs, pieces."""

    words: dict[str, float]
    pairs: dict[Pair, float]
    pieces: dict[str, float]


def vocabulary_of(examples: Sequence[Example]) -> Vocabulary:
    """Words that are listed or stand twice; pairs that are listed or stand four times in written questions; frequent pieces."""
    words: Counter[str] = Counter()
    pairs: Counter[Pair] = Counter()
    listed_words: set[str] = set()
    listed_pairs: set[Pair] = set()
    for example in examples:
        question, context = question_window(example.question), context_window(example.context)
        tokens = [*words_of(question), *words_of(context)]
        words.update({*tokens, *signs_of(question), *signs_of(context)})
        if example.kind == "term":
            listed_words.update(tokens)
            listed_pairs.update(pairwise(tokens))
        if example.kind not in {"shell", "crossed"}:
            pairs.update(set(pairwise(tokens)))
    known = {word: count for word, count in sorted(words.items()) if count > 1 or word in listed_words or word in SIGNS}
    pieces: Counter[str] = Counter()
    for word, count in words.items():
        if word not in SIGNS:
            for piece in pieces_of(word):
                pieces[piece] += min(count, 3)
    frequent = sorted(pieces.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_PIECES]
    total = len(examples)

    def rarity(count: int) -> float:
        return min(math.log(total / count), RAREST)

    return Vocabulary(
        {word: rarity(count) for word, count in known.items()},
        {
            pair: rarity(count)
            for pair, count in sorted(pairs.items())
            if (count >= LEAST_PAIRS or pair in listed_pairs) and pair[0] in known and pair[1] in known
        },
        {piece: PIECE_SHARE * rarity(count) for piece, count in sorted(frequent) if count > 2},  # twice is chance
    )


class Reader:
    """Texts as rows: a row is a word, sign or pair as one adds it up. New words get rows as they are met."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.own = {name: number for number, name in enumerate([*vocabulary.words, *vocabulary.pairs])}
        self.pieces = {name: number for number, name in enumerate(vocabulary.pieces)}
        self.numbers: dict[object, int] = {}
        self.rarities = [*vocabulary.words.values(), *vocabulary.pairs.values()]
        self.piece_rarities = list(vocabulary.pieces.values())
        self.rows_own: list[int] = []  # number of the feature of its own, or -1
        self.rows_pieces: list[list[int]] = []
        self.norms: list[float] = []

    def row(self, key: object, own: int, word: str) -> int:
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.norms)
            pieces = [self.pieces[piece] for piece in pieces_of(word) if piece in self.pieces] if word else []
            self.rows_own.append(own)
            self.rows_pieces.append(pieces)
            self.norms.append((self.rarities[own] ** 2 if own >= 0 else 0.0) + sum(self.piece_rarities[piece] ** 2 for piece in pieces))
        return number

    def read(self, text: str, random: Random | None) -> set[int]:
        """The rows of a text; with `random` some known words are read as if they were unknown."""
        words = words_of(text)
        after = dict(zip(words, [*words[1:], ""], strict=False))
        found = {self.row(sign, self.own[sign], "") for sign in signs_of(text) if sign in self.own}
        unknown = 0
        for word, second in after.items():
            own = self.own.get(word)
            if own is not None and not (random is not None and random.random() < UNKNOWN_CHANCE):
                found.add(self.row(word, own, word))
                pair = self.own.get((word, second))
                if pair is not None:
                    found.add(self.row((word, second), pair, ""))
            elif unknown < UNKNOWN_WORDS:
                unknown += 1
                found.add(self.row(("", word), -1, word))
        return found


@dataclass(frozen=True, slots=True)
class Texts:
    """Examples as sparse rows: those of example i stand from `starts[i]` on, each counting `values`; `scales` divide by the norm."""

    starts: Floats
    rows: Floats
    values: Floats
    scales: Floats
    labels: Floats
    weights: Floats


def texts_of(examples: Iterable[Example], reader: Reader, random: Random | None) -> Texts:
    rows: list[int] = []
    values: list[float] = []
    starts, scales, labels, weights = [0], [], [], []
    for example in examples:
        counted = dict.fromkeys(sorted(reader.read(question_window(example.question), random)), 1.0)
        norm = sum(reader.norms[row] for row in counted)
        if example.context:
            for row in sorted(reader.read(context_window(example.context), random)):
                counted[row] = counted.get(row, 0.0) + 1.0
                norm += reader.norms[row]
        rows.extend(counted)
        values.extend(counted.values())
        starts.append(len(rows))
        scales.append(1 / math.sqrt(SMOOTHING + norm))
        labels.append(FIELDS.index(example.field))
        weights.append(example.weight)
    return Texts(
        np.array(starts), np.array(rows), np.array(values, np.float32), np.array(scales, np.float32), np.array(labels), np.array(weights)
    )


class Weights:
    """What is learned: weights of features of their own and of pieces, and a bias for each field."""

    def __init__(self, reader: Reader) -> None:
        self.rarities = np.array(reader.rarities, np.float32)[:, None]
        self.piece_rarities = np.array(reader.piece_rarities, np.float32)[:, None]
        self.own = np.zeros((len(self.rarities), len(FIELDS)), np.float32)
        self.pieces = np.zeros((len(self.piece_rarities), len(FIELDS)), np.float32)
        self.bias = np.zeros(len(FIELDS), np.float32)
        self.arrange(reader)

    def arrange(self, reader: Reader) -> None:
        """Take note of the rows that the reader has met by now."""
        own = np.array(reader.rows_own)
        self.count = len(own)
        self.owned = np.flatnonzero(own >= 0)
        self.owners = own[self.owned]
        row = np.repeat(np.arange(self.count), [len(pieces) for pieces in reader.rows_pieces])
        piece = np.array([number for pieces in reader.rows_pieces for number in pieces], dtype=np.int64)
        self.by_row, self.row_starts, self.row_ids = piece, *_runs(row)
        order = np.argsort(piece, kind="stable")
        self.by_piece, self.piece_starts, self.piece_ids = row[order], *_runs(piece[order])

    def of_rows(self) -> Floats:
        """The weight of each row: its own, and that of its pieces."""
        table = np.zeros((self.count, len(FIELDS)), np.float32)
        table[self.row_ids] = np.add.reduceat((self.pieces * self.piece_rarities)[self.by_row], self.row_starts)
        table[self.owned] += (self.own * self.rarities)[self.owners]
        return table

    def slopes(self, slope: Floats) -> tuple[Floats, Floats]:
        """From the slope of each row those of the features of their own and of the pieces."""
        own, pieces = np.zeros_like(self.own), np.zeros_like(self.pieces)
        np.add.at(own, self.owners, slope[self.owned])
        pieces[self.piece_ids] = np.add.reduceat(slope[self.by_piece], self.piece_starts)
        return own * self.rarities, pieces * self.piece_rarities


def _runs(ordered: Floats) -> tuple[Floats, Floats]:
    """Where runs of equal numbers start, and which numbers they are."""
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return starts, ordered[starts]


def logits_of(texts: Texts, table: Floats, bias: Floats, chosen: Floats) -> tuple[Floats, Floats, Floats]:
    """Logits of the chosen texts; and for each of their rows its place in `texts.rows` and the text that it belongs to."""
    lengths = texts.starts[chosen + 1] - texts.starts[chosen]
    at = np.repeat(texts.starts[chosen] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
    owner = np.repeat(np.arange(len(chosen)), lengths)
    sums = np.zeros((len(chosen), table.shape[1]), np.float32)
    np.add.at(sums, owner, table[texts.rows[at]] * texts.values[at, None])
    return sums * texts.scales[chosen, None] + bias, at, owner


def softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def fit(texts: Texts, weights: Weights, seed: int) -> None:
    """Kingma and Ba, "Adam" (2015), with the step falling to nothing."""
    random = np.random.default_rng(seed)
    parameters = (weights.own, weights.pieces, weights.bias)
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in parameters]
    targets = (np.eye(len(FIELDS), dtype=np.float32) * (1 - SMOOTH_LABELS) + SMOOTH_LABELS / len(FIELDS))[texts.labels]
    by_field = np.bincount(texts.labels, texts.weights, len(FIELDS))
    factors = (texts.weights * (by_field.mean() / by_field)[texts.labels]).astype(np.float32)
    step = 0
    for epoch in range(EPOCHS):
        order = random.permutation(len(texts.labels))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            table = weights.of_rows()
            logits, at, owner = logits_of(texts, table, weights.bias, chosen)
            error = (softmax(logits) - targets[chosen]) * factors[chosen, None] / len(chosen)
            by_row = np.zeros_like(table)
            np.add.at(by_row, texts.rows[at], (error * texts.scales[chosen, None])[owner] * texts.values[at, None])
            own, pieces = weights.slopes(by_row)
            step += 1
            rate = STEP * (1 - epoch / EPOCHS)
            slopes = (own + DECAY * weights.own, pieces + DECAY * weights.pieces, error.sum(axis=0))
            for parameter, slope, moment in zip(parameters, slopes, moments, strict=True):
                _descend(parameter, slope, moment, step, rate)


def _descend(parameter: Floats, slope: Floats, moment: tuple[Floats, Floats], step: int, rate: float) -> None:
    mean, square = moment
    mean += 0.1 * (slope - mean)
    square += 0.01 * (slope * slope - square)
    parameter -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)


def trained(examples: Sequence[Example], seed: int) -> tuple[Reader, Weights]:
    """A model of these examples and of what is made from them."""
    random = Random(seed)
    openers, closers = surroundings()
    base = [
        *examples,
        *(Example(term, field, "term", weight=0.5) for field, listed in terms().items() for term in listed),
        *(Example(word, field, "term", weight=0.5 * weight) for field, listed in taught().items() for word, weight in listed.items()),
        *(Example(text, "general", "term", weight=0.3) for text in [*openers, *closers]),
        *(Example(text, "general", "shell", weight=0.3) for text in gibberish(random, 400)),
        *made(random, ROUNDS),
        *foreign(examples, random, 2),
        *framed(examples, random, ROUNDS),
    ]
    variants = [
        replace(varied(example, random, openers, closers), weight=example.weight * 0.5)
        for example in base
        for _ in range(1 if example.kind in {"shell", "crossed", "term"} else VARIANTS)
    ]
    reader = Reader(vocabulary_of(base))
    texts = texts_of([*base, *variants], reader, random)
    weights = Weights(reader)
    fit(texts, weights, seed)
    return reader, weights


def taught() -> dict[str, dict[str, float]]:
    """The keywords of the shipped fields, which are learned from."""
    catalog = Catalog()
    return {name: dict(facts.keywords) for name in FIELDS if (facts := catalog.field(name)) is not None}


def _commonest_first(rarities: dict[Feature, float]) -> list[Feature]:
    """So the weights of what most questions are made of lie together in memory, and stay in the processor's caches."""
    return sorted(rarities, key=rarities.__getitem__)


def model_text(reader: Reader, weights: Weights, temperature: float) -> str:
    """The model as `aua_runtime.classify.model` reads it: weights in whole units of a byte, and what they add to the norm."""
    vocabulary = reader.vocabulary
    words, pieces, pairs = _commonest_first(vocabulary.words), _commonest_first(vocabulary.pieces), _commonest_first(vocabulary.pairs)
    rows_words = [reader.row(word, reader.own[word], "" if word in SIGNS else word) for word in words]
    rows_pairs = [reader.row(pair, reader.own[pair], "") for pair in pairs]
    at = [reader.pieces[piece] for piece in pieces]
    weights.arrange(reader)
    table = weights.of_rows()
    of_pieces, norms_pieces = (weights.pieces * weights.piece_rarities)[at], weights.piece_rarities[at, 0] ** 2
    scaled = np.concatenate([table[rows_words], of_pieces, table[rows_pairs]]) / temperature
    norms = np.array([*(reader.norms[row] for row in rows_words), *norms_pieces, *(reader.norms[row] for row in rows_pairs)])
    unit = float(f"{np.quantile(np.abs(scaled).max(axis=1), 0.999) / 127:.6g}")
    norm_unit = float(f"{norms.max() / 255:.6g}")
    stored = np.empty((len(scaled), len(FIELDS) + 1), np.uint8)
    stored[:, :-1] = np.clip(np.rint(scaled / unit), -127, 127) + WEIGHT_ZERO
    stored[:, -1] = np.maximum(np.rint(norms / norm_unit), 1)
    told = np.abs(stored[len(stored) - len(pairs) :, :-1].astype(int) - WEIGHT_ZERO).max(axis=1) >= LEAST_PAIR_WEIGHT
    stored = np.concatenate([stored[: len(stored) - len(pairs)], stored[len(stored) - len(pairs) :][told]])
    head = {
        "fields": FIELDS,
        "bias": [round(float(value) / temperature, 4) for value in weights.bias],
        "unit": unit,
        "smoothing": SMOOTHING,
        "norm_unit": norm_unit,
        "taught": taught(),
    }
    lines = [
        json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        " ".join(words).replace("\n", LINE_FEED),
        " ".join(pieces),
        " ".join(" ".join(pair) for pair, tells in zip(pairs, told, strict=True) if tells),
        base64.b64encode(stored.tobytes()).decode(),
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Held:
    """Examples that a model had not seen, and its logits for the question alone and for the question in its talk."""

    examples: tuple[Example, ...]
    alone: Floats
    both: Floats

    @property
    def labels(self) -> Floats:
        return np.array([FIELDS.index(example.field) for example in self.examples])

    def probabilities(self, temperature: float) -> Floats:
        """As the runtime gives them: the surer the question alone, the less what was said before counts."""
        alone, both = softmax(self.alone / temperature), softmax(self.both / temperature)
        sure = alone.max(axis=1, keepdims=True) ** SURENESS
        return np.where([[bool(example.context)] for example in self.examples], sure * alone + (1 - sure) * both, alone)


def held_out(examples: Sequence[Example], folds: int) -> Held:
    """The first `folds` of `FOLDS` parts of the examples, each judged by a model of all the others."""
    random = Random(SEED)
    part = [random.randrange(FOLDS) if example.kind != "term" else -1 for example in examples]
    found: list[Example] = []
    alone: list[Floats] = []
    both: list[Floats] = []
    for fold in range(folds):
        reader, weights = trained([example for example, of in zip(examples, part, strict=True) if of != fold], SEED + fold)
        held = [example for example, of in zip(examples, part, strict=True) if of == fold]
        texts = [texts_of(asked, reader, None) for asked in ([replace(example, context="") for example in held], held)]
        weights.arrange(reader)
        for listed, text in zip((alone, both), texts, strict=True):
            listed.append(logits_of(text, weights.of_rows(), weights.bias, np.arange(len(held)))[0])
        found += held
    return Held(tuple(found), np.concatenate(alone), np.concatenate(both))


def temperature_of(held: Held) -> float:
    """The temperature of least cross-entropy."""
    at = np.arange(len(held.examples)), held.labels
    return min(
        (round(0.3 + 0.02 * step, 2) for step in range(120)), key=lambda value: -float(np.log(held.probabilities(value)[at] + 1e-9).mean())
    )


def calibration_error(probabilities: Floats, labels: Floats, bins: int = 15) -> float:
    """Expected calibration error over bins of equal width (Guo et al., 2017, equation 3)."""
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.minimum((top * bins).astype(int), bins - 1)
    return float(sum(abs(top[place == each].sum() - right[place == each].sum()) for each in range(bins)) / len(labels))


def report(held: Held, temperature: float, *, show: bool) -> None:
    probabilities, labels = held.probabilities(temperature), held.labels
    said = probabilities.argmax(axis=1)
    right = said == labels
    print(f"{len(labels)} held-out examples: {right.mean():.1%} right, calibration error {calibration_error(probabilities, labels):.3f}")
    for kind in sorted({example.kind for example in held.examples}):
        of = np.array([example.kind == kind for example in held.examples])
        print(f"  {kind:22} {of.sum():5} {right[of].mean():.1%}")
    for number, field in enumerate(FIELDS):
        of = labels == number
        wrong = Counter(FIELDS[other] for other in said[of & ~right])
        print(f"  {field:22} {of.sum():5} {right[of].mean():.1%}  {', '.join(f'{name} {count}' for name, count in wrong.most_common(4))}")
    if show:
        for number in map(int, np.flatnonzero(~right)):
            example = held.examples[number]
            told = f"{example.field} / {FIELDS[said[number]]} {probabilities[number].max():.2f}"
            print(f"{told}: {example.context[-60:]!r} {example.question!r}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.classifier.train", description="Train the classifier that the runtime ships.")
    parser.add_argument("--folds", type=int, default=1, choices=range(1, FOLDS + 1), help="held-out parts to judge and calibrate by")
    parser.add_argument("--judge", action="store_true", help="write nothing")
    parser.add_argument("--show", action="store_true", help="print the held-out examples that are got wrong")
    options = parser.parse_args()
    examples = written()
    held = held_out(examples, options.folds)
    temperature = temperature_of(held)
    report(held, temperature, show=options.show)
    if not options.judge:
        text = model_text(*trained(examples, SEED), temperature)
        SHIPPED.write_text(text, encoding="utf-8")
        print(f"{SHIPPED.name}: {len(text.encode()) / 1e3:.0f} kB, temperature {temperature}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
