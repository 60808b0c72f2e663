"""How the simulator pretends: models of correctness, latency and length by field, of its log-probabilities, and of its failures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from math import log
from pathlib import Path
from random import Random
from typing import Any, Literal

LogProbabilities = Literal["independent", "calibrated"]


class ProfileRefused(Exception):
    """A profile that cannot be used, and why."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one field is answered: the share of right answers, mean seconds to the first token and between tokens, mean length in tokens.

    Latencies are drawn from log-normal distributions with `spread` as the standard deviation of the logarithm; 0 makes them constant.
    """

    correctness: float = 0.7
    first_token_s: float = 0.03
    token_s: float = 0.005
    tokens: int = 60
    spread: float = 0.3

    def latency(self, mean_s: float, random: Random) -> float:
        """Seconds, drawn around a mean."""
        return mean_s * random.lognormvariate(-self.spread * self.spread / 2, self.spread) if mean_s > 0 and self.spread else mean_s


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of requests that are refused with 429, fail with 500, or break off in the middle of the answer."""

    too_many: float = 0.0
    failed: float = 0.0
    cut: float = 0.0

    def drawn(self, random: Random) -> "Literal['too_many', 'failed', 'cut'] | None":
        chance = random.random()
        if chance < self.too_many:
            return "too_many"
        if chance < self.too_many + self.failed:
            return "failed"
        return "cut" if chance < self.too_many + self.failed + self.cut else None


@dataclass(frozen=True, slots=True)
class Simulation:
    """A seed and what is drawn with it. `behaviours` holds the fields that differ from `behaviour`.

    `calibrated` log-probabilities are those of a model that knows how sure it may be: among answers with a geometric mean of p, the share p
    is right. `independent` ones have the same distribution and say nothing about correctness.
    """

    seed: int = 0
    behaviour: Behaviour = field(default_factory=Behaviour)
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    log_probabilities: LogProbabilities = "independent"
    neither: float = 0.0  # share of a judge's verdicts that accept no answer

    def of(self, name: str) -> Behaviour:
        return self.behaviours.get(name, self.behaviour)


def token_log_probability(sureness: float, random: Random) -> float:
    """A token's log-probability such that their mean is the logarithm of `sureness`: gamma-distributed, most of them near 0."""
    return log(sureness) * random.gammavariate(0.5, 2.0)


def profile_of(path: Path, base: Simulation) -> Simulation:
    """A simulation as a JSON file has it, with `base` for what it leaves out. ProfileRefused says what is wrong with it.

    The file: `{"fields": {"mathematics": {"correctness": 0.6}}, "faults": {"failed": 0.01}, "log_probabilities": "calibrated"}`;
    `"default"` among the fields is for all others.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileRefused(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ProfileRefused(f"{path} is not JSON: {error}") from None
    top = _checked(data, "the profile", {"fields": dict, "faults": dict, "log_probabilities": str})
    given = _checked(top.get("fields", {}), "`fields`", None)
    behaviour = _changed(base.behaviour, given.pop("default", {}), "default")
    behaviours = {name: _changed(behaviour, entry, name) for name, entry in given.items()}
    word = top.get("log_probabilities", base.log_probabilities)
    if word not in {"independent", "calibrated"}:
        raise ProfileRefused("`log_probabilities` is `independent` or `calibrated`")
    return replace(
        base,
        behaviour=behaviour,
        behaviours={**base.behaviours, **behaviours},
        faults=_changed(base.faults, top.get("faults", {}), "faults"),
        log_probabilities=word,
    )


def _checked(data: object, where: str, allowed: Mapping[str, type] | None) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ProfileRefused(f"{where} is not an object")
    for key, value in data.items():
        if allowed is not None and (key not in allowed or not isinstance(value, allowed[key])):
            raise ProfileRefused(f"`{key}` of {where} is not what a profile has")
    return dict(data)


def _changed(base: Any, data: object, where: str) -> Any:
    """`base` with the numbers that `data` gives."""
    numbers = _checked(data, f"`{where}`", None)
    known = {entry.name for entry in fields(base)}
    for key, value in numbers.items():
        share = key in {"correctness", "too_many", "failed", "cut"}
        if key not in known or isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= (1 if share else 1e6):
            raise ProfileRefused(f"`{where}.{key}` is not a number that a profile has")
    return replace(base, **numbers)
