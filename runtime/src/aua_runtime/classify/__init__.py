"""Which field a question belongs to, without a model server: stateless, and over a bounded window of the conversation.

`text` cuts and splits what is read, `model` is the trained part, `vocabulary` joins it with a plan's fields and their own words, `decide`
gives probabilities, `explain` says which words spoke for which field. docs/routing.md has the figures, bench/classifier the training.
"""

from typing import TYPE_CHECKING

from aua_runtime.classify.decide import probabilities
from aua_runtime.classify.explain import reasons
from aua_runtime.classify.vocabulary import GENERAL, Vocabulary, vocabulary_of
from aua_runtime.contract import metrics

if TYPE_CHECKING:
    from aua_runtime.request import Request

__all__ = ["GENERAL", "Vocabulary", "fields_of", "probabilities", "reasons", "vocabulary_of"]


def fields_of(request: "Request") -> dict[str, float]:
    """Probability of each field for a request's question, most likely first."""
    services = request.services
    started_s = services.clock()
    found = probabilities(request.question, request.context, services.vocabulary)
    top = next(iter(found))
    services.metrics.observe(metrics.CLASSIFIER_CONFIDENCE, found[top], top)
    services.metrics.classifying.observe(services.clock() - started_s)
    return found
