"""The smallest changes after which a refused placement fits. Each is found by placing again, and numbers by bisection.

They come in the order of what they cost: what the user fixed about devices, a cache or weights of fewer bits, fewer requests at once,
shorter ones, another tier, more devices. Eager execution is none of them: the search tries it before it refuses.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import ceil
from typing import Any

from aua_compile.diagnostic import Setting
from aua_compile.frozen import dataclass
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Machine, Placed, Refused, Want
from aua_compile.registry.model import Candidate

TRIED = 400
"""Services placed again, in all: 133 tries for three of them, eight for fifty, none beyond 400."""

CONTEXT_STEP = 256
"""Contexts are proposed in multiples of this, which is also the least that a config may ask for."""

MOST_TIMES_DEVICES = 8
"""More devices than so many times those of the tier are no small change."""
MOST_TIERS = 2


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted otherwise, or the machine, so that everything fits. `settings` have the path `<service>.<key>`."""

    words: str
    settings: tuple[Setting, ...] = ()
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A tier by its name: the machine, and the lowest rent that was seen for it; None where it is not rented out."""

    name: str
    machine: Machine
    usd_per_hour: float | None


def remedies(refused: Refused, wants: tuple[Want, ...], machine: Machine, elsewhere: Iterable[Elsewhere] = ()) -> Iterator[Change]:
    """The changes that fit, mildest first."""
    trial = _Trial(machine, wants, TRIED // max(1, len(wants)))
    first = sorted(wants, key=lambda want: want.service != refused.service)
    yield from _unfixed(trial, first)
    served = [*_smaller_cache(trial, first), *_quantised(trial, first), *_milder(trial, first)]
    yield from served or _quantised_and_milder(trial, first)
    yield from islice(_moved(trial, elsewhere), MOST_TIERS)
    yield from _more_devices(trial)


class _Trial:
    """Placing the wants again, with some changed, at most `left` times; after that nothing fits any more."""

    __slots__ = ("left", "machine", "wants")

    def __init__(self, machine: Machine, wants: tuple[Want, ...], left: int) -> None:
        self.machine, self.wants, self.left = machine, wants, left

    def placed(self, changed: Iterable[Want] = (), machine: Machine | None = None) -> Placed | None:
        """The answer with `changed` wants in the place of those of the same service; None for a refusal."""
        if self.left <= 0:
            return None
        self.left -= 1
        others = {want.service: want for want in changed}
        answer = place(tuple(others.get(want.service, want) for want in self.wants), machine or self.machine)
        return None if isinstance(answer, Refused) else answer

    def fits(self, changed: Iterable[Want] = (), machine: Machine | None = None) -> bool:
        return self.placed(changed, machine) is not None


def _greatest(below: int, works: Callable[[int], bool]) -> int | None:
    """The greatest number from 1 to before `below` that works, as all smaller ones do; None where not even 1 does."""
    if below <= 1 or not works(1):
        return None
    low, high = 1, below
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if works(middle) else (low, middle)
    return low


def _least(above: int, high: int, works: Callable[[int], bool]) -> int | None:
    """The least number after `above` and up to `high` that works, as all greater ones do; None where not even `high` does."""
    if high <= above or not works(high):
        return None
    low = above
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle, high)
    return high


# What the user fixed


def _unfixed(trial: _Trial, wants: Sequence[Want]) -> Iterator[Change]:
    for want in wants:
        for change in (_other_gpus, _other_split, _larger_memory, _other_batch, _other_engine):
            yield from change(trial, want)


def _change(want: Want, key: str, value: Any, words: str) -> Change:
    return Change(words, (Setting(f"{want.service}.{key}", str(value)),))


def _numbered(gpus: Sequence[int]) -> str:
    return f"GPU{'s' * (len(gpus) > 1)} {' and '.join(map(str, gpus))}"


def _other_gpus(trial: _Trial, want: Want) -> Iterator[Change]:
    if want.gpus is None:
        return
    placed = trial.placed([replace(want, gpus=None, tensor_parallel=len(want.gpus))]) or trial.placed([replace(want, gpus=None)])
    if placed is not None:
        devices = next(placement.devices for placement in placed.placements if placement.service == want.service)
        if devices != want.gpus and trial.fits([replace(want, gpus=devices)]):
            yield _change(want, "gpus", list(devices), f"{_numbered(devices)} instead of {_numbered(want.gpus)}")


def _other_split(trial: _Trial, want: Want) -> Iterator[Change]:
    if want.tensor_parallel is None or want.gpus is not None:
        return
    placed = trial.placed([replace(want, tensor_parallel=None)])
    if placed is not None:
        count = next(placement.tensor_parallel for placement in placed.placements if placement.service == want.service)
        if trial.fits([replace(want, tensor_parallel=count)]):
            yield _change(want, "tensor_parallel", count, f"split over {count} GPUs instead of {want.tensor_parallel}")


def _larger_memory(trial: _Trial, want: Want) -> Iterator[Change]:
    """The least `memory`, in hundredths of a GPU or tenths of a GiB, that is enough."""
    given = want.share if want.share is not None else want.memory_gib
    placed = None if given is None else trial.placed([replace(want, share=None, memory_gib=None)])
    entries = [(ledger, entry) for ledger in placed.ledgers for entry in ledger.entries if entry.service == want.service] if placed else []
    if given is None or not entries:
        return
    ledger, entry = entries[0]
    inside_gib = entry.total_gib - entry.context_gib
    parts, enough = (100, inside_gib / ledger.total_gib) if want.share is not None else (10, inside_gib)

    def sized(count: int) -> Want:
        return replace(want, share=count / parts) if want.share is not None else replace(want, memory_gib=count / parts)

    count = _least(int(given * parts), ceil(enough * parts), lambda count: trial.fits([sized(count)]))
    if count is not None:
        unit = "" if want.share is not None else "GiB"
        words = f"{count / parts:g}{unit and ' ' + unit} of each GPU instead of {given:g}"
        yield _change(want, "memory", f"{count / parts:g}{unit}", words)


def _other_batch(trial: _Trial, want: Want) -> Iterator[Change]:
    given = want.max_num_seqs
    if given is None:
        return
    least = want.concurrency
    if given < least:
        count = least if trial.fits([replace(want, max_num_seqs=least)]) else None
    else:
        more = _greatest(given - least + 1, lambda more: trial.fits([replace(want, max_num_seqs=least + more - 1)]))
        count = None if more is None else least + more - 1
    if count is not None:
        yield _change(want, "max_num_seqs", count, f"batches of at most {count} sequences instead of {given}")


def _other_engine(trial: _Trial, want: Want) -> Iterator[Change]:
    if want.engine is None:
        return
    placed = trial.placed([replace(want, engine=None)])
    if placed is not None:
        name = next(placement.engine.name for placement in placed.placements if placement.service == want.service)
        yield _change(want, "backend", name, f"served by {name} instead of {want.engine}")


# Fewer bits


def _smaller_cache(trial: _Trial, wants: Sequence[Want]) -> Iterator[Change]:
    """A KV cache of eight bits, of the first service, else of all."""
    for among in _groups(wants):
        changed = [replace(want, kv_cache="8bit") for want in among if want.kv_cache != "8bit"]
        if changed and trial.fits(changed):
            settings = tuple(Setting(f"{want.service}.kv_cache", "8bit") for want in changed)
            yield Change(f"eight bits for each value of the KV cache instead of sixteen{_for_all(among)}", settings)
            return


def _quantised(trial: _Trial, wants: Sequence[Want]) -> Iterator[Change]:
    """Other variants of the models on the first ladder, else on all of them."""
    yield from islice(filter(None, (_other_variants(trial, among, among) for among in _groups(wants))), 1)


def _other_variants(trial: _Trial, among: Sequence[Want], asked: Sequence[Want]) -> Change | None:
    """The variants that the search takes where it may take any for `asked`; what else they ask otherwise than `among` is told too."""
    wider = [replace(want, ladder=(*want.ladder, *_variants(want))) for want in asked]
    if all(len(want.ladder) == len(known.ladder) for want, known in zip(wider, asked, strict=True)):
        return None
    placed = trial.placed(wider)
    if placed is None:
        return None
    taken = {placement.service: placement.candidate for placement in placed.placements}
    new = [(want, taken[want.service]) for want in asked if taken[want.service] not in want.ladder]
    narrowed = [replace(want, ladder=(taken[want.service],)) if taken[want.service] not in want.ladder else want for want in asked]
    if not new or not trial.fits(narrowed):
        return None
    models = tuple(Setting(f"{want.service}.model", candidate.reference) for want, candidate in new)
    counted = Counter(_fewer_bits(want, candidate) for want, candidate in new)
    words = " and ".join(f"{weights} for {count} services" if count > 1 else weights for weights, count in counted.items())
    return Change(words, (*models, *_settings(among, asked)))


def _variants(want: Want) -> list[Candidate]:
    """The variants of a ladder's models that are not on it: by rung, larger ones first."""
    listed = {(candidate.model.name, candidate.variant.quantization) for candidate in want.ladder}
    found: dict[tuple[str, str], Candidate] = {}
    for model in (candidate.model for candidate in want.ladder):
        for quantization, variant in sorted(model.variants.items(), key=lambda entry: -entry[1].bytes):
            if (model.name, quantization) not in listed:
                found.setdefault((model.name, quantization), Candidate(f"{model.name}-{quantization}", model, variant))
    return list(found.values())


