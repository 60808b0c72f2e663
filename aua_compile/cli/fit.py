"""`aua fit`: which variants of a model a machine can serve, before there is any config."""

import os
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any, Literal, NoReturn

from typer import Argument, Option

from aua_compile.cli.exits import Exit, refuse
from aua_compile.cli.options import JsonOption
from aua_compile.cli.own_tiers import own_document, own_names
from aua_compile.cli.words import words
from aua_compile.plan.asked import machine_of
from aua_compile.plan.fit import Fit, bare_machine, fits
from aua_compile.plan.wants import Machine
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import MANAGED_ENGINES, AcceleratorFacts, Candidate

_COUNTED = re.compile(r"(?P<name>.+?)x(?P<count>[1-9][0-9]{0,3})")

HEAD = ("", "used", "KV pool", "context", "at once", "tokens/s", "all", "first s", "$/M")
ESTIMATES = (
    "tokens/s are of one stream, all and $/M (a million tokens) of a full batch, first s without queue: estimates, see docs/placement.md."
)

MOST_MEMORY_GIB = 16384
WIDE = 100
"""Columns where nobody says how many there are."""


def run(
    model: Annotated[
        str, Argument(metavar="MODEL", help="A registered model, one of its variants, or its repository.", autocompletion=words("model"))
    ],
    *,
    on: Annotated[
        str,
        Option(
            "--on",
            metavar="TIER|GPU[xN]",
            help="A tier, shipped or in ./tiers, or accelerators: `rtx-4090x2`, `rtx-4090x4+a100-80-pciex2`.",
        ),
    ],
    context: Annotated[int, Option(help="Tokens of each request.", min=1, max=10**7)] = 8192,
    concurrency: Annotated[int, Option(help="Requests at once.", min=1, max=65536)] = 8,
    kv_cache: Annotated[Literal["16bit", "8bit"], Option(help="What the cache keeps of each value.")] = "16bit",
    memory: Annotated[float | None, Option(metavar="GIB", help="Memory of a machine named by a CPU or a chip with unified memory.")] = None,
    json: JsonOption = False,
) -> None:
    """Show what fits of MODEL, alone on a machine. Each variant and engine with its settings, or why not.

    Example: aua fit qwen-32b --on rtx-4090x2 --context 16384 --concurrency 4

    The exit status is 1 where nothing fits.
    """
    from aua_compile.characters import shown
    from aua_compile.cli.looks import room_of, working

    catalog = Catalog()
    candidates = _candidates(catalog, model)
    machine = _machine(catalog, on, memory)
    with working(f"placing {shown(model)}", shows=not json):
        found = list(fits(candidates, machine, context_tokens=context, concurrency=concurrency, kv_cache=kv_cache))
    if json:
        from aua_compile.cli.output import as_json

        sys.stdout.write(as_json([_data(fit) for fit in found]))
    else:
        text = _text(found, f"{concurrency} requests of {context} tokens on {on}", room_of(sys.stdout, os.environ, WIDE))
        sys.stdout.writelines(f"{line}\n" for line in text)
    if all(fit.placement is None for fit in found):
        raise SystemExit(Exit.FINDINGS)


def _candidates(catalog: Catalog, name: str) -> tuple[Candidate, ...]:
    """All variants of a model, or the one that a reference names."""
    facts = catalog.model(name)
    if facts is not None:
        return tuple(Candidate(f"{name}-{quantization}", facts, variant) for quantization, variant in facts.variants.items())
    candidate = catalog.candidate(name)
    if candidate is None:
        _wrong(f"There is no model `{name}`.", name, catalog.model_names(), "`aua models list` shows them.")
    return (candidate,)


