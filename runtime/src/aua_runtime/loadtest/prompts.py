"""What is asked: prompts by field, each different, of lengths as people write them; or the user's own."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import orjson

P95_TO_MEDIAN = 400 / 60
"""Of words in prompts of applications with retrieval and code in them: median 60, p95 400."""
_SIGMA = math.log(P95_TO_MEDIAN) / 1.6449
MOST_WORDS = 4000

ASKED: Mapping[str, Sequence[str]] = {
    "software_engineering": (
        "Write a Python function that merges {a} sorted lists of {thing} records by their {b}th column.",
        "My TypeScript service leaks memory after {a} requests to /{thing}. How do I find out where?",
        "Refactor this loop over {thing} into a generator that yields batches of {a}.",
        "Why does `git rebase` drop the commit that renamed {thing}_{a}.py, and how do I get it back?",
        "Explain what this SQL does: SELECT {thing}, count(*) FROM orders WHERE id > {a} GROUP BY {thing} HAVING count(*) > {b};",
    ),
    "mathematics": (
        "Solve {a}x + {b} = {c} and show each step.",
        "What is the derivative of x^{a} * sin({b}x)?",
        "How many ways are there to seat {a} people at {b} round tables?",
        "Prove that the sum of the first {a} odd numbers is {a} squared.",
        "Compute the integral of {a}x^2 + {b}x from 0 to {c}.",
    ),
    "medicine": (
        "Which interactions are known between warfarin and {thing} at {a} mg a day?",
        "What does a potassium of {b}.{a} mmol/l mean for someone on spironolactone?",
        "List the usual differential diagnoses of a headache that lasts {a} days with a stiff neck.",
    ),
    "law": (
        "Can a landlord in Berlin raise the rent by {a} percent after {b} years?",
        "What notice period applies to a contract about {thing} that was signed {a} months ago?",
        "Is a clause void that limits liability for {thing} to {a} euros?",
    ),
    "finance": (
        "What is the present value of {a} payments of {c} euros at {b} percent a year?",
        "Compare a bond with a coupon of {b} percent and {a} years to maturity with a savings account.",
        "How do I depreciate {thing} bought for {c} dollars over {b} years?",
    ),
    "research": (
        "Summarise what is known about {thing} and sleep in adults, with the size of the effects.",
        "How would you design a trial with {a} participants that tests {thing} against a placebo?",
        "Which statistics fit {a} paired measurements of {thing} that are not normal?",
    ),
    "education": (
        "Plan a lesson of {a} minutes about {thing} for ten-year-olds.",
        "Explain {thing} to a beginner with {b} examples, from easy to hard.",
        "Write {b} quiz questions about {thing} with answers.",
    ),
    "creative_writing": (
        "Write a poem of {b} lines about {thing} in winter.",
        "Continue the story: the {a}th door opened, and behind it stood {thing}.",
        "Give me {b} titles for a novel about {thing} and an old lighthouse.",
    ),
    "general": (
        "What should I pack for {b} days in {thing} weather?",
        "Recommend {b} things to do on a rainy afternoon with {thing}.",
        "Who invented {thing}, and when?",
    ),
}
"""Field -> texts with places for what varies."""

_THINGS = ("invoices", "bridges", "violins", "glaciers", "tomatoes", "satellites", "bicycles", "archives", "lanterns", "ferries", "magnets")
_FILLER = (
    "For context, this came up while we were working on {thing} last week.",
    "The numbers involved are {a}, {b} and {c}, and they change every day.",
    "Two colleagues disagree about it, and neither has seen the details of {thing}.",
    "Please keep the answer short and say what you are not sure about.",
    "We tried the obvious thing first and it failed after {a} attempts.",
)


class UnusableError(Exception):
    """Prompts that cannot be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A chat request without model and stream, and the field it is about; empty where nobody knows."""

    field: str
    body: Mapping[str, Any]


def made(mix: Mapping[str, float], median_words: int, random: Random) -> Iterator[Prompt]:
    """Prompts of the fields of `mix` by their weights, without end. Lengths are log-normal around `median_words`."""
    fields, weights = list(mix), list(mix.values())
    while True:
        field = random.choices(fields, weights)[0]
        words = min(MOST_WORDS, median_words * math.exp(random.gauss(0, _SIGMA)))
        parts = [_filled(random.choice(ASKED[field]), random)]
        while sum(part.count(" ") + 1 for part in parts) < words:
            parts.insert(0, _filled(random.choice(_FILLER), random))
        yield Prompt(field, {"messages": [{"role": "user", "content": " ".join(parts)}]})


def _filled(text: str, random: Random) -> str:
    return text.format(thing=random.choice(_THINGS), a=random.randint(2, 999), b=random.randint(2, 12), c=random.randint(100, 99_999))


def of_file(path: str, random: Random) -> Iterator[Prompt]:
    """The prompts of a JSON Lines file in random order, again and again.

    A line is `{"prompt": ...}` or `{"messages": [...]}`, perhaps with `field`. Raises UnusableError.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise UnusableError(f"{path}: no file")  # a device may have no end
        lines = Path(path).read_bytes().splitlines()
    except OSError as failure:
        raise UnusableError(f"{path}: {failure.strerror}") from None
    found = [_parsed(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise UnusableError(f"{path}: no prompt in it")
    return _again(found, random)


def _again(found: list[Prompt], random: Random) -> Iterator[Prompt]:
    while True:
        yield from random.sample(found, len(found))


def _parsed(path: str, number: int, line: bytes) -> Prompt:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnusableError(f"{path}:{number}: not JSON: {error}") from None
    match row:
        case {"prompt": str(prompt), **rest}:
            body: Mapping[str, Any] = {"messages": [{"role": "user", "content": prompt}]}
        case {"messages": [_, *_] as messages, **rest}:
            body = {"messages": messages}
        case _:
            raise UnusableError(f"{path}:{number}: neither `prompt` (a text) nor `messages` (a list)")
    return Prompt(str(rest.get("field", "")), body)


def mix_of(text: str) -> dict[str, float]:
    """`mathematics=2,law=1` as weights; a field alone weighs 1. Raises UnusableError.

    >>> mix_of("mathematics=2,law")
    {'mathematics': 2.0, 'law': 1.0}
    """
    mix: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        if name not in ASKED:
            raise UnusableError(f"no prompts are built in for the field `{name[:60]}`; there are some for {', '.join(ASKED)}")
        try:
            mix[name] = float(weight or 1)
        except ValueError:
            raise UnusableError(f"`{weight[:60]}` is no weight of `{name}`") from None
        if not 0 < mix[name] < math.inf:
            raise UnusableError(f"the weight of `{name}` must be above 0")
    return mix