def _fewer_bits(want: Want, candidate: Candidate) -> str:
    least = min(rung.variant.weights_gib for rung in want.ladder)
    return f"{candidate.variant.quantization} weights, {candidate.variant.weights_gib:.1f} GiB instead of {least:.1f}"


# Fewer requests at once, and shorter ones


def _milder(trial: _Trial, wants: Sequence[Want]) -> Iterator[Change]:
    """Of the first service, else of all: fewer requests, or shorter ones; where neither is enough, both."""
    groups = _groups(wants)
    fewer = next(filter(None, (_fewer(trial, among) for among in groups)), None)
    shorter = next(filter(None, (_shorter(trial, among) for among in groups)), None)
    both = None if fewer or shorter else next(filter(None, (_shorter(trial, among, concurrency=1) for among in groups)), None)
    yield from filter(None, (fewer, shorter, both))


def _groups(wants: Sequence[Want]) -> list[Sequence[Want]]:
    return [wants[:1], wants] if len(wants) > 1 else [wants]


def _quantised_and_milder(trial: _Trial, wants: Sequence[Want]) -> Iterator[Change]:
    """Where neither alone is enough: other variants, and fewer or also shorter requests."""
    for among in _groups(wants):
        wider = [replace(want, ladder=(*want.ladder, *_variants(want))) for want in among]
        milder = _fewer(trial, wider) or _shorter(trial, wider, concurrency=1)
        change = _other_variants(trial, among, _as_set(among, milder)) if milder else None
        if milder and change:
            yield Change(f"{change.words}; {milder.words}", change.settings)
            return


