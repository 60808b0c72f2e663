"""The classifier as the router asks it, over every shipped field. The only module here that knows how it is called."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from aua_runtime.classify import Vocabulary, probabilities, vocabulary_of
from aua_runtime.plan import Field
from aua_runtime.request import question_of

from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import names


def classified(messages: Sequence[dict[str, Any]]) -> Mapping[str, float]:
    """Probability of each field for the last turn of a conversation, most likely first."""
    question, context = question_of(list(messages))
    return probabilities(question, context, _vocabulary())


@cache
def _vocabulary() -> Vocabulary:
    catalog = Catalog()
    facts = ((name, catalog.field(name)) for name in names("fields"))
    return vocabulary_of(
        Field(name, found.aliases, found.keywords, (), "direct", found.high_risk, "balanced") for name, found in facts if found is not None
    )
