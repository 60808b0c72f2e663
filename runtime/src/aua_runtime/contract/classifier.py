"""How sharply the classifier tells fields apart, and what it can reach with that: the compiler refuses thresholds beyond."""

from math import exp

SHARPNESS = 6.0
"""k of p = (exp(k s) - 1) / sum: one word of weight 0.5 alone gives p = 0.79, two fields at 0.95 and 0.85 are split 0.65 to 0.35."""

PRIOR = 0.3
"""Evidence that a question is general before any word is read: a single word of this weight makes both equally likely."""


def highest_probability() -> float:
    """What a field other than `general` approaches as its evidence s grows to 1, with no evidence for any other but the prior.

    >>> round(highest_probability(), 4)
    0.9876
    """
    field, general = exp(SHARPNESS) - 1, exp(SHARPNESS * PRIOR) - 1
    return field / (field + general)
