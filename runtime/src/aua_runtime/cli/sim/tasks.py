"""The built-in evaluation: 240 tasks whose results are known, and for each the answers of a model that is right, or wrong as models are.

The answers are templates: what varies is which of them is drawn, with which numbers and in which words. How a wrong answer is wrong follows
what was seen of language models where there is a figure, and is an assumption where it says so. Nothing here judges an answer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from aua_runtime.cli.sim import functions

POPULAR = 0.35
"""Share of wrong answers that make the mistake which others make too (an assumption): candidates that agree may both be wrong."""
SLIPS = 0.42
"""Share of wrong chains of thought that hold a false sum: 8 % with no other mistake and 34 % with one; Wei et al., "Chain-of-Thought
Prompting Elicits Reasoning in Large Language Models" (NeurIPS 2022), appendix D.2, 50 wrong answers of LaMDA 137B to GSM8K."""
BROKEN_CODE = 0.1
"""Share of wrong programs that do not parse (an assumption: most wrong programs of models run, and do the wrong thing)."""
MISSHAPEN = 0.4
"""Share of wrong structured answers that do not fit the schema (an assumption: none would where the server binds its output to it)."""
UNFOUNDED = 0.4
"""Share of wrong answers from sources that quote what is not there, or name a source that is not (an assumption)."""

