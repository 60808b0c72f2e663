"""How much a field's own words weigh, and how sure the classifier gets: the compiler refuses thresholds beyond."""

from math import exp

SHARPNESS = 6.0
"""k of the odds (exp(k s) - 1) / (exp(k PRIOR) - 1) that words with evidence s give their field against `general`."""

PRIOR = 0.3
"""The evidence that makes a field and `general` equally likely: a single word of this weight does."""


def odds(evidence: float) -> float:
    """How much likelier than `general` the words of a field with this evidence (0 to 1) make it, by themselves.

    >>> odds(0.0), odds(PRIOR), round(odds(1.0), 1)
    (0.0, 1.0, 79.7)
    """
    return (exp(SHARPNESS * evidence) - 1) / (exp(SHARPNESS * PRIOR) - 1)


DOUBT = 1 / (1 + odds(1.0))
"""The least probability of `general`: what a field's own words with full evidence leave to it. The model's word is held to it too."""


def highest_probability() -> float:
    """What a field other than `general` can reach, by its own words or by the model's.

    >>> round(highest_probability(), 4)
    0.9876
    """
    return 1 - DOUBT