def _machine(catalog: Catalog, name: str, memory_gib: float | None) -> Machine:
    from aua_compile.index import aliases

    document = catalog.document("tiers", aliases("tiers").get(name, name))
    own = own_document(name, catalog) if document is None else None
    tier = catalog.tier(document).value if document is not None else own[1] if own is not None else None
    if memory_gib is not None and not 0 < memory_gib <= MOST_MEMORY_GIB:
        refuse("fit", f"`--memory` is more than 0 and at most {MOST_MEMORY_GIB} GiB.")
    if tier is not None:
        if memory_gib is not None:
            refuse("fit", f"The memory of `{name}` is known; `--memory` is for CPUs and chips with unified memory.")
        return machine_of(tier, catalog)
    kinds = [_counted(catalog, part) for part in name.split("+")]
    (accelerator, _), *others = kinds
    apart = next((facts.name for facts, _ in kinds if facts.kind != "gpu"), None)
    if others and apart is not None:
        refuse("fit", f"`{apart}` is no GPU, and only GPUs stand beside others.")
    if accelerator.kind == "cpu" and memory_gib is None:
        refuse("fit", f"A `{accelerator.name}` machine has as much memory as it was given: say `--memory GIB`.")
    if accelerator.kind == "gpu" and memory_gib is not None:
        refuse("fit", f"The memory of `{accelerator.name}` is known; `--memory` is for CPUs and chips with unified memory.")
    foreign = next((facts.name for facts, _ in kinds if facts.vendor == "amd"), None)
    if foreign is not None:
        refuse("fit", f"No engine that is emitted has an image for `{foreign}`; `aua engines list` shows whose devices they run on.")
    ram_gib = memory_gib if memory_gib is not None else accelerator.memory.nominal_gib if accelerator.kind == "unified" else None
    return bare_machine(kinds, tuple(catalog.engine(engine) for engine in MANAGED_ENGINES), ram_gib)


def _counted(catalog: Catalog, name: str) -> tuple[AcceleratorFacts, int]:
    """An accelerator and how many of it: `rtx-4090x2`, or one."""
    accelerators = catalog.names("accelerators")
    counted = _COUNTED.fullmatch(name)
    kind, count = (counted["name"], int(counted["count"])) if counted and counted["name"] in accelerators else (name, 1)
    if kind not in accelerators:
        _wrong(
            f"There is no tier or accelerator `{kind}`.",
            kind,
            (*catalog.names("tiers"), *own_names(), *accelerators),
            "`aua tiers list` shows the tiers.",
        )
    return catalog.accelerator(kind), count


def _wrong(message: str, given: str, known: tuple[str, ...], otherwise: str) -> NoReturn:
    from difflib import get_close_matches

    near = get_close_matches(given, known, n=1)
    refuse("fit", f"{message} {f'Did you mean `{near[0]}`?' if near else otherwise}")


def _text(found: list[Fit], wanted: str, width: int) -> Iterator[str]:
    """What fits, by variant and devices: each engine's figures and below them its settings. Then what does not, and why."""
    from aua_compile.cli.looks import hanging, table

    placed = [fit for fit in found if fit.placement is not None]
    yield from hanging("", f"{len(placed)} of {len(found)} fit for {wanted}; sizes are GiB of each device.", width)
    if placed:
        head, *rows = table(HEAD, [_row(fit) for fit in placed]).splitlines()
        indent = " " * head.index(HEAD[1])
        yield ""
        yield head
        for title, group in groupby(zip(placed, rows, strict=True), lambda each: _title(each[0])):
            yield title
            for fit, row in group:
                yield row
                yield from hanging(indent, " ".join(f"{name}={value}" for name, value in _settings(fit).items()), width)
        yield ""
        yield from hanging("", ESTIMATES, width)
    why: dict[tuple[str, ...], list[str]] = {}
    for fit in found:
        if fit.refused is not None:
            why.setdefault(tuple(_why_not(fit)), []).append(fit.candidate.reference + (f" on {fit.engine}" if fit.engine else ""))
    for reasons, names in why.items():
        yield ""
        yield from hanging("Not ", f"{', '.join(names)}:", width)
        for reason in reasons:
            yield from hanging("  ", reason, width)


def _title(fit: Fit) -> str:
    placement = fit.placement
    assert placement is not None
    devices = len(placement.devices)
    weights = f"{fit.candidate.variant.weights_gib / devices:.1f} GiB of weights" + (" on each" if devices > 1 else "")
    return f"{fit.candidate.reference} on {devices} x {fit.accelerator}, {weights}"


