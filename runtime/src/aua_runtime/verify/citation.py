"""Whether what an answer quotes stands in the conversation, and whether the sources it names by number are there.

Only where the conversation gives something to quote from: numbered sources such as `[2] ...`, or a text together with words that ask for
it. A quotation counts from four words and twenty characters on: shorter ones are names and emphasis.
"""

import re
from collections.abc import Iterator

CONTEXT_CHARACTERS = 128 * 1024
"""Of the conversation that are searched."""
GIVEN_CHARACTERS = 200
QUOTE_WORDS = 4
QUOTES_MAX = 40
REFERENCES_MAX = 60

SOURCE = re.compile(r"(?m)^[ \t]*\[(\d{1,3})\][:. \t]")
"""The beginning of a numbered source in a conversation."""
_ASKS = re.compile(
    r"\b(?:quot\w{1,5}|cit(?:e|es|ing|ation|ations)|according to|passage|excerpt|document|the text|sources?|context|article)\b",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"\"([^\"\n]{20,600})\"|\u201c([^\u201d\n]{20,600})\u201d|(?m:^>[ \t]?(.{20,600})$)")
_REFERENCE = re.compile(r"\[(\d{1,3}(?:\s?[,\u2013-]\s?\d{1,3}){0,8})\](?!\()")
_FOLLOWING = re.compile(r"[\s.,;)]{0,3}\[(\d{1,3})\](?!\()")
_GAP = re.compile(r"\s?(?:\.\.\.|\u2026|\[[^\]]{0,40}\])\s?")
_SPACE = re.compile(r"\s+")
_MARKS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u00a0": " "})


_ASKING = ("quot", "cit", "according to", "passage", "excerpt", "document", "the text", "source", "context", "article")


def may_give_sources(context: str) -> bool:
    """Whether a conversation looks as if `gives_sources` could hold; cheap, and never false where that is true."""
    if len(context) < GIVEN_CHARACTERS:
        return False
    if "[" in context:
        return True
    lower = context.lower()
    return any(word in lower for word in _ASKING)


def gives_sources(context: str) -> bool:
    """Whether a conversation gives something to quote from, and asks for it."""
    return len(context) >= GIVEN_CHARACTERS and (SOURCE.search(context) is not None or _ASKS.search(context) is not None)


def results(text: str, context: str) -> Iterator[bool]:
    """Whether each quotation stands in the context, in the source that it is credited to, and whether each numbered source is there."""
    sources = _sources_of(context)
    whole = _plain(context)
    for count, found in enumerate(_QUOTE.finditer(text)):
        if count == QUOTES_MAX:
            break
        quoted = next(group for group in found.groups() if group is not None)
        following = _FOLLOWING.match(text, found.end())
        within = sources.get(int(following[1]), whole) if following is not None else whole
        if (stands := _stands(quoted, within)) is not None:
            yield stands
    if sources:
        yield from (number in sources for number in _references(text))


def _stands(quoted: str, within: str) -> bool | None:
    """Whether a quotation stands in a text, in the same order around its gaps; None for what is too short to be one."""
    place = 0
    words = 0
    for part in _GAP.split(quoted):
        wanted = _plain(part).strip(" .,;:!?'\"")
        if not wanted:
            continue
        words += wanted.count(" ") + 1
        found = within.find(wanted, place)
        if found < 0:
            return False if len(_plain(quoted).split()) >= QUOTE_WORDS else None
        place = found + len(wanted)
    return True if words >= QUOTE_WORDS else None


def _references(text: str) -> Iterator[int]:
    """The numbers in `[1]`, `[2, 3]` and `[4-6]`, each once."""
    seen: set[int] = set()
    for count, found in enumerate(_REFERENCE.finditer(text)):
        if count == REFERENCES_MAX:
            return
        for number in re.findall(r"\d{1,3}", found[1]):
            if int(number) not in seen:
                seen.add(int(number))
                yield int(number)


def _sources_of(context: str) -> dict[int, str]:
    """The numbered sources, each with its text up to the next one."""
    marks = list(SOURCE.finditer(context))
    ends = [mark.start() for mark in marks[1:]] + [len(context)]
    return {int(mark[1]): _plain(context[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)}


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.translate(_MARKS)).lower()
