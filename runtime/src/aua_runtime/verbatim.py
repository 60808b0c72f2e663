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
_MODEL = re.compile(rb'"model"[ \t\n\r]*:[ \t\n\r]*("[^"\\]*")')
_ESCAPED = b"\\u006"  # how every letter of `model` begins, by its number
_read = json.JSONDecoder().raw_decode


class TooDeep(Exception):  # noqa: N818 - told to the client
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
    """The text with another value of its top-level key `model`, which it has; None where the place cannot be told at once."""
    place = _place_of_model(text)
    return None if place is None else text[: place[0]] + orjson.dumps(model) + text[place[1] :]


def _extended(text: bytes, held: Mapping[str, Any], more: Mapping[str, Any]) -> bytes:
    if not more:
        return text
    if not held:
        return orjson.dumps(more)
    return text.rstrip(b" \t\n\r")[:-1] + b"," + orjson.dumps(more)[1:]


def _place_of_model(text: bytes) -> tuple[int, int] | None:
    """Where the value of the top-level key `model` stands, if that can be told without reading everything.

    The object has the key; where its name occurs once and no escape can spell it, that is the place.
    """
    at = text.find(b'"model"')
    if at < 0 or text[at - 1 : at] == b"\\" or (b"\\" in text and _ESCAPED in text) or text.find(b'"model"', at + 1) >= 0:
        return None
    found = _MODEL.match(text, at)
    return found.span(1) if found is not None else None


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
