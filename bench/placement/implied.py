"""What the logged rows say the constants of the memory model are, by release and card: the figures to refit `plan/memory.py` with."""

from collections.abc import Iterable, Sequence
from statistics import median

from aua_compile.plan.memory import ROPE_AND_BUFFERS_GIB
from aua_compile.registry.model import GIB
from bench.page import table
from bench.placement.score import Scored, model_of

HEAD = ("vLLM", "card", "TP", "rows", "sampler copies", "non-torch GiB", "weights + GiB")


def implied(rows: Sequence[Scored]) -> list[str]:
    """A table of medians: copies of the fp32 logits that activations amount to, memory outside torch, what weights take beyond their file.

    Dense rows only, in which no more is added; those whose layers are wider than their sampler say too much of the copies.
    """
    groups: dict[tuple[str, str, int], list[Scored]] = {}
    for row in rows:
        if row.kind == "dense" and not row.why_not and row.run.fits and row.run.pipeline_parallel == 1:
            groups.setdefault((row.run.vllm, row.run.card, row.run.tensor_parallel), []).append(row)
    return table(HEAD, [(*key, len(found), _copies(found), _non_torch(found), _weights(found)) for key, found in sorted(groups.items())])


def _copies(rows: Iterable[Scored]) -> str:
    found = []
    for row in rows:
        shape = model_of(row.run).shape
        if row.run.activation_gib is not None and shape is not None:
            found.append(row.run.activation_gib * GIB / (row.run.max_num_seqs * shape.vocabulary * 4))
    return f"{median(found):.2f}" if found else ""


def _non_torch(rows: Iterable[Scored]) -> str:
    found = [row.run.non_torch_gib for row in rows if row.run.non_torch_gib is not None]
    return f"{median(found):.2f}" if found else ""


def _weights(rows: Iterable[Scored]) -> str:
    return f"{median(row.run.weights_gib - row.weights_gib + ROPE_AND_BUFFERS_GIB for row in rows):+.2f}"
