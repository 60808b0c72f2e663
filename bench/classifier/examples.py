"""The classifier's training data as examples: what is written down, and what is made from it with a seed.

`data/questions/<field>.txt` holds a question a line; a line that begins with `| ` goes on with the question before it. `data/languages/`
holds the same in other languages, each line with its field. `data/conversations.txt` holds talks, `data/terms/` the words of each field,
`data/shells.txt` questions with gaps for them, `data/openers.txt` what people say around a question.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

DATA = Path(__file__).parent / "data"
FIELDS = tuple(sorted(path.stem for path in (DATA / "terms").glob("*.txt")))

CROSSED = 0.3  # of the terms are put into a shell that decides their field
CROSSED_FOREIGN = 25  # terms are put into each such shell of another language
MARKS = ".,:;!?¿¡\"'()«»„“”。，？！؟،"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Example:
    """A question with what was said before it. `kind` tells where it comes from, `weight` how much it counts in training."""

    question: str
    field: str
    kind: str
    context: str = ""
    weight: float = 1.0
    language: str = "en"


def written() -> list[Example]:
    """Every question and talk of the data files, in order."""
    return [*_questions(), *_languages(), *_conversations()]


def _questions() -> Iterator[Example]:
    for field in FIELDS:
        for path in sorted((DATA / "questions").glob(f"{field}*.txt")):
            kind = path.stem.removeprefix(field).strip(".") or "plain"
            for text in _joined(path.read_text(encoding="utf-8").splitlines()):
                yield Example(text, field, kind)


def _joined(lines: Sequence[str]) -> Iterator[str]:
    text = ""
    for line in lines:
        if line.startswith("|"):
            text += "\n" + line[1:].removeprefix(" ")
        else:
            if text:
                yield text
            text = line
    if text:
        yield text


def _languages() -> Iterator[Example]:
    for path in sorted((DATA / "languages").glob("*.txt")):
        for text in _joined(path.read_text(encoding="utf-8").splitlines()):
            field, _, rest = text.partition(":")
            if field.endswith("*"):
                yield from (Example(term.strip(), field[:-1], "term", weight=0.5, language=path.stem) for term in rest.split(","))
            elif "{x}" not in rest:
                yield Example(rest.strip(), field, "language", language=path.stem)


def _conversations() -> Iterator[Example]:
    """Blocks of `= field`, then turns `user: ...` and `assistant: ...`; the last turn is the question."""
    for block in (DATA / "conversations.txt").read_text(encoding="utf-8").split("\n= "):
        field, _, rest = block.removeprefix("= ").partition("\n")
        turns: list[str] = []
        for line in rest.splitlines():
            if line.startswith(("user: ", "assistant: ")):
                turns.append(line.partition(": ")[2])
            elif turns:
                turns[-1] += "\n" + line
        if turns:
            yield Example(turns[-1].strip(), field.strip(), "conversation", "\n".join(turns[:-1]))


def terms() -> Mapping[str, list[str]]:
    """The words of each field."""
    found = {}
    for field in FIELDS:
        lines = (DATA / "terms" / f"{field}.txt").read_text(encoding="utf-8").splitlines()
        found[field] = [term.strip() for line in lines for term in line.split(", ") if term.strip()]
    return found


def made(random: Random, rounds: int) -> list[Example]:
    """Questions from shells and terms: each term `rounds` times in a shell that leaves its field, and as often in one that decides it."""
    words = terms()
    pool = [(field, term) for field, listed in words.items() for term in listed]
    shells = [line.partition(": ")[::2] for line in (DATA / "shells.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    own = [text for field, text in shells if field == "own"]
    deciding: dict[str, list[str]] = {}
    for field, text in shells:
        if field != "own":
            deciding.setdefault(field, []).append(text)
    found = []
    for field, term in pool:
        for _ in range(rounds):
            y, z = random.choice(words[field]), random.choice(words[field])
            found.append(Example(_filled(random.choice(own), term, y, z), field, "shell", weight=0.5))
        if random.random() < CROSSED:
            decided = random.choice(sorted(deciding))
            y = random.choice(pool)[1]
            found.append(Example(_filled(random.choice(deciding[decided]), term, y, y), decided, "crossed", weight=0.35))
    return found


def framed(examples: Sequence[Example], random: Random, rounds: int) -> list[Example]:
    """Questions whose telling words gave way to terms of another field, which then is theirs: so that `how do I` speaks for none.

    A word is a frame's if it stands in questions of many fields of its language.
    """
    pool: dict[str, list[tuple[str, str]]] = {"en": [(field, term) for field, listed in terms().items() for term in listed]}
    seen: dict[tuple[str, str], set[str]] = {}
    for example in examples:
        if example.kind == "term":
            pool.setdefault(example.language, []).append((example.field, example.question))
        else:
            for word in example.question.lower().split():
                seen.setdefault((example.language, word.strip(MARKS)), set()).add(example.field)
    by_field = {language: _grouped(listed) for language, listed in pool.items()}
    found = []
    for example in examples:
        least = 6 if example.language == "en" else 3
        if example.kind not in {"plain", "language"} or example.language not in pool or len(example.question) > 200:
            continue
        words = example.question.split()
        common = [len(seen[example.language, word.lower().strip(MARKS)]) >= least for word in words]
        if sum(common) < 2 or all(common):
            continue
        for _ in range(rounds):
            field = random.choice(sorted(by_field[example.language]))
            framed: list[str] = []
            for word, keeps in zip(words, common, strict=True):
                if keeps:
                    framed.append(word)
                elif not framed or framed[-1] != "\0":
                    framed.append("\0")
            filled = [random.choice(by_field[example.language][field]) if word == "\0" else word for word in framed]
            found.append(Example(" ".join(filled), field, "shell", weight=0.5, language=example.language))
    return found


def foreign(examples: Sequence[Example], random: Random, rounds: int) -> list[Example]:
    """Questions in other languages from the shells and terms of their files."""
    found = []
    for path in sorted((DATA / "languages").glob("*.txt")):
        lines = [line.partition(": ")[::2] for line in path.read_text(encoding="utf-8").splitlines() if "{x}" in line]
        own = [text for field, text in lines if field == "own"]
        deciding = [(field, text) for field, text in lines if field != "own"]
        listed = [(example.field, example.question) for example in examples if example.kind == "term" and example.language == path.stem]
        groups = _grouped(listed)
        for field, term in listed:
            for _ in range(rounds):
                shell = _filled(random.choice(own), term, random.choice(groups[field]), "")
                found.append(Example(shell, field, "shell", weight=0.5, language=path.stem))
        for field, text in deciding:
            found.extend(
                Example(_filled(text, random.choice(listed)[1], "", ""), field, "crossed", weight=0.35, language=path.stem)
                for _ in range(CROSSED_FOREIGN)
            )
    return found


def gibberish(random: Random, count: int) -> list[str]:
    """Words that are none, so that what says nothing speaks for no field."""
    return [
        " ".join("".join(random.choices(LETTERS, k=random.randrange(3, 10))) for _ in range(random.randrange(1, 8))) for _ in range(count)
    ]


def _grouped(listed: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for field, term in listed:
        groups.setdefault(field, []).append(term)
    return groups


def _filled(shell: str, x: str, y: str, z: str) -> str:
    return shell.replace("{x}", x).replace("{y}", y).replace("{z}", z)


def _lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line]


def varied(example: Example, random: Random, openers: Sequence[str], closers: Sequence[str]) -> Example:
    """The same question said a little differently: with typos, courtesies or without some of its words."""
    question = example.question
    chance = random.random()
    if chance < 0.4:
        question = typed(question, random, 0.12)
    elif chance < 0.6:
        words = question.split(" ")
        kept = [word for word in words if random.random() < 0.85]
        question = " ".join(kept or words)
    if random.random() < 0.35:
        question = f"{random.choice(openers)} {question}"
    if random.random() < 0.2:
        question = f"{question} {random.choice(closers)}"
    return replace(example, question=question)


def typed(text: str, random: Random, rate: float) -> str:
    """`text` with about `rate` of its longer words mistyped: two letters swapped, one lost, doubled or replaced."""
    return " ".join(_mistyped(word, random) if len(word) > 3 and random.random() < rate else word for word in text.split(" "))


def _mistyped(word: str, random: Random) -> str:
    at = random.randrange(1, len(word) - 1)
    match random.randrange(4):
        case 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            return word[:at] + word[at + 1 :]
        case 2:
            return word[:at] + word[at] + word[at:]
        case _:
            return word[:at] + random.choice(LETTERS) + word[at + 1 :]


def surroundings() -> tuple[list[str], list[str]]:
    """What people say before a question, and after it."""
    lines = _lines("openers.txt")
    cut = lines.index("---")
    return lines[:cut], lines[cut + 1 :]
