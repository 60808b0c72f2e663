"""The memory of each device as bars of text whose lengths and figures sum."""

from collections.abc import Sequence

from aua_compile.plan.model import Ledger, LedgerEntry
from aua_compile.plan.rounding import apportioned
from aua_compile.targets.docs.markdown import fenced, table

BAR = 40  # characters for a whole device: with names and figures a line stays below the eighty of a terminal


def bars(ledger: Ledger) -> str:
    """One device: a line per instance and one for what is free; figures and bars sum to the device."""
    names = [entry.instance for entry in ledger.entries] + ["free"]
    values = [entry.total_gib for entry in ledger.entries] + [max(0.0, ledger.free_gib)]
    hundredths = apportioned(values, round(ledger.total_gib * 100))
    lengths = apportioned(values, BAR)
    width = max(map(len, names))
    signs = ["█"] * len(ledger.entries) + ["·"]
    lines = [
        f"{name:{width}} {part / 100:8.2f} GiB  {sign * length}".rstrip()
        for name, part, sign, length in zip(names, hundredths, signs, lengths, strict=True)
    ]
    whole = f"{'':{width}} {ledger.total_gib:8.2f} GiB  device {ledger.device}, {ledger.accelerator}, {ledger.confidence}"
    return fenced("\n".join([*lines, whole]), "text")


def terms(ledgers: Sequence[Ledger]) -> str:
    """What each instance's share is made of."""
    entries = [(ledger, entry) for ledger in ledgers for entry in ledger.entries]
    names = list(entries[0][1].terms) if entries else []
    heads = ("device", "instance", *(f"{name} (GiB)" for name in names), "sum (GiB)")
    return table(heads, [(str(ledger.device), f"`{entry.instance}`", *_figures(entry)) for ledger, entry in entries])


def _figures(entry: LedgerEntry) -> list[str]:
    """The terms in hundredths that sum to the sum as it is shown."""
    total = round(entry.total_gib * 100)
    return [f"{part / 100:.2f}" for part in [*apportioned(list(entry.terms.values()), total), total]]
