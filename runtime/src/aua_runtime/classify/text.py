"""What the classifier reads: a bounded window of the text, its words and signs, and the pieces of words that it does not know.

Training and inference both read through this module, so that they cannot drift apart. Text is in lower case from here on.
"""

import re
from itertools import pairwise

QUESTION_CHARACTERS = 500
"""Of a longer question the first and the last half of this are read: instructions stand at the ends, material in the middle. About 80
words: with twice as many the accuracy of docs/routing.md is the same, and a long question costs twice as much."""
CONTEXT_CHARACTERS = 2048
"""Earlier turns that are read, from their end."""
UNKNOWN_WORDS = 16
"""Unknown words of a text that are taken apart, its first."""
UNKNOWN_CHARACTERS = 24
"""Characters of an unknown word that are taken apart, its first."""
PIECE = 4
"""Characters of a piece, the ends of the word counting as one each."""

SIGNS = (
    *("();", "{", "}", "==", "=>", "->", "::", "</", "\\", "^", "=", "+", "*", "<", "|", "`", "$", "%", "&", "@", "#", "[", ";", "_", "\n"),
    *("++", "c#", "://", "€", "£", "§", "∫", "∑", "√", "²", "³", "π", "≤", "→", "¿"),
)
"""Runs of characters that tell something wherever they stand, in prose as in code and formulas."""

_BY_LAST = {ord(sign[-1]): tuple(other for other in SIGNS if other[-1] == sign[-1]) for sign in SIGNS if sign.isascii()}
_SIGNLESS = bytes(code for code in range(128) if code not in _BY_LAST)  # no sign ends in one of these
_BLANK = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)) + bytes(128)

# A word is a run of letters and digits of any script with its marks: no signs of the Latin, general, ideographic and full-width blocks.
_WORDS = re.compile(
    r"[^\x00-\x2f\x3a-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u060c\u061b\u061f\u0964\u2000-\u2bff"
    r"\u3000-\u3004\u3008-\u3020\u30fb\ufe30-\ufe4f\uff00-\uff0f\uff1a-\uff20\ud800-\udfff]+"
)
_FIRST_IDEOGRAPH = "\u2e80"  # from here on scripts are written without spaces, or in syllables: one sign says as much as several letters


def question_window(text: str) -> str:
    """The part of a question that is read."""
    if len(text) > QUESTION_CHARACTERS:
        half = QUESTION_CHARACTERS // 2
        text = f"{text[:half]} {text[-half:]}"
    return text.lower()


def context_window(text: str) -> str:
    """The part of the earlier turns that is read."""
    return text[-CONTEXT_CHARACTERS:].lower()


def words_of(text: str) -> list[str]:
    """The words of a text, in order. The two ways agree; the first is several times as fast where it can be gone."""
    return text.encode().translate(_BLANK).decode().split() if text.isascii() else _WORDS.findall(text)


def signs_of(text: str) -> list[str]:
    """Those of `SIGNS` that stand in a text."""
    if text.isascii():
        return [sign for last in set(text.encode().translate(None, _SIGNLESS)) for sign in _BY_LAST[last] if sign in text]
    return [sign for sign in SIGNS if sign in text]


def pieces_of(word: str) -> list[str]:
    """What a word is taken apart into: runs of characters; signs of ideographic scripts and pairs of them; the length of a number."""
    if word.isdigit():
        return [f"#{min(len(word), 6)}"]
    word = word[:UNKNOWN_CHARACTERS]
    if word[-1] >= _FIRST_IDEOGRAPH or word[0] >= _FIRST_IDEOGRAPH:
        return [*word, *map("".join, pairwise(word))]
    ended = f"^{word}$"
    return [ended[start : start + PIECE] for start in range(len(ended) - PIECE + 1)] or [ended]
