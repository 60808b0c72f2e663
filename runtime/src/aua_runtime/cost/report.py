"""What calls cost in all: of a running router from its metrics, of a state store from its rows. The shape of both is the same."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from aua_runtime.contract import metrics
from aua_runtime.cost.ledger import Entry
from aua_runtime.status.samples import Samples

MILLION = 1_000_000
HOUR_S = 3600


@dataclass(slots=True)
class OfSpecialist:
    """What the calls to one specialist cost. Amounts are millionths of the currency; those per million tokens count what was priced.

    `estimated` is what the plan expects of a million tokens when the engine is full, `measured` what they were, `with_idle` what they were
    with the hours in which its devices had less to do; None where it is not known.
    """

    specialist: str
    calls: int = 0
    unpriced_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micro: int = 0
    rent_micro: int | None = None
    estimated_per_million_micro: int | None = None
    measured_per_million_micro: int | None = None
    with_idle_per_million_micro: int | None = None


@dataclass(slots=True)
class OfField:
    """What the calls for requests in one field cost."""

    field: str
    cost_micro: int = 0


@dataclass(slots=True)
class OfDay:
    """What the calls of one day cost, in UTC."""

    day: str
    calls: int = 0
    unpriced_calls: int = 0
    cost_micro: int = 0


@dataclass(slots=True)
class Report:
    """Amounts in one currency. `other_calls` have prices in another, and are in none of the figures. Days are known of a store only."""

    currency: str
    prices: list[str]
    since: str | None
    seconds: float | None
    cost_micro: int = 0
    unpriced_calls: int = 0
    other_calls: dict[str, int] = field(default_factory=dict)
    specialists: list[OfSpecialist] = field(default_factory=list)
    fields: list[OfField] = field(default_factory=list)
    days: list[OfDay] = field(default_factory=list)


def of_router(samples: Samples, estimates: Mapping[str, int], now_s: float) -> Report:
    """What a router's metrics say, since it started."""
    started_s = min((sample.value for sample in samples.of(metrics.START_TIME.name)), default=now_s)
    seconds = max(0.0, now_s - started_s)
    info = next((sample.labels for sample in samples.of(metrics.PRICES_INFO.name)), {"currency": "", "prices": ""})
    report = Report(info["currency"], [info["prices"]], moment(started_s), round(seconds, 3))
    names = dict.fromkeys(sample.labels["specialist"] for sample in samples.of(metrics.BREAKER_STATE.name))
    for name in names:
        rent = max((sample.value for sample in samples.of(metrics.RENT.name, specialist=name)), default=None)
        report.specialists.append(
            OfSpecialist(
                name,
                int(
                    samples.total(metrics.UPSTREAM_CALLS.name, specialist=name)
                    + samples.total(metrics.UPSTREAM_CANCELLED.name, specialist=name)
                ),
                int(samples.total(metrics.UNPRICED.name, specialist=name)),
                int(samples.total(metrics.PROMPT_TOKENS.name, specialist=name)),
                int(samples.total(metrics.COMPLETION_TOKENS.name, specialist=name)),
                int(samples.total(metrics.COST.name, specialist=name)),
                None if rent is None else int(rent * seconds) // HOUR_S,
                estimates.get(name),
            )
        )
    fields = sorted({sample.labels["field"] for sample in samples.of(metrics.FIELD_COST.name)})
    report.fields = [OfField(name, int(samples.total(metrics.FIELD_COST.name, field=name))) for name in fields]
    return _summed(report)


def of_entries(entries: Iterable[Entry], estimates: Mapping[str, int], since_s: float | None, currency: str | None = None) -> Report:
    """What a store kept, in the currency that is asked for, else in that of the latest calls."""
    known = sorted(entries, key=lambda entry: (entry.day, entry.specialist, entry.field))
    chosen = currency or (known[-1].currency if known else "")
    report = Report(chosen, [], moment(since_s) if since_s is not None else None, None)
    specialists: dict[str, OfSpecialist] = {}
    fields: dict[str, OfField] = {}
    days: dict[str, OfDay] = {}
    for entry in known:
        if entry.currency != chosen:
            report.other_calls[entry.currency] = report.other_calls.get(entry.currency, 0) + entry.calls
            continue
        if entry.prices not in report.prices:
            report.prices.append(entry.prices)
        name = entry.specialist
        one = specialists.setdefault(name, OfSpecialist(name, estimated_per_million_micro=estimates.get(name)))
        day = days.setdefault(entry.day, OfDay(entry.day))
        one.prompt_tokens += entry.prompt_tokens
        one.completion_tokens += entry.completion_tokens
        for part in (one, day):
            part.calls += entry.calls
            part.unpriced_calls += entry.unpriced_calls
            part.cost_micro += entry.cost_micro
        fields.setdefault(entry.field, OfField(entry.field)).cost_micro += entry.cost_micro
    report.specialists = list(specialists.values())
    report.fields = [fields[name] for name in sorted(fields)]
    report.days = list(days.values())
    return _summed(report)


def _summed(report: Report) -> Report:
    """The totals, and what a million tokens of each specialist were."""
    for one in report.specialists:
        tokens = one.prompt_tokens + one.completion_tokens
        if tokens and one.cost_micro:
            one.measured_per_million_micro = one.cost_micro * MILLION // tokens
        if tokens and one.rent_micro is not None:
            one.with_idle_per_million_micro = one.rent_micro * MILLION // tokens
        report.cost_micro += one.cost_micro
        report.unpriced_calls += one.unpriced_calls
    return report


def estimates_of(plan: Mapping[str, Any]) -> dict[str, int]:
    """What the plan expects of a million tokens, by specialist."""
    return {
        estimate["specialist"]: round(estimate["cost_per_million_tokens"] * MILLION)
        for estimate in plan.get("estimates", ())
        if estimate.get("cost_per_million_tokens") is not None
    }


def moment(seconds: float) -> str:
    """A time as text, in UTC.

    >>> moment(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def of_router_data(data: Mapping[str, Any]) -> Report:
    """A report from what `to_data` made of it, here or in a later release; TypeError, ValueError or AttributeError where it is none."""
    parts: Mapping[str, Any] = {"specialists": OfSpecialist, "fields": OfField, "days": OfDay}
    told = {name: [_known(parts[name], one) for one in value] if name in parts else value for name, value in data.items()}
    report: Report = _known(Report, told)
    return report


def _known(kind: Any, data: Mapping[str, Any]) -> Any:
    """An instance from those of the keys that this release knows: keys are only ever added."""
    return kind(**{name: value for name, value in data.items() if name in kind.__slots__})


def to_data(report: Report) -> dict[str, Any]:
    """As JSON has it."""
    return asdict(report)
