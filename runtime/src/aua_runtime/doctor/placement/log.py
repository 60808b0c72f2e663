"""What a start-up log says of memory, engine by engine."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aua_runtime.doctor.placement.lines import ADDED, BUFFERS, KINDS, LINES, REFUSALS, STARTS, Engine

GIB_OF = {"B": 2**-30, "KiB": 2**-20, "MiB": 2**-10, "GiB": 1.0, "KB": 2**-20, "MB": 2**-10, "GB": 1.0}
"""Ollama's sizes are powers of two, whatever the unit is called."""

BLOCK_TOKENS = 16
"""Of the engine V0, which tells blocks."""

LONGEST_LINE = 4096

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HOST = re.compile(r"CPU|_Host$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one engine said: GiB of each device by term, tokens in the cache, what torch sees; `refused` is why it did not start."""

    gib: Mapping[str, float] = field(default_factory=dict)
    tokens: int | None = None
    total_gib: float | None = None
    version: str | None = None
    refused: str = ""


def reading(engine: Engine, lines: Iterable[str], devices: int = 1) -> Reading:
    """The last start in a log, whose lines may carry anything before and after. `devices` is over how many the engine is spread."""
    figures = _Figures(engine)
    for line in lines:
        figures.take(_COLOUR.sub("", line[:LONGEST_LINE]))
    return figures.reading(max(1, devices))


class _Figures:
    """Everything that was said since the last start."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Engine = engine
        self.version: str | None = None
        self.clear()

    def clear(self) -> None:
        self.said: dict[str, list[float]] = defaultdict(list)
        self.buffers: dict[tuple[str, str], float] = {}
        self.refused = ""

    def take(self, line: str) -> None:
        start = STARTS[self.engine].search(line)
        if start is not None:
            self.version = start.groupdict().get("version") or self.version
            self.clear()
        for refusal in REFUSALS:
            found = refusal.search(line)
            if found is not None:
                self.refused = found[1].strip()
        for known in LINES[self.engine]:
            told = known.pattern.search(line)
            if told is not None:
                for term, figure in told.groupdict().items():
                    self.said[term].append(float(figure.replace(",", "")))
        for known in BUFFERS[self.engine]:
            told = known.pattern.search(line)
            if told is not None:
                sizes = told.groupdict()
                amount, _, unit = (sizes.get("size") or f"{sizes['mib']} MiB").partition(" ")
                key = (sizes["device"], sizes["kind"])
                before = self.buffers.get(key, 0.0) if sizes["kind"] in ADDED else 0.0  # others are told again when they change
                self.buffers[key] = before + float(amount) * GIB_OF[unit]

    def reading(self, devices: int) -> Reading:
        gib = self._spread(devices) if self.buffers else self._of_ranks()
        totals = self.said.get("total")
        return Reading(gib, self._tokens(), totals[-1] if totals else None, self.version, self.refused)

    def _tokens(self) -> int | None:
        """All ranks of vLLM take the fewest; llama.cpp's cache of layers that slide is smaller than the other."""
        if "tokens" in self.said:
            return int(min(self.said["tokens"]))
        if "blocks" in self.said:
            return int(min(self.said["blocks"])) * BLOCK_TOKENS
        if "cells" in self.said:
            return int(max(self.said["cells"]) * max(self.said.get("streams", [1.0])))
        return None

    def _of_ranks(self) -> dict[str, float]:
        """Every rank of a split model says its own: all take the least pool, and the largest of the rest decides whether it fits."""
        terms = {
            term: figures for term, figures in self.said.items() if term in {"weights", "activation", "non_torch", "cuda_graphs", "kv_pool"}
        }
        gib = {term: min(figures) if term == "kv_pool" else max(figures) for term, figures in terms.items()}
        consumed = self.said.get("consumed")
        if consumed and "weights" in gib and "non_torch" not in gib:
            gib["non_torch"] = max(consumed) - gib["weights"]
        return gib

    def _spread(self, devices: int) -> dict[str, float]:
        """Buffers on GPUs, or where there are none on the host, as the mean over the devices."""
        on_device = {key: gib for key, gib in self.buffers.items() if not _HOST.search(key[0])}
        terms: dict[str, float] = defaultdict(float)
        for (_, kind), gib in (on_device or self.buffers).items():
            terms[KINDS[kind]] += gib / devices
        return dict(terms)
