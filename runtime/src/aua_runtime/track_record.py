"""What the compared answers of each specialist were worth in each field. Kept in memory, by one router process, for `arbitrate.welfare`."""

from dataclasses import dataclass

from aua_runtime.contract.arbitration import RECORD_MOST, expected
from aua_runtime.contract.settings import WelfareSettings


@dataclass(slots=True)
class _Record:
    total: float = 0.0
    weight: float = 0.0


class TrackRecord:
    """What the compared answers of each specialist were worth in each field."""

    __slots__ = ("_records",)

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], _Record] = {}

    def note(self, specialist: str, field: str, utility: float, weight: float) -> None:
        """Add an answer's utility, weighted with the probability of the field. Beyond `RECORD_MOST` older ones fade."""
        record = self._records.setdefault((specialist, field), _Record())
        record.total += weight * utility
        record.weight += weight
        if record.weight > RECORD_MOST:
            record.total *= RECORD_MOST / record.weight
            record.weight = RECORD_MOST

    def expected(self, specialist: str, field: str, utility: float, settings: WelfareSettings) -> float:
        """The expected utility of a specialist in a field, with an answer of this utility counted once more."""
        record = self._records.get((specialist, field), _Record())
        return expected(settings.prior, settings.prior_weight, record.total + utility, record.weight + 1)
