"""A client's own JSON text with a few of its top-level values changed; every other byte stays as it came.

Written anew from the values, a number beyond 64 bits would arrive as another number, and lists nested deeper than the writer goes would
not arrive at all.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

_SPACE = re.compile(r"[ \t\n\r]*")
_MODEL = b'"model"'
_ESCAPED = b"\\u006"  # how every letter of `model` begins, by its number
_read = json.JSONDecoder().raw_decode


class TooDeep(Exception):
    """The text nests deeper than can be read or written."""


def rewritten(text: bytes, held: Mapping[str, Any], wanted: Mapping[str, Any]) -> bytes:
    """The text of `wanted`, given that `text` is that of the object `held`. Values that are the same objects keep their text.

    >>> held = {"model": "aua", "seed": 1.8446744073709552e+19}
    >>> rewritten(b'{"model": "aua", "seed": 18446744073709551616}', held, {**held, "model": "tiny"})
    b'{"model": "tiny", "seed": 18446744073709551616}'
    """
    changed = [key for key, value in held.items() if key not in wanted or wanted[key] is not value]
    more = {key: value for key, value in wanted.items() if key not in held}
    try:
        if not changed:
            return _extended(text, held, more)
        if changed == ["model"] and "model" in wanted and (named := renamed(text, wanted["model"])) is not None:
            return _extended(named, held, more)
        return _rebuilt(text.decode(), wanted, frozenset(changed), more)
    except (RecursionError, orjson.JSONEncodeError):
        raise TooDeep from None


def renamed(text: bytes, model: str) -> bytes | None:
    """The text with another value of its top-level key `model`, which it has; None where the place cannot be told at once.

    Where the key's name occurs once and no escape can spell it, that is the place.
    """
    at = text.find(_MODEL)
    if text.count(_MODEL) != 1 or text[at - 1 : at] == b"\\" or (b"\\" in text and _ESCAPED in text):
        return None
    start = text.find(b'"', at + len(_MODEL))
    end = text.find(b'"', start + 1)
    if text[at + len(_MODEL) : start].strip() != b":" or b"\\" in text[start:end]:
        return None
    return text[:start] + orjson.dumps(model) + text[end + 1 :]


def _extended(text: bytes, held: Mapping[str, Any], more: Mapping[str, Any]) -> bytes:
    if not more:
        return text
    if not held:
        return orjson.dumps(more)
    return text.rstrip(b" \t\n\r")[:-1] + b"," + orjson.dumps(more)[1:]


def _rebuilt(text: str, wanted: Mapping[str, Any], changed: frozenset[str], more: Mapping[str, Any]) -> bytes:
    """The object member by member. The text is known to be valid."""
    members = []
    at = _after_space(text, text.index("{") + 1)
    while text[at] != "}":
        start = at
        key, at = _read(text, at)
        at = _after_space(text, at)
        _, at = _read(text, _after_space(text, at + 1))
        if key not in changed:
            members.append(text[start:at])
        at = _after_space(text, at)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    new = {**{key: wanted[key] for key in changed if key in wanted}, **more}
    members.extend(f"{orjson.dumps(key).decode()}:{orjson.dumps(value).decode()}" for key, value in new.items())
    return ("{" + ",".join(members) + "}").encode()


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()