def _as_set(wants: Sequence[Want], change: Change) -> list[Want]:
    """The wants after the numbers of a change."""
    said = {setting.path: int(setting.value) for setting in change.settings}
    return [
        replace(
            want,
            concurrency=said.get(f"{want.service}.concurrency", want.concurrency),
            context_tokens=said.get(f"{want.service}.context", want.context_tokens),
        )
        for want in wants
    ]


def _settings(before: Sequence[Want], after: Sequence[Want]) -> tuple[Setting, ...]:
    """The numbers that a config says otherwise to want that."""
    found = []
    for old, new in zip(before, after, strict=True):
        if new.concurrency != old.concurrency:
            found.append(Setting(f"{new.service}.concurrency", str(new.concurrency)))
        if new.context_tokens != old.context_tokens:
            found.append(Setting(f"{new.service}.context", str(new.context_tokens)))
    return tuple(found)


def _capped(wants: Sequence[Want], concurrency: int | None, context_tokens: int | None) -> list[Want]:
    return [
        replace(
            want,
            concurrency=min(want.concurrency, concurrency or want.concurrency),
            context_tokens=min(want.context_tokens, context_tokens or want.context_tokens),
        )
        for want in wants
    ]


def _fewer(trial: _Trial, among: Sequence[Want]) -> Change | None:
    most = max(want.concurrency for want in among)
    count = _greatest(most, lambda count: trial.fits(_capped(among, count, None)))
    if count is None:
        return None
    return Change(f"{_requests(count)} at once instead of {most}{_for_all(among)}", _settings(among, _capped(among, count, None)))


def _shorter(trial: _Trial, among: Sequence[Want], concurrency: int | None = None) -> Change | None:
    longest = max(want.context_tokens for want in among)
    steps = _greatest(-(-longest // CONTEXT_STEP), lambda steps: trial.fits(_capped(among, concurrency, steps * CONTEXT_STEP)))
    if steps is None:
        return None
    tokens = steps * CONTEXT_STEP
    at_once = f"{_requests(concurrency)} at once, " if concurrency else ""
    words = f"{at_once}requests of {tokens} tokens instead of {longest}{_for_all(among)}"
    return Change(words, _settings(among, _capped(among, concurrency, tokens)))


def _for_all(wants: Sequence[Want]) -> str:
    return " for every service" if len(wants) > 1 else ""


def _requests(count: int) -> str:
    return f"{count} request{'s' * (count != 1)}"


# Another machine


def _moved(trial: _Trial, elsewhere: Iterable[Elsewhere]) -> Iterator[Change]:
    """Other tiers, cheapest first; those that nobody rents out last."""
    ranked = sorted(elsewhere, key=lambda other: (other.usd_per_hour is None, other.usd_per_hour or 0.0, other.name))
    for other in ranked:
        if trial.fits(machine=other.machine):
            tier = other.machine.tier
            devices = " + ".join(
                f"{kind.accelerators} x {kind.accelerator}" if kind.accelerators else kind.accelerator for kind in tier.kinds
            )
            rent = f", rented from {other.usd_per_hour:.2f} USD an hour" if other.usd_per_hour is not None else ""
            yield Change(devices + rent, tier=other.name)


def _more_devices(trial: _Trial) -> Iterator[Change]:
    tier, accelerator = trial.machine.tier, trial.machine.accelerator
    present = tier.accelerators
    if not present or accelerator.kind != "gpu":
        return

    def works(count: int) -> bool:
        return trial.fits(machine=replace(trial.machine, tier=replace(tier, accelerators=count)))

    count = _least(present, MOST_TIMES_DEVICES * present, works)
    if count is not None:
        yield Change(f"{count} x {accelerator.name} instead of {present}")
