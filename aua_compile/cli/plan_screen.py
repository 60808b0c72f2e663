"""The plan as a terminal shows it: what runs, the memory of each device in bars that sum, and why no better rung was taken.

Routes, limits and alerts are in `plan.md`; `aua plan --markdown` prints that.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from aua_compile.cli.looks import hanging
from aua_compile.plan.model import Estimate, Instance, Ledger, LedgerEntry, Plan, Specialist
from aua_compile.plan.rounding import apportioned

NARROWEST, WIDEST = 60, 120
LONGEST_NAME = 24
"""Columns of names before what is said of them; a longer one stands on a line of its own."""
MOST_BAR = 60
FIGURE = 8
"""Columns of an amount in GiB."""

_PARTS = re.compile(r" \([^()]* \+ [^()]*\)")

TRUST = {
    "measured": "as measured with this engine release",
    "modelled": "by formulas that were measured on other devices",
    "extrapolated": "nothing was measured with this engine release: older ones or its own estimates, with a margin",
}


def screen(plan: Plan, width: int) -> str:
    """All of it in at most `width` columns, but for names that are longer themselves; NARROWEST to WIDEST."""
    width = max(NARROWEST, min(WIDEST, width))
    parts = (_head(plan, width), _services(plan, width), _memory(plan, width), _rejected(plan, width), _needs(plan, width))
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def _longest(names: Iterable[str]) -> int:
    return max((len(name) for name in names if len(name) <= LONGEST_NAME), default=0)


def _head(plan: Plan, width: int) -> Iterator[str]:
    hardware, public = plan.hardware, plan.api.public
    kinds = (f"{kind.accelerators} x {kind.accelerator}" if kind.accelerators else kind.accelerator for kind in hardware.kinds)
    devices = " and ".join(kinds)
    preset = f" (preset {plan.project.preset})" if plan.project.preset else ""
    host = f"[{public.host}]" if ":" in public.host else public.host
    where = public.socket or f"http://{host}:{public.port}"
    yield f"{plan.project.name}{preset} on {plan.project.tier}"
    machine = f"{devices}, {hardware.cpu_cores} CPU cores, {hardware.host_ram_gib:g} GiB RAM; the router answers at {where}"
    yield from hanging("  ", machine, width)


def _services(plan: Plan, width: int) -> Iterator[str]:
    yield "What runs"
    if plan.instances:
        yield from hanging("  ", plan.search.words, width)
    instances = {instance.name: instance for instance in plan.instances}
    estimates = {estimate.specialist: estimate for estimate in plan.estimates}
    currency = plan.observability.costs.currency
    longest = _longest(service.name for service in plan.called)
    for service in plan.called:
        lead = f"  {service.name:{longest}}  "
        if len(service.name) > longest:
            yield f"  {service.name}"
            lead = " " * (longest + 4)
        instance = instances.get(service.instance or "")
        if instance is None:
            yield from hanging(lead, f"{service.served_model} at {', '.join((service.url, *service.replicas))}", width)
            continue
        yield from hanging(lead, f"{service.model} on {_engine(instance)}", width)
        yield from hanging(" " * len(lead), _served_at_once(service, estimates.get(service.name), currency), width)


def _served_at_once(service: Specialist, estimate: Estimate | None, currency: str) -> str:
    wanted = f"{service.concurrency} at once wanted, of {service.context_tokens} tokens"
    if estimate is None:
        return wanted
    first = f", first after {estimate.first_token_s:.2f} s" if estimate.first_token_s is not None else ""
    cost = f", {estimate.cost_per_million_tokens:.2f} {currency}/M" if estimate.cost_per_million_tokens is not None else ""
    speed = f"{estimate.decode_tokens_per_s:.0f} tokens/s, {estimate.batch_tokens_per_s:.0f} of {estimate.expected_concurrency:.0f}"
    return f"{wanted}, room for {estimate.worst_case_concurrency:.1f}; est. {speed}{first}{cost}"


def _engine(instance: Instance) -> str:
    where = _numbered(instance.devices) if instance.devices else "CPU"
    after = f", after {' and '.join(instance.start_after)}" if instance.start_after else ""
    return f"{instance.engine} {instance.engine_version}, {where}, port {instance.port}, batch {instance.max_num_seqs}{after}"


def _numbered(devices: Sequence[int]) -> str:
    """`GPU 3`, `GPUs 0-3`, `GPUs 0, 2`."""
    if len(devices) == 1:
        return f"GPU {devices[0]}"
    runs = [list(run) for _, run in groupby(enumerate(devices), lambda pair: pair[1] - pair[0])]
    return "GPUs " + ", ".join(f"{run[0][1]}-{run[-1][1]}" if len(run) > 1 else f"{run[0][1]}" for run in runs)


def _memory(plan: Plan, width: int) -> Iterator[str]:
    if not plan.ledgers:
        return
    trusts = dict.fromkeys(ledger.confidence for ledger in plan.ledgers if ledger.entries)
    longest = _longest(name for ledger in plan.ledgers for name in _names(ledger))
    yield "Memory of each device, in GiB"
    for trust in trusts:
        yield from hanging(f"  {trust}: ", TRUST[trust], width)
    for devices, ledger in _alike(plan.ledgers):
        yield ""
        name = _numbered(devices) if plan.hardware.accelerators else "CPU"
        each = " each" if len(devices) > 1 else ""
        how = f", {ledger.confidence}" if ledger.entries and len(trusts) > 1 else ""
        yield f"  {name}, {ledger.accelerator}, {ledger.total_gib:.2f}{each}{how}"
        yield from _bars(ledger, longest, width)


def _alike(ledgers: Sequence[Ledger]) -> Iterator[tuple[list[int], Ledger]]:
    """Devices that hold the same, told once."""
    for _, like in groupby(ledgers, lambda ledger: (ledger.accelerator, ledger.total_gib, ledger.entries, ledger.free_gib)):
        found = list(like)
        yield [ledger.device for ledger in found], found[0]


def _names(ledger: Ledger) -> list[str]:
    return [*(entry.service or entry.instance for entry in ledger.entries), "free"]


def _bars(ledger: Ledger, longest: int, width: int) -> Iterator[str]:
    """A line and a bar for each model and for what is free: figures and bars sum to the device. Below each its terms, which sum to it."""
    values = [entry.total_gib for entry in ledger.entries] + [max(0.0, ledger.free_gib)]
    lead = 4 + longest + FIGURE + 2
    hundredths = apportioned(values, round(ledger.total_gib * 100))
    lengths = apportioned(values, max(10, min(MOST_BAR, width - lead)))
    for index, name in enumerate(_names(ledger)):
        bar = ("·" if index == len(ledger.entries) else "█") * lengths[index]
        beside = name if len(name) <= longest else ""
        if not beside:
            yield f"    {name}"
        yield f"    {beside:{longest}}{hundredths[index] / 100:{FIGURE}.2f}  {bar}".rstrip()
        if index < len(ledger.entries):
            yield from hanging(" " * lead, _terms(ledger.entries[index], hundredths[index]), width)


def _terms(entry: LedgerEntry, total: int) -> str:
    named = [(name, gib) for name, gib in entry.terms.items() if gib > 0]
    parts = apportioned([gib for _, gib in named], total)
    return " + ".join(f"{part / 100:.2f} {name}" for part, (name, _) in zip(parts, named, strict=True))


def _rejected(plan: Plan, width: int) -> Iterator[str]:
    """Without the parts of each sum, which plan.md has; rungs of one reason together."""
    found = [service for service in plan.called if service.rejected]
    if not found:
        return
    yield "Better rungs that were not taken, and why"
    for service in found:
        yield f"  {service.name}"
        why: dict[str, list[str]] = {}
        for rung in service.rejected:
            why.setdefault(_PARTS.sub("", rung.reason), []).append(rung.model)
        for reason, models in why.items():
            yield from hanging("    ", f"{', '.join(models)}: {reason}", width)


def _needs(plan: Plan, width: int) -> Iterator[str]:
    secrets = sorted({name for name in (*plan.router.secret_env, *(fetch.secret_env for fetch in plan.fetches)) if name})
    if secrets:
        yield from hanging("Needs these variables: ", ", ".join(secrets), width)
