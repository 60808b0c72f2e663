"""Small changes to a prompt's last message that leave its meaning alone, so its field should stay. Each gives the same text every time."""

import re
from collections.abc import Callable, Mapping
from zlib import crc32

SHORTEST_TRANSPOSED = 6
"""Letters of a word in which two are swapped: a shorter one can become another word."""

_LONG_WORD = re.compile(rf"[^\W\d_\u3040-\u9fff]{{{SHORTEST_TRANSPOSED},}}")  # scripts of syllables and ideographs have no such letters
_ENDING = re.compile(r"[.,!?](?=\s|$)")


def letter_case(text: str) -> str:
    """All lower case; a text that is so already gets one capital at its start."""
    return text.lower() if text != text.lower() else text[:1].upper() + text[1:]


def punctuation(text: str) -> str:
    """Without the marks that end words; a text that has none gets a full stop."""
    return _ENDING.sub("", text) if _ENDING.search(text) else f"{text}."


def spaces(text: str) -> str:
    return text.replace(" ", "  ")


def transposed(text: str) -> str:
    """Two neighbouring letters that differ, swapped after the middle of one long word, which the text's checksum picks."""
    found = list(_LONG_WORD.finditer(text))
    if not found:
        return text
    word = found[crc32(text.encode()) % len(found)]
    middle = word.start() + len(word.group()) // 2
    first = next((at for at in range(middle - 1, word.end() - 1) if text[at] != text[at + 1]), None)
    return text if first is None else f"{text[:first]}{text[first + 1]}{text[first]}{text[first + 2 :]}"


def courtesy(text: str) -> str:
    """A word of courtesy at the end; the text's checksum picks which."""
    return f"{text} {('please', 'thanks')[crc32(text.encode()) % 2]}"


def greeting(text: str) -> str:
    return f"hi, {text}"


EDITS: Mapping[str, Callable[[str], str]] = {
    "letter case": letter_case,
    "punctuation dropped or added": punctuation,
    "spaces doubled": spaces,
    "two letters of a long word swapped": transposed,
    "`please` or `thanks` at the end": courtesy,
    "`hi,` at the start": greeting,
}
