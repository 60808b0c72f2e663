"""The trained part of the classifier: weights of words, pairs of words and pieces of unknown words for the shipped fields.

What the pieces of a known word weigh is already in its own weights, so only unknown words are taken apart here.

A feature's weights for all fields, and its share of the norm, are packed into the lanes of one integer, so that adding the integers of a
question's features adds every field at once, in C. A weight may be negative: lanes borrow from their upper neighbours, and `offset` gives
back what was borrowed when a sum is taken apart. The file is text, because a generated router carries it among its sources.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import Struct

import orjson

FILE = Path(__file__).parent / "model.txt"

LANE_BITS = 32
WEIGHT_ZERO = 128  # a weight is stored as one unsigned byte, shifted by this
LINE_FEED = "\u21b5"  # the sign `\n` in the file


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature, packed, and what turns their sum into logits: `bias + sum * unit / sqrt(smoothing + norm * norm_unit)`."""

    fields: tuple[str, ...]
    words: Mapping[str, int]
    pieces: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]
    taught: Mapping[str, Mapping[str, float]]  # the keywords of each field that its weights were learned with
    bias: tuple[float, ...]
    unit: float
    smoothing: float
    norm_unit: float
    lanes: Struct
    offset: int  # the highest bit of each field's lane

    def unpacked(self, total: int) -> tuple[int, ...]:
        """The sums of a packed total: one for each field in units of a weight, then that of the norm.

        Adding a lane's highest bit gives back what was borrowed; turning that bit over makes the lane a signed number again.
        """
        return self.lanes.unpack(((total + self.offset) ^ self.offset).to_bytes(self.lanes.size, "little"))


@cache
def shipped() -> Model:
    """The model that the runtime ships, read once in a process."""
    return parsed(FILE.read_text(encoding="utf-8"))


def parsed(text: str) -> Model:
    """The model in a file's text: a line of JSON, the words, the pieces, the pairs, then the weights of all of them in base64."""
    head, words, pieces, pairs, packed = text.rstrip("\n").split("\n")
    facts = orjson.loads(head)
    fields = tuple(facts["fields"])
    lanes = len(fields) + 1
    listed = [*words.replace(LINE_FEED, "\n").split(" "), *pieces.split(" ")]
    paired = pairs.split(" ")
    weights = _packed(base64.b64decode(packed), lanes)
    split = words.count(" ") + 1
    return Model(
        fields=fields,
        words=dict(zip(listed[:split], weights, strict=False)),
        pieces=dict(zip(listed[split:], weights[split:], strict=False)),
        pairs=dict(zip(zip(paired[::2], paired[1::2], strict=True), weights[len(listed) :], strict=True)),
        taught=facts["taught"],
        bias=tuple(facts["bias"]),
        unit=facts["unit"],
        smoothing=facts["smoothing"],
        norm_unit=facts["norm_unit"],
        lanes=Struct(f"<{lanes - 1}iI"),
        offset=sum(1 << (LANE_BITS * lane - 1) for lane in range(1, lanes)),
    )


def _packed(stored: bytes, lanes: int) -> list[int]:
    """One integer for each feature, from a byte for each of its lanes; the last lane, the norm's, is never negative."""
    size = LANE_BITS // 8
    wide = bytearray(len(stored) * size)
    wide[::size] = stored
    zero = sum(WEIGHT_ZERO << (LANE_BITS * lane) for lane in range(lanes - 1))
    return [int.from_bytes(row, "little") - zero for (row,) in Struct(f"{lanes * size}s").iter_unpack(wide)]
