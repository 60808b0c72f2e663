"""What a load is held to: `ttft_p95<=2`, `error_share<=0.01`."""

import re
from dataclasses import dataclass

from aua_runtime.loadtest.summary import SHARES, Spread, Summary

SPREADS = ("ttft", "itl", "total", "late")
PLAIN = ("error_share", "answered_per_s", "tokens_out_per_s")
NAMES = (*PLAIN, *(f"{spread}_{share}" for spread in SPREADS for share in (*SHARES, "max", "mean")))
_FORM = re.compile(r"\s*([a-z0-9_]+)\s*(<=|>=)\s*([0-9]+(?:\.[0-9]+)?)\s*")


@dataclass(frozen=True, slots=True)
class Expectation:
    """A figure and its bound, in seconds, shares or units a second."""

    name: str
    most: bool  # at most, else at least
    bound: float

    def __str__(self) -> str:
        return f"{self.name}{'<=' if self.most else '>='}{self.bound:g}"

    def met(self, summary: Summary) -> bool:
        """Whether the load keeps it. A figure that was not measured keeps nothing."""
        value = figure(summary, self.name)
        return value is not None and (value <= self.bound if self.most else value >= self.bound)


def expectation(text: str) -> Expectation:
    """An expectation as it is written; ValueError says what is wrong with it."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text[:60]}` is no expectation: write a figure, `<=` or `>=`, and a number, such as ttft_p95<=2")
    if found[1] not in NAMES:
        raise ValueError(f"`{found[1][:60]}` is no figure: there are {', '.join(NAMES)}")
    return Expectation(found[1], found[2] == "<=", float(found[3]))


def figure(summary: Summary, name: str) -> float | None:
    """A figure of a load by its name; None if it was not measured."""
    if name in PLAIN:
        value: float = getattr(summary, name)
        return value
    of, _, share = name.rpartition("_")
    spread: Spread = getattr(summary, of)
    found: float | None = getattr(spread, share)
    return found
