"""What one deployment's classifier knows: the shipped model, which of its fields the plan serves, and the plan's own words.

The words of the shipped fields were learned from, so the model counts them already. What counts on top of it is what a config adds: the
words of its own fields, new words for a shipped one, other weights for known ones.
"""

import re
from collections.abc import Iterable, Iterator, KeysView, Mapping
from dataclasses import dataclass

from aua_runtime.classify.model import Model, shipped
from aua_runtime.classify.text import words_of
from aua_runtime.plan import Field

GENERAL = "general"

_PLAIN_KEYWORD = re.compile(r"[a-z0-9]+(?:[ \-_/'][a-z0-9]+)*")

Claim = tuple[int, float]
"""The number of a field in `Vocabulary.fields`, and the weight that a word has for it."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Made once per deployment by `vocabulary_of`."""

    model: Model
    fields: tuple[str, ...]
    places: tuple[int, ...]  # for each field of the model its number in `fields`; that of `general` where the plan lacks it
    general: int
    words: Mapping[str, tuple[Claim, ...]]
    phrases: Mapping[str, tuple[tuple[str, Claim], ...]]  # by first word: the whole phrase between spaces
    fragments: tuple[tuple[str, Claim], ...]  # signs and scripts without spaces: found anywhere in the text

    @property
    def claims(self) -> bool:
        """Whether the plan has words of its own."""
        return bool(self.words or self.phrases or self.fragments)


def vocabulary_of(fields: Iterable[Field]) -> Vocabulary:
    """Arrange the fields. A keyword of plain letters is matched as a word or a run of words, any other wherever it stands."""
    model = shipped()
    served = tuple(fields)
    names = tuple(dict.fromkeys((*(field.name for field in served), GENERAL)))
    general = names.index(GENERAL)
    words: dict[str, list[Claim]] = {}
    phrases: dict[str, list[tuple[str, Claim]]] = {}
    fragments: list[tuple[str, Claim]] = []
    for field in served:
        taught = model.taught.get(field.name, {})
        for text, weight in field.keywords.items():
            claim = names.index(field.name), weight
            keyword = text.lower()
            split = words_of(keyword)
            if taught.get(text) == weight:
                continue
            if not _PLAIN_KEYWORD.fullmatch(keyword):
                fragments.append((keyword, claim))
            elif len(split) == 1:
                words.setdefault(keyword, []).append(claim)
            else:
                phrases.setdefault(split[0], []).append((f" {' '.join(split)} ", claim))
    return Vocabulary(
        model,
        names,
        tuple(names.index(name) if name in names else general for name in model.fields),
        general,
        {word: tuple(found) for word, found in words.items()},
        {first: tuple(found) for first, found in phrases.items()},
        tuple(fragments),
    )


def claimed(text: str, words: KeysView[str], run: str, vocabulary: Vocabulary) -> Iterator[tuple[str, Claim]]:
    """The plan's own words in a text in lower case, each once for each field. `run` is the text's words between single spaces."""
    for word in vocabulary.words.keys() & words:
        yield from ((word, claim) for claim in vocabulary.words[word])
    for first in vocabulary.phrases.keys() & words:
        yield from ((phrase.strip(), claim) for phrase, claim in vocabulary.phrases[first] if phrase in run)
    yield from ((fragment, claim) for fragment, claim in vocabulary.fragments if fragment in text)