def _row(fit: Fit) -> tuple[str, ...]:
    placement, estimate = fit.placement, fit.estimate
    assert placement is not None
    assert estimate is not None
    usd = estimate.cost_per_million_tokens
    return (
        f"  {placement.engine.name}",
        f"{fit.used_gib:.1f}",
        f"{fit.kv_pool_gib:.1f}",
        f"{placement.context_tokens}",
        f"{estimate.worst_case_concurrency:.1f}",
        f"{estimate.decode_tokens_per_s:.0f}",
        f"{estimate.batch_tokens_per_s:.0f}",
        "-" if estimate.first_token_s is None else f"{estimate.first_token_s:.2f}",
        "-" if usd is None else f"{usd:.2f}",
    )


def _settings(fit: Fit) -> dict[str, Any]:
    """What the engine is started with, by the names of its own flags."""
    placement = fit.placement
    assert placement is not None
    if placement.engine.name == "sglang":
        return {
            "mem_fraction_static": placement.gpu_memory_utilization,
            "max_total_tokens": placement.kv_tokens,
            "max_running_requests": placement.max_num_seqs,
            "chunked_prefill_size": placement.max_num_batched_tokens,
            **({"kv_cache_dtype": "fp8_e4m3"} if placement.kv_cache == "8bit" else {}),
            **({"cuda_graph_backend_decode": "disabled"} if placement.eager else {}),
        }
    if placement.engine.name != "vllm":
        return {"parallel": placement.max_num_seqs}
    return {
        "gpu_memory_utilization": placement.gpu_memory_utilization,
        "max_num_seqs": placement.max_num_seqs,
        "max_num_batched_tokens": placement.max_num_batched_tokens,
        **({"pipeline_parallel_size": placement.pipeline_parallel} if placement.pipeline_parallel > 1 else {}),
        **({"kv_cache_dtype": "fp8"} if placement.kv_cache == "8bit" else {}),
        **({"enforce_eager": True} if placement.eager else {}),
    }


def _why_not(fit: Fit) -> list[str]:
    refused = fit.refused
    assert refused is not None
    if refused.kind == "constraint":
        return [rung.reason for rung in refused.rungs] or [refused.reason]
    terms = " + ".join(f"{gib:.1f} {name}" for name, gib in refused.terms.items())
    lines = [
        f"needs {refused.needed_gib:.1f} GiB, each device has {refused.available_gib:.1f} ({terms})",
        f"cannot be split over several devices: {fit.whole}" if fit.whole else "",
        f"would fit with {fit.remedy}" if fit.remedy else "",
    ]
    return [line for line in lines if line]


def _data(fit: Fit) -> dict[str, Any]:
    told: dict[str, Any] = {"variant": fit.candidate.reference, "engine": fit.engine, "fits": fit.placement is not None}
    if fit.placement is not None and fit.estimate is not None:
        told |= {
            "accelerator": fit.accelerator,
            "devices": len(fit.placement.devices),
            "weights_gib": round(fit.candidate.variant.weights_gib / len(fit.placement.devices), 3),
            "used_gib": round(fit.used_gib, 3),
            "kv_pool_gib": round(fit.kv_pool_gib, 3),
            "context_tokens": fit.placement.context_tokens,
            "kv_tokens": fit.placement.kv_tokens,
            "requests_at_full_context": round(fit.estimate.worst_case_concurrency, 2),
            "typical_requests": fit.estimate.expected_concurrency,
            "decode_tokens_per_s": round(fit.estimate.decode_tokens_per_s, 1),
            "batch_tokens_per_s": round(fit.estimate.batch_tokens_per_s, 1),
            "first_token_s": None if fit.estimate.first_token_s is None else round(fit.estimate.first_token_s, 3),
            "usd_per_million_tokens": fit.estimate.cost_per_million_tokens,
            "settings": _settings(fit),
        }
    else:
        told["reasons"] = _why_not(fit)
    return told
