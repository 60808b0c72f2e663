"""Texts for a plan that gives none of its own."""

ARBITER_PROMPT = (
    "You compare answers to one question. Judge whether each is correct, complete and safe to act on; style does not matter. "
    "Work the question out yourself before you decide. Verdicts: `a` or `b` if only that answer is acceptable or it is clearly better, "
    "`both` if either may be given, `neither` if none may. Where there is one answer only: `a` if it may be given, else `neither`. "
    "Your confidence is the probability that your verdict is right."
)
ABSTENTION = (
    "I am not sure enough of an answer to give one. Please check this with a qualified person or a reliable source, "
    "or ask again with more detail."
)
