"""Which field a question belongs to: probabilities from the words and phrases that the plan gives each field.

Evidence for a field is a noisy-or of its matched words: s = 1 - prod(1 - w). Pearl, "Probabilistic Reasoning in Intelligent Systems"
(1988), section 4.3: independent causes, each enough on its own with probability w. Probabilities are a softmax with the floor taken off,
p = (exp(k s) - 1) / sum, so a field without evidence gets exactly nothing. `general` holds a prior evidence of its own: a question that
says nothing about any field is general. The model-free classifier is stateless and looks at a bounded window only.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp

from aua_runtime.contract import metrics
from aua_runtime.contract.classifier import PRIOR, SHARPNESS
from aua_runtime.plan import Field
from aua_runtime.request import Request

GENERAL = "general"

CONTEXT_SHARE = 0.5
"""What a word in earlier turns counts, against one in the last question."""
CONTEXT_CHARACTERS = 2048
"""Earlier turns that are looked at, from their end."""
QUESTION_CHARACTERS = 8192
"""Of a longer question the first and the last half of this are looked at: instructions stand at the ends, material in the middle."""

_TOKEN = re.compile(r"[^\W_]+[+#]*")
_PLAIN_KEYWORD = re.compile(r"[a-z0-9]+[+#]*(?:[ \-_/'][a-z0-9]+[+#]*)*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All fields' words, arranged for one pass over a question. Made once per deployment by `vocabulary_of`."""

    fields: tuple[str, ...]
    words: Mapping[str, tuple[tuple[int, float], ...]]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], int, float], ...]]  # by first word
    fragments: tuple[tuple[str, int, float], ...]  # symbols and scripts without spaces: found anywhere in the text


def vocabulary_of(fields: Iterable[Field]) -> Vocabulary:
    """Arrange the fields' words. One of plain letters is matched as a word or a run of words, any other wherever it stands."""
    names = []
    words: dict[str, list[tuple[int, float]]] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], int, float]]] = {}
    fragments = []
    for index, field in enumerate(fields):
        names.append(field.name)
        for text, weight in field.keywords.items():
            keyword = text.lower()
            if not _PLAIN_KEYWORD.fullmatch(keyword):
                fragments.append((keyword, index, weight))
                continue
            tokens = tuple(_TOKEN.findall(keyword))
            if len(tokens) == 1:
                words.setdefault(tokens[0], []).append((index, weight))
            else:
                phrases.setdefault(tokens[0], []).append((tokens, index, weight))
    return Vocabulary(
        tuple(names),
        {word: tuple(found) for word, found in words.items()},
        {word: tuple(found) for word, found in phrases.items()},
        tuple(fragments),
    )


def fields_of(request: Request) -> dict[str, float]:
    """Probability of each field for a request's question, most likely first."""
    services = request.services
    started_s = services.clock()
    found = probabilities(request.question, request.context, services.vocabulary)
    top = next(iter(found))
    services.metrics.observe(metrics.CLASSIFIER_CONFIDENCE, found[top], top)
    services.metrics.observe(metrics.STAGE_DURATION, services.clock() - started_s, "classify")
    return found


def probabilities(question: str, context: str, vocabulary: Vocabulary) -> dict[str, float]:
    """Probability of each field, most likely first; `general` is among them even where no field has that name."""
    doubts = [1.0] * len(vocabulary.fields)
    seen: set[tuple[int, str]] = set()
    _read(_window(question), 1.0, vocabulary, doubts, seen)
    if context:
        _read(context[-CONTEXT_CHARACTERS:].lower(), CONTEXT_SHARE, vocabulary, doubts, seen)
    masses = {name: exp(SHARPNESS * (1 - doubt)) - 1 for name, doubt in zip(vocabulary.fields, doubts, strict=True)}
    masses[GENERAL] = masses.get(GENERAL, 0.0) + exp(SHARPNESS * PRIOR) - 1
    total = sum(masses.values())
    return dict(sorted(((name, mass / total) for name, mass in masses.items()), key=lambda entry: (-entry[1], entry[0])))


def _window(question: str) -> str:
    if len(question) > QUESTION_CHARACTERS:
        half = QUESTION_CHARACTERS // 2
        question = f"{question[:half]} {question[-half:]}"
    return question.lower()


def _read(text: str, share: float, vocabulary: Vocabulary, doubts: list[float], seen: set[tuple[int, str]]) -> None:
    """Lower the doubts of the fields whose words stand in `text`; each word counts once."""
    tokens = _TOKEN.findall(text)
    words = vocabulary.words
    phrases = vocabulary.phrases
    for position, token in enumerate(tokens):
        for index, weight in words.get(token, ()):
            if (index, token) not in seen:
                seen.add((index, token))
                doubts[index] *= 1 - share * weight
        for phrase, index, weight in phrases.get(token, ()):
            if tuple(tokens[position : position + len(phrase)]) == phrase and (index, " ".join(phrase)) not in seen:
                seen.add((index, " ".join(phrase)))
                doubts[index] *= 1 - share * weight
    for fragment, index, weight in vocabulary.fragments:
        if fragment in text and (index, fragment) not in seen:
            seen.add((index, fragment))
            doubts[index] *= 1 - share * weight
