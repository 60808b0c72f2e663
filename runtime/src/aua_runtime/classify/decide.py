"""The probability of each field for a question: the model's word first, then that of the plan's own words.

The model is a linear one on words, pairs of words and pieces of unknown words, each with its inverse document frequency, divided by the
root of their smoothed norm; a softmax with a fitted temperature (Guo et al., "On Calibration of Modern Neural Networks", 2017) gives
probabilities. Where something was said before, the question is read alone and together with that; the surer the first reading is, the
less the second counts. What the model gives to fields that the plan lacks belongs to `general`.

Evidence of a field's own words is a noisy-or: s = 1 - prod(1 - w). Pearl, "Probabilistic Reasoning in Intelligent Systems" (1988),
section 4.3: independent causes, each enough on its own with probability w. It gives the field `odds(s)` times the probability of
`general`, so a field without evidence gets exactly nothing. `general` always keeps a doubt.
"""

from itertools import compress, islice, repeat
from math import exp, sqrt
from operator import neg, not_

from aua_runtime.classify.model import Model
from aua_runtime.classify.text import UNKNOWN_WORDS, context_window, pieces_of, question_window, signs_of, words_of
from aua_runtime.classify.vocabulary import Vocabulary, claimed
from aua_runtime.contract.classifier import DOUBT, odds

EARLIER_SHARE = 0.5
"""What a word of the plan's own counts in earlier turns, against one in the last question."""
SURENESS = 4
"""How much the likeliest field's probability counts for how sure a question is by itself: its power."""


def probabilities(question: str, context: str, vocabulary: Vocabulary) -> dict[str, float]:
    """Probability of each field of the plan, most likely first; `general` is among them even where no field has that name."""
    model = vocabulary.model
    text = question_window(question)
    total = packed_sum(text, model)
    shares = shares_of(total, model)
    earlier = ""
    if context:
        earlier = context_window(context)
        both = shares_of(total + packed_sum(earlier, model), model)
        sure = max(shares) ** SURENESS
        shares = [sure * alone + (1 - sure) * joined for alone, joined in zip(shares, both, strict=True)]
    masses = [0.0] * len(vocabulary.fields)
    for place, share in zip(vocabulary.places, shares):
        masses[place] += share
    if vocabulary.claims:
        if masses[vocabulary.general] < DOUBT:
            masses = _doubted(masses, vocabulary.general)
        doubts = [1.0] * len(masses)
        for _, index, weight in evidence(text, earlier, vocabulary):
            doubts[index] *= 1 - weight
        rest = masses[vocabulary.general]
        masses = [mass + rest * odds(1 - doubt) if doubt < 1 else mass for mass, doubt in zip(masses, doubts, strict=True)]
        whole = sum(masses)
        masses = [mass / whole for mass in masses]
    if masses[vocabulary.general] < DOUBT:
        masses = _doubted(masses, vocabulary.general)
    return {name: -mass for mass, name in sorted(zip(map(neg, masses), vocabulary.fields))}


def _doubted(masses: list[float], general: int) -> list[float]:
    """The same with `general`, which had less, at `DOUBT`."""
    kept = (1 - DOUBT) / (1 - masses[general])
    return [DOUBT if index == general else mass * kept for index, mass in enumerate(masses)]


def packed_sum(text: str, model: Model) -> int:
    """The packed weights of a text's features, each counted once, all added."""
    words = words_of(text)
    known = model.words
    after = dict(zip(words, [*words[1:], ""]))  # each word, and what follows where it stands last
    found = list(map(known.get, after, repeat(0)))
    total = sum(found)
    for sign in signs_of(text):
        total += known.get(sign, 0)
    for pair in model.pairs.keys() & after.items():
        total += model.pairs[pair]
    for word in islice(compress(after, map(not_, found)), UNKNOWN_WORDS):  # a known word weighs something, if only in its norm
        total += sum(map(model.pieces.get, pieces_of(word), repeat(0)))
    return total


def shares_of(total: int, model: Model) -> list[float]:
    """The softmax over the model's fields of a packed sum."""
    *sums, norm = model.unpacked(total)
    factor = model.unit / sqrt(model.smoothing + norm * model.norm_unit)
    raised = [exp(value * factor + bias) for value, bias in zip(sums, model.bias)]
    share = 1 / sum(raised)
    return [value * share for value in raised]


def evidence(text: str, earlier: str, vocabulary: Vocabulary) -> list[tuple[str, int, float]]:
    """The plan's own words in a question and in what was said before: the word, its field's number, its weight. Earlier ones count less."""
    found: dict[tuple[str, int], float] = {}
    for read, share in ((earlier, EARLIER_SHARE), (text, 1.0)):
        if read:
            words = words_of(read)
            for word, (index, weight) in claimed(read, dict.fromkeys(words).keys(), f" {' '.join(words)} ", vocabulary):
                found[word, index] = weight * share
    return [(word, index, weight) for (word, index), weight in found.items()]