Draw = Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Task:
    """A question with a known result. `truth` is data for whoever judges; `right` and `wrong` draw answers."""

    family: str
    field: str
    question: str
    truth: Any
    right: Draw
    wrong: Draw
    system: str | None = None
    schema: Mapping[str, Any] | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The chat request that asks it, without a model."""
        before = [{"role": "system", "content": self.system}] if self.system is not None else []
        body: dict[str, Any] = {"messages": [*before, {"role": "user", "content": self.question}]}
        if self.schema is not None:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": self.family, "schema": self.schema}}
        return body


@cache
def tasks() -> tuple[Task, ...]:
    """All tasks, in one order, the same in every process."""
    random = Random("the built-in evaluation")
    return (
        *(_sum_task(random, index) for index in range(64)),
        *(_equation_task(random, index) for index in range(32)),
        *(_code_task(one) for one in functions.FUNCTIONS),
        *(_record_task(random, index) for index in range(36)),
        *(_source_task(random, index) for index in range(36)),
        *(_fact_task(*entry) for entry in _FACTS),
    )


@cache
def by_question() -> Mapping[str, Task]:
    return {task.question: task for task in tasks()}


def _one_of(random: Random, mistakes: Sequence[Any]) -> Any:
    """The popular mistake, which comes first, or another."""
    return mistakes[0] if random.random() < POPULAR or len(mistakes) == 1 else random.choice(mistakes[1:])


# --- sums in words


_STORIES = (
    ("A shop has {a} boxes of {b} pencils and {c} loose pencils. How many pencils does it have?", "*+"),
    ("{a} buses carry {b} people each, and {c} people walk. How many people come in all?", "*+"),
    ("A baker makes {a} trays of {b} rolls and sells {c} of them. How many rolls are left?", "*-"),
    ("A field has {a} rows of {b} trees; {c} trees fell in a storm. How many stand?", "*-"),
)
_WORKINGS = (
    "First {one}. Then {two}. The answer is {result}.",
    "We multiply: {one}. With the rest, {two}. So the answer is {result}.",
    "Step 1: {one}\nStep 2: {two}\n\nThe answer is **{result}**.",
)


def _sum_task(random: Random, index: int) -> Task:
    story, signs = _STORIES[index % len(_STORIES)]
    a, b = random.randint(12, 48), random.randint(13, 37)
    c = 21 + index  # a story of its own for each
    truth = a * b + c if signs[1] == "+" else a * b - c

    def told(random: Random, product: int, result: int, first: str, second: str) -> str:
        one = f"{a} {first} {b} = {product}"
        return random.choice(_WORKINGS).format(one=one, two=f"{product} {second} {c} = {result}", result=result)

    def right(random: Random) -> str:
        return told(random, a * b, truth, "*", signs[1])

    def wrong(random: Random) -> str:
        other = "-" if signs[1] == "+" else "+"
        if random.random() < SLIPS:
            product = a * b + _one_of(random, (10, -10, 100, 1, -2, 20))
            return told(random, product, product + c if signs[1] == "+" else product - c, "*", signs[1])
        if _one_of(random, (True, False)):
            return told(random, a * b, a * b + c if other == "+" else a * b - c, "*", other)
        return told(random, a + b, a + b + c if signs[1] == "+" else a + b - c, "+", signs[1])

    return Task("sum", "mathematics", story.format(a=a, b=b, c=c), truth, right, wrong)


# --- equations


def _equation_task(random: Random, index: int) -> Task:
    if index % 2:
        return _linear_task(random, index)
    p = (index // 2) % 9 + 1
    q = random.choice([number for number in range(-9, 10) if number not in {0, p, -p}])
    question = f"Solve x^2 {_signed(-(p + q))}x {_signed(p * q)} = 0 for x."
    mistakes = ((-p, -q), (p, -q), (p + 1, q), (p, q + 2))
    return Task(
        "equation", "mathematics", question, sorted((p, q)), _roots((p, q)), lambda random: _roots(_one_of(random, mistakes))(random)
    )


def _linear_task(random: Random, index: int) -> Task:
    a, x, b = random.randint(2, 9), random.choice([number for number in range(-12, 13) if number]), 3 + index
    mistakes = (x + 1, -x, x - 1, x + 2)
    question = f"Solve {a}x + {b} = {a * x + b} for x."
    return Task("equation", "mathematics", question, [x], _roots((x,)), lambda random: _roots((_one_of(random, mistakes),))(random))


def _roots(values: tuple[int, ...]) -> Draw:
    def told(random: Random) -> str:
        said = " and ".join(f"x = {value}" for value in values)
        bare = " and ".join(str(value) for value in values)
        return random.choice(
            (f"Rearranging gives {said}.", f"The equation holds for {said}.", f"The solution is {bare}.", f"I find {bare}.")
        )

    return told


def _signed(number: int) -> str:
    return f"{'-' if number < 0 else '+'} {abs(number)}"


# --- code


def _code_task(one: functions.Function) -> Task:
    def shown(random: Random, code: str) -> str:
        before = random.choice(("Here is the function:", "This does it:", "One way is this.", "You can write it so:"))
        after = random.choice(("", "It handles the empty case too.", "It takes one pass.", "Call it with your own values."))
        return f"{before}\n\n```python\n{code.strip()}\n```\n{after}"

    def right(random: Random) -> str:
        return shown(random, random.choice(one.right))

    def wrong(random: Random) -> str:
        if random.random() < BROKEN_CODE:
            return shown(random, random.choice(one.right).replace(":\n", "\n", 1))
        return shown(random, _one_of(random, one.wrong))

    return Task("code", "software_engineering", one.question, {"name": one.name, "cases": one.cases}, right, wrong)


# --- records


_PEOPLE = ("Ada Berg", "Ben Cole", "Cora Diaz", "Dov Evans", "Eva Frank", "Finn Gray", "Gina Holt", "Hugo Ito", "Ines Jung", "Jon Kerr")
_TOWNS = ("Lund", "Porto", "Graz", "Cork", "Bern", "Turku", "Ghent", "Trieste")
_PLANS = ("basic", "plus", "pro")
_RECORD = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "town": {"type": "string"},
        "plan": {"type": "string", "enum": list(_PLANS)},
    },
    "required": ["name", "age", "town", "plan"],
    "additionalProperties": False,
}


def _record_task(random: Random, index: int) -> Task:
    name, age, town, plan = random.choice(_PEOPLE), random.randint(19, 81), random.choice(_TOWNS), random.choice(_PLANS)
    truth = {"name": name, "age": age, "town": town, "plan": plan}
    told = f"{name} of {town} turned {age} this spring, moved there from {random.choice(_TOWNS)} and took the {plan} plan."
    first, last = name.split()
    values = (
        {**truth, "age": age + 1},
        {**truth, "name": last},
        {**truth, "town": random.choice([other for other in _TOWNS if other != town])},
        {**truth, "name": first},
    )
    shapes = (
        {**truth, "age": str(age)},
        {key: value for key, value in truth.items() if key != "town"},
        {**truth, "plan": plan.upper()},
        {**truth, "note": "moved"},
    )

    def wrong(random: Random) -> str:
        return _json(_one_of(random, shapes if random.random() < MISSHAPEN else values), random)

    question = f"Give the record of the customer in message {index + 1}: {told}"
    return Task("record", "general", question, truth, lambda random: _json(truth, random), wrong, schema=_RECORD)


def _json(value: Mapping[str, Any], random: Random) -> str:
    items = list(value.items())
    random.shuffle(items)
    return json.dumps(dict(items), indent=random.choice((None, 2)))


# --- sources


_THINGS = ("mill", "bridge", "library", "harbour", "theatre", "chapel", "market hall", "lighthouse", "tunnel")
_MAKERS = ("the Ostrander brothers", "a guild of weavers", "the widow Lindqvist", "a company of miners")
_LATER = ("was sold to the town", "burnt down and was raised again", "became a school", "was closed for a decade")


def _source_task(random: Random, index: int) -> Task:
    things = random.sample(_THINGS, 3)
    years = random.sample(range(1702, 1899), 3)
    makers = random.sample(_MAKERS, 3)
    sources = [
        f"The {thing} was built in {year} by {maker}, and later {random.choice(_LATER)}."
        for thing, year, maker in zip(things, years, makers, strict=True)
    ]
    asked = index % 3
    system = "Answer from the numbered sources and quote them.\n" + "\n".join(
        f"[{number}] {text}" for number, text in enumerate(sources, 1)
    )

    def told(random: Random, year: int, quote: str, number: int) -> str:
        return random.choice(
            (
                f'It was built in {year}: "{quote}" [{number}].',
                f'Source [{number}] says "{quote}", so the year is {year}.',
                f'The year is {year}. The sources put it so: "{quote}" [{number}].',
            )
        )

    def quote_of(place: int, year: int) -> str:
        return f"The {things[place]} was built in {year} by {makers[place]}"

    def right(random: Random) -> str:
        return told(random, years[asked], quote_of(asked, years[asked]), asked + 1)

    def wrong(random: Random) -> str:
        other = (asked + 1) % 3
        if random.random() >= UNFOUNDED:  # a true quotation, a wrong conclusion
            return told(
                random, _one_of(random, (years[other], years[asked] + 10, years[(asked + 2) % 3])), quote_of(other, years[other]), other + 1
            )
        year = _one_of(random, (years[asked] + 10, years[asked] - 1, years[other]))
        return told(random, year, quote_of(asked, year), random.choice((asked + 1, asked + 1, 4)))

    question = f"In which year was the {things[asked]} of record {index + 1} built?"
    return Task("sources", "general", question, years[asked], right, wrong, system=system)


# --- facts

_FACTS = (
    ("What is the capital of Australia?", "Canberra", ("Sydney", "Melbourne", "Perth")),
    ("What is the capital of Canada?", "Ottawa", ("Toronto", "Montreal", "Vancouver")),
    ("What is the capital of Brazil?", "Brasilia", ("Rio", "Salvador", "Recife")),
    ("What is the capital of Turkey?", "Ankara", ("Istanbul", "Izmir", "Bursa")),
    ("What is the capital of Switzerland?", "Bern", ("Zurich", "Geneva", "Basel")),
    ("What is the capital of Morocco?", "Rabat", ("Casablanca", "Marrakesh", "Fez")),
    ("What is the capital of Vietnam?", "Hanoi", ("Saigon", "Hue", "Danang")),
    ("What is the capital of Kazakhstan?", "Astana", ("Almaty", "Shymkent", "Karaganda")),
    ("What is the capital of Tanzania?", "Dodoma", ("Arusha", "Mwanza", "Zanzibar")),
    ("What is the capital of Pakistan?", "Islamabad", ("Karachi", "Lahore", "Multan")),
    ("What is the chemical symbol of tungsten?", "W", ("Tu", "Tn", "Tg")),
    ("What is the chemical symbol of sodium?", "Na", ("So", "Sd", "S")),
    ("What is the chemical symbol of potassium?", "K", ("Po", "P", "Pt")),
    ("What is the chemical symbol of iron?", "Fe", ("Ir", "I", "In")),
    ("What is the chemical symbol of gold?", "Au", ("Go", "Ag", "Gd")),
    ("What is the chemical symbol of lead?", "Pb", ("Le", "Ld", "Pl")),
    ("What is the chemical symbol of tin?", "Sn", ("Ti", "Tn", "T")),
    ("What is the chemical symbol of mercury?", "Hg", ("Me", "Mc", "Mr")),
    ("Which planet has the most mass?", "Jupiter", ("Saturn", "Neptune", "Uranus")),
    ("Which planet has the shortest year?", "Mercury", ("Venus", "Mars", "Earth")),
    ("Which planet is hottest on average?", "Venus", ("Mercury", "Mars", "Jupiter")),
    ("Who wrote the novel Middlemarch?", "Eliot", ("Austen", "Gaskell", "Hardy")),
    ("Who wrote the novel Moby-Dick?", "Melville", ("Hawthorne", "Conrad", "Poe")),
    ("Who wrote the play The Cherry Orchard?", "Chekhov", ("Gogol", "Ibsen", "Gorky")),
    ("Who composed the opera Fidelio?", "Beethoven", ("Mozart", "Weber", "Schubert")),
    ("Who composed the opera Carmen?", "Bizet", ("Verdi", "Gounod", "Puccini")),
    ("Who painted The Garden of Earthly Delights?", "Bosch", ("Bruegel", "Durer", "Holbein")),
    ("Which gas makes up most of the air?", "nitrogen", ("oxygen", "argon", "hydrogen")),
    ("Which vitamin prevents scurvy?", "C", ("D", "A", "B12")),
    ("Which organ makes insulin?", "pancreas", ("liver", "kidney", "spleen")),
    ("Which metal is liquid at room temperature?", "mercury", ("gallium", "lead", "tin")),
    ("Which ocean is the deepest?", "Pacific", ("Atlantic", "Indian", "Arctic")),
    ("Which river flows through Vienna?", "Danube", ("Rhine", "Elbe", "Inn")),
    ("Which river flows through Baghdad?", "Tigris", ("Euphrates", "Jordan", "Nile")),
    ("Which desert is the largest hot desert?", "Sahara", ("Gobi", "Arabian", "Kalahari")),
    ("Which country has the most islands?", "Sweden", ("Indonesia", "Norway", "Finland")),
    ("Which language has the most native speakers?", "Mandarin", ("English", "Spanish", "Hindi")),
    ("Which bone is the longest of the human body?", "femur", ("tibia", "humerus", "fibula")),
    ("Which acid is in vinegar?", "acetic", ("citric", "lactic", "formic")),
    ("Which sea has no shore?", "Sargasso", ("Coral", "Tasman", "Weddell")),
    ("Which element has the atomic number one?", "hydrogen", ("helium", "oxygen", "carbon")),
    ("Which instrument measures air pressure?", "barometer", ("hygrometer", "manometer", "anemometer")),
    ("Which mountain is the highest of Africa?", "Kilimanjaro", ("Kenya", "Meru", "Stanley")),
    ("Which blood cells carry oxygen?", "red", ("white", "platelets", "plasma")),
    ("Which treaty ended the Thirty Years' War?", "Westphalia", ("Utrecht", "Augsburg", "Vienna")),
    ("Which Greek letter stands for a small change in calculus?", "delta", ("sigma", "theta", "lambda")),
    ("Which layer of the atmosphere holds most of the ozone?", "stratosphere", ("troposphere", "mesosphere", "thermosphere")),
    ("Which number base do computers use inside?", "two", ("eight", "ten", "sixteen")),
)
_SAYINGS = ("It is {word}.", "The answer is {word}.", "{word}, as far as I know.", "That would be {word}.")


def _fact_task(question: str, truth: str, mistakes: tuple[str, ...]) -> Task:
    def right(random: Random) -> str:
        return random.choice(_SAYINGS).format(word=truth)

    def wrong(random: Random) -> str:
        return random.choice(_SAYINGS).format(word=_one_of(random, mistakes))

    return Task("fact", "general", question, truth, right, wrong)
