"""What lies where in memory, in figures that sum: per device the services on it, and what each of them takes."""

from collections.abc import Mapping

from aua_compile.frozen import dataclass
from aua_compile.plan.model import Ledger, LedgerEntry, Plan
from aua_compile.plan.rounding import apportioned

HUNDREDTHS = 100  # of a GiB: the figures are whole ones of them, so that they sum as they are shown


@dataclass(frozen=True, slots=True)
class Block:
    """A service's part of a device. `terms` are hundredths of a GiB by name and sum to `size`."""

    service: str
    instance: str
    size: int
    terms: Mapping[str, int]
    devices: tuple[int, ...]  # all devices that its engine spans

    @property
    def label(self) -> str:
        """The service, and the engine process it lives in where that is called otherwise."""
        return self.service if self.service in {"", self.instance} else f"{self.service} in {self.instance}"


@dataclass(frozen=True, slots=True)
class Device:
    """One device: blocks and `free` sum to `size`, in hundredths of a GiB."""

    number: int
    accelerator: str
    confidence: str
    size: int
    blocks: tuple[Block, ...]
    free: int

    @property
    def name(self) -> str:
        return "memory" if self.accelerator.startswith(("cpu", "apple")) else f"GPU {self.number}"


@dataclass(frozen=True, slots=True)
class Placement:
    """The devices of a plan, and the services that run elsewhere."""

    devices: tuple[Device, ...]
    elsewhere: tuple[str, ...]


def placement(plan: Plan) -> Placement:
    """What lies where."""
    spans = {instance.name: instance.devices for instance in plan.instances}
    elsewhere = tuple(specialist.name for specialist in plan.called if specialist.instance is None)
    return Placement(tuple(device(ledger, spans) for ledger in plan.ledgers), elsewhere)


def device(ledger: Ledger, spans: Mapping[str, tuple[int, ...]]) -> Device:
    """A device's ledger in hundredths."""
    whole = round(ledger.total_gib * HUNDREDTHS)
    *sizes, free = apportioned([*(entry.total_gib for entry in ledger.entries), max(0.0, ledger.free_gib)], whole)
    blocks = (_block(entry, size, spans.get(entry.instance, ())) for entry, size in zip(ledger.entries, sizes, strict=True))
    return Device(ledger.device, ledger.accelerator, ledger.confidence, whole, tuple(blocks), free)


def _block(entry: LedgerEntry, size: int, devices: tuple[int, ...]) -> Block:
    parts = apportioned([max(0.0, gib) for gib in entry.terms.values()], size)
    return Block(entry.service or entry.instance, entry.instance, size, dict(zip(entry.terms, parts, strict=True)), devices)


def gib(hundredths: int) -> str:
    """A size as it is shown."""
    return f"{hundredths / HUNDREDTHS:.2f}"
