"""What a recording rule is."""

from collections.abc import Mapping
from dataclasses import field

from aua_compile.frozen import dataclass

SETTLED = 'outcome=~"answered|abstained|failed"'
"""Requests that were ours to answer: neither refused for what the client sent nor given up by it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One recording rule."""

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
