"""What a classifier does with the labelled prompts: how often it is right, how sure it is then, and how steady it stays."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from bench.routing.edits import EDITS
from bench.routing.prompts import PLAIN, Prompt

BINS = 15
Classifier = Callable[[Sequence[dict[str, Any]]], Mapping[str, float]]
"""From the messages of a conversation to the probability of each field, most likely first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier said of one prompt."""

    prompt: Prompt
    field: str
    confidence: float
    flipped: Mapping[str, bool]  # by edit; an edit that changes nothing in this prompt is absent

    @property
    def right(self) -> bool:
        return self.field in self.prompt.fields

    @property
    def strict(self) -> bool:
        return self.field == self.prompt.fields[0]


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts of like confidence: how many, how sure on average, and which share is right."""

    count: int
    confidence: float
    accuracy: float


def judged(prompts: Iterable[Prompt], classifier: Classifier) -> tuple[Verdict, ...]:
    return tuple(_judged(prompt, classifier) for prompt in prompts)


def _judged(prompt: Prompt, classifier: Classifier) -> Verdict:
    field, confidence = _top(classifier(prompt.messages))
    *earlier, last = prompt.messages
    flipped = {}
    for name, edit in EDITS.items():
        text = edit(last["content"])
        if text != last["content"]:
            flipped[name] = _top(classifier((*earlier, {**last, "content": text})))[0] != field
    return Verdict(prompt, field, confidence, flipped)


def _top(found: Mapping[str, float]) -> tuple[str, float]:
    return next(iter(found.items()))


def hard(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in verdicts if verdict.prompt.kind != PLAIN)


def accuracy(verdicts: Sequence[Verdict]) -> float:
    """Share of verdicts that name a right field, 0 to 1."""
    return sum(verdict.right for verdict in verdicts) / len(verdicts)


def strict_accuracy(verdicts: Sequence[Verdict]) -> float:
    """Share of verdicts that name the first of the right fields, 0 to 1."""
    return sum(verdict.strict for verdict in verdicts) / len(verdicts)


def interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share among `count`. Wilson, JASA 22 (1927), 209-212."""
    z = 1.96
    middle = share + z * z / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return (middle - spread) / scale, (middle + spread) / scale


def reliability(verdicts: Iterable[Verdict]) -> tuple[Bin | None, ...]:
    """`BINS` bins of equal width over the confidence, each with its upper edge; None where a bin is empty."""
    binned: list[list[Verdict]] = [[] for _ in range(BINS)]
    for verdict in verdicts:
        binned[min(max(_ceiling(verdict.confidence * BINS) - 1, 0), BINS - 1)].append(verdict)
    return tuple(
        Bin(len(held), sum(verdict.confidence for verdict in held) / len(held), accuracy(held)) if held else None for held in binned
    )


def _ceiling(value: float) -> int:
    return -int(-value // 1)


def calibration_error(bins: Iterable[Bin | None]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, weighted by count. Guo et al., ICML 2017, equation 3."""
    held = [one for one in bins if one is not None]
    return sum(one.count * abs(one.accuracy - one.confidence) for one in held) / sum(one.count for one in held)


def flips(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, int]]:
    """For each edit how many prompts changed their field, and how many the edit changed at all."""
    changed: Counter[str] = Counter()
    edited: Counter[str] = Counter()
    for verdict in verdicts:
        edited.update(verdict.flipped.keys())
        changed.update(name for name, flipped in verdict.flipped.items() if flipped)
    return {name: (changed[name], edited[name]) for name in EDITS}


def flip_share(verdicts: Iterable[Verdict]) -> float:
    """Mean over the edits of the share of prompts that changed their field, 0 to 1."""
    shares = [changed / edited for changed, edited in flips(verdicts).values() if edited]
    return sum(shares) / len(shares)
