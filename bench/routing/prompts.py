"""The labelled prompts that the router's classifier is judged by, and how much two texts share.

They are written one by one, apart from anything the classifier learns from. Who trains it reads neither this file's data nor the prompts
that it gets wrong: the set would stop measuring what it is for.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

PROMPTS = Path(__file__).with_name("prompts.jsonl")
FIELDS = ("creative_writing", "education", "finance", "general", "law", "mathematics", "medicine", "research", "software_engineering")
PLAIN = "plain"
KINDS = {
    PLAIN: "a question that clearly belongs to one field",
    "two_fields": "belongs to two fields; either is right, the first is the stricter label",
    "misleading": "holds words of a field that it does not belong to",
    "language": "in a language other than English",
    "typos": "misspelt throughout",
    "conversation": "several messages, of which the last alone says little or misleads",
    "bare": "only material: code, a formula, a clause, a table, a list of references, a prescription",
}
GRAM = 5
"""Words of a run that two texts share before it counts as overlap."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['’][^\W_]+)*")  # a script without spaces has one word per character


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation up to the turn that is to be routed; `fields` holds its label first, then what is right as well."""

    id: str
    kind: str
    fields: tuple[str, ...]
    messages: tuple[dict[str, Any], ...]

    @property
    def text(self) -> str:
        return "\n".join(message["content"] for message in self.messages)


def read(path: Path = PROMPTS) -> tuple[Prompt, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(
        Prompt(entry["id"], entry["kind"], tuple(entry["fields"]), tuple(entry["messages"])) for entry in map(json.loads, lines) if entry
    )


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def grams(text: str) -> set[tuple[str, ...]]:
    """Distinct runs of `GRAM` words."""
    found = words(text)
    return {tuple(found[start : start + GRAM]) for start in range(len(found) - GRAM + 1)}


def shared(prompts: Iterable[Prompt], training: Path) -> float | None:
    """Share, 0 to 1, of the prompts' distinct runs of words that occur in the texts under `training`; None where there is no text."""
    texts = list(_texts(training))
    if not texts:
        return None
    known = set[tuple[str, ...]]().union(*map(grams, texts))
    asked = set[tuple[str, ...]]().union(*(grams(prompt.text) for prompt in prompts))
    return len(asked & known) / len(asked)


def alike(prompts: Iterable[Prompt]) -> tuple[float, str, str]:
    """The two prompts that share most, by the smaller one's share of runs in common, and that share."""
    runs = {prompt.id: grams(prompt.text) for prompt in prompts}
    holders: dict[tuple[str, ...], list[str]] = {}
    for name, found in runs.items():
        for gram in found:
            holders.setdefault(gram, []).append(name)
    pairs = {pair for names in holders.values() for pair in combinations(names, 2)}
    return max(((len(runs[one] & runs[two]) / min(len(runs[one]), len(runs[two])), one, two) for one, two in pairs), default=(0.0, "", ""))


def _texts(folder: Path) -> Iterator[str]:
    """Every text under `folder`: the strings of JSON files, the lines of any other that is text."""
    files = (
        [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    )
    for path in files:
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path.suffix == ".jsonl":
            yield from (text for line in content.splitlines() if line.strip() for text in _strings(json.loads(line)))
        elif path.suffix == ".json":
            yield from _strings(json.loads(content))
        else:
            yield from content.splitlines()


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _strings(part)
        case list():
            for part in value:
                yield from _strings(part)
