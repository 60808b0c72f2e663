"""Settings: every value of a running router that may change without a restart, and `settings.json`, the file that holds them.

The compiler writes the file with `to_data`; the router reads it with `from_data`. Both live here, so the two cannot disagree.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from math import isclose, isfinite
from typing import Any, Literal, get_args

from aua_runtime.contract import prices as priced
from aua_runtime.contract.arbitration import Mode
from aua_runtime.contract.frozen import dataclass
from aua_runtime.contract.notices import NAMES, SEVERITIES, Severity
from aua_runtime.contract.prices import PlacePrice, Price, Prices, TokenPrice

LogLevel = Literal["debug", "info", "warning", "error"]

WEIGHTS_TOLERANCE = 1e-6
"""How far the three utility weights may sum from 1."""


COUNT_MAX = 10**18
"""A million an hour in parts of a millionth: currencies whose units are small have such prices."""
"""Of a price in millionths, or in millionths of those."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the utility U = efficacy*E + confidence*C + curiosity*K; they sum to 1."""

    efficacy: float
    confidence: float
    curiosity: float


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """How answers in one field are scored, and from which confidence they count as sure."""

    weights: Weights
    confidence_threshold: float


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """Thresholds on the classifier's probability of a field, and the longest a request may take."""

    single_threshold: float
    fanout_threshold: float
    deadline_s: float


@dataclass(frozen=True, slots=True)
class WelfareSettings:
    """The arbiter's mode `vcg`.

    Expected utilities are shrunk towards `prior` as if that had been seen `prior_weight` times; candidates within `margin` of each other
    are equally good, and one below `least_welfare` is not given.
    """

    prior: float
    prior_weight: float
    margin: float
    least_welfare: float


@dataclass(frozen=True, slots=True)
class TracingSettings:
    """Which requests are recorded: those of a caller that records where it is trusted, of the others a share, at most so many a second.

    `max_per_s` is kept by each process.
    """

    sample_ratio: float
    max_per_s: float
    trust_caller: bool


@dataclass(frozen=True, slots=True)
class CorsSettings:
    """Web origins whose pages may call the router, and whether with credentials."""

    origins: tuple[str, ...]
    credentials: bool


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Which notices a webhook tells: those of `events` that are as severe, and the same again only after `quiet_s`."""

    events: tuple[str, ...]
    min_severity: Severity
    quiet_s: float


@dataclass(frozen=True, slots=True)
class Settings:
    """One reference to this is taken when a request starts and kept until it ends.

    `structure` is the digest of the code that these values belong to: other code needs a restart, not a reload.
    """

    structure: str
    routing: RoutingSettings
    fields: Mapping[str, FieldSettings]
    min_confidence_for_direct_answer: float
    arbiter_confidence_threshold: float | None  # None: there is no arbiter
    welfare: WelfareSettings | None  # None: no arbiter decides by welfare
    log_level: LogLevel
    log_sample: float  # share of the requests that went well whose line is written
    cors: CorsSettings
    prices: Prices
    webhooks: Mapping[str, WebhookSettings] = field(default_factory=dict)
    tracing: TracingSettings | None = None  # None: tracing is off


class SettingsRefused(Exception):
    """`settings.json` was not taken. `apply` says what has to be done instead."""

    def __init__(self, faults: tuple[str, ...], apply: Literal["mend", "rolling_restart"]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
        self.apply = apply


def to_data(settings: Settings) -> dict[str, Any]:
    """The content of `settings.json`."""
    data: dict[str, Any] = {
        "structure": settings.structure,
        "routing": {
            "single_threshold": settings.routing.single_threshold,
            "fanout_threshold": settings.routing.fanout_threshold,
            "deadline_s": settings.routing.deadline_s,
        },
        "fields": {
            name: {
                "utility_weights": {
                    "efficacy": field.weights.efficacy,
                    "confidence": field.weights.confidence,
                    "curiosity": field.weights.curiosity,
                },
                "confidence_threshold": field.confidence_threshold,
            }
            for name, field in settings.fields.items()
        },
        "safety": {"min_confidence_for_direct_answer": settings.min_confidence_for_direct_answer},
        "logging": {"level": settings.log_level, "sample": settings.log_sample},
        "cors": {"origins": list(settings.cors.origins), "credentials": settings.cors.credentials},
        "prices": {
            "book": settings.prices.book,
            "of": {name: priced.to_data(price) for name, price in settings.prices.of.items()},
        },
    }
    if settings.tracing is not None:
        data["tracing"] = {
            "sample_ratio": settings.tracing.sample_ratio,
            "max_per_s": settings.tracing.max_per_s,
            "trust_caller": settings.tracing.trust_caller,
        }
    if settings.webhooks:
        data["webhooks"] = {
            name: {"events": list(one.events), "min_severity": one.min_severity, "quiet_s": one.quiet_s}
            for name, one in settings.webhooks.items()
        }
    if settings.arbiter_confidence_threshold is not None:
        data["arbiter"] = {"confidence_threshold": settings.arbiter_confidence_threshold}
        if settings.welfare is not None:
            data["arbiter"]["vcg"] = {
                "prior": settings.welfare.prior,
                "prior_weight": settings.welfare.prior_weight,
                "margin": settings.welfare.margin,
                "least_welfare": settings.welfare.least_welfare,
            }
    return data


@dataclass(frozen=True, slots=True)
class Code:
    """What settings must fit: the structure digest of a router's code, and what it has by name. `arbiter` is its mode, or None."""

    structure: str
    fields: tuple[str, ...]
    specialists: tuple[str, ...]
    arbiter: Mode | None
    currency: str
    tracing: bool = False  # whether it records requests
    webhooks: tuple[str, ...] = ()


def from_data(data: object, code: Code) -> Settings:
    """Settings for a router of this code; else SettingsRefused with all that is wrong."""
    structure, arbiter = code.structure, code.arbiter
    if isinstance(data, dict) and data.get("structure") != structure:
        raise SettingsRefused(("these settings belong to other code: the plan changed in more than its settings",), "rolling_restart")
    faults: list[str] = []
    top = _Table(data, "", faults)
    top.text("structure", (structure,))
    routing = top.table("routing")
    fanout_threshold = routing.number("fanout_threshold", 0, 1)
    single_threshold = routing.number("single_threshold", 0, 1)
    if fanout_threshold > single_threshold and not faults:  # else one of them may stand for a number that was refused
        faults.append(f"`routing.fanout_threshold` {fanout_threshold} exceeds `routing.single_threshold` {single_threshold}")
    deadline_s = routing.number("deadline_s", 0, 86400)
    if deadline_s == 0 and not faults:
        faults.append("`routing.deadline_s` must be above 0")
    routing.done()
    served = top.table("fields")
    of_fields = {name: _field(served.table(name)) for name in code.fields}
    served.done()
    safety = top.table("safety")
    min_confidence = safety.number("min_confidence_for_direct_answer", 0, 1)
    safety.done()
    arbiter_confidence = welfare = None
    if arbiter is not None:
        judging = top.table("arbiter")
        arbiter_confidence = judging.number("confidence_threshold", 0, 1)
        welfare = _welfare(judging.table("vcg")) if arbiter == "vcg" else None
        judging.done()
    logging = top.table("logging")
    level = logging.text("level", get_args(LogLevel))
    sample = logging.number("sample", 0, 1)
    logging.done()
    recording = _tracing(top.table("tracing")) if code.tracing else None
    cors = top.table("cors")
    origins = cors.texts("origins")
    credentials = cors.truth("credentials")
    if credentials and "*" in origins:
        faults.append("`cors.origins` with `*` cannot go with `cors.credentials`")
    if "null" in origins:
        faults.append("`cors.origins` cannot hold `null`: every sandboxed page has that origin")
    cors.done()
    prices = _prices(top.table("prices"), code)
    webhooks = _webhooks(top.table("webhooks"), code) if code.webhooks else {}
    top.done()
    if faults:
        raise SettingsRefused(tuple(faults), "mend")
    return Settings(
        structure=structure,
        routing=RoutingSettings(single_threshold, fanout_threshold, deadline_s),
        fields=of_fields,
        min_confidence_for_direct_answer=min_confidence,
        arbiter_confidence_threshold=arbiter_confidence,
        welfare=welfare,
        log_level=level,  # type: ignore[arg-type]  # one of the level names, or there were faults
        log_sample=sample,
        cors=CorsSettings(origins, credentials),
        prices=prices,
        webhooks=webhooks,
        tracing=recording,
    )


def _tracing(table: "_Table") -> TracingSettings:
    found = TracingSettings(table.number("sample_ratio", 0, 1), table.number("max_per_s", 1, 10_000), table.truth("trust_caller"))
    table.done()
    return found


def _prices(table: "_Table", code: Code) -> Prices:
    book = table.words("book")
    of = table.table("of")
    found = {name: _price(of.table(name)) for name in code.specialists if of.has(name)}
    of.done()
    table.done()
    return priced.prices(code.currency, book, found)


def _webhooks(table: "_Table", code: Code) -> Mapping[str, WebhookSettings]:
    found = {name: _webhook(table.table(name)) for name in code.webhooks}
    table.done()
    return found


def _webhook(table: "_Table") -> WebhookSettings:
    events = table.texts("events")
    table.faults.extend(f"`{table.path}.events` holds `{event}`, which is no event" for event in events if event not in NAMES)
    severity = table.text("min_severity", SEVERITIES)
    found = WebhookSettings(events, severity, table.number("quiet_s", 1, 86400))  # type: ignore[arg-type]  # one of them, or there were faults
    table.done()
    return found


def _price(table: "_Table") -> Price:
    kind = PlacePrice if table.has("hour_micro") else TokenPrice
    found = kind(**{name: table.count(name) for name in kind.__slots__})
    table.done()
    return found


def _welfare(table: "_Table") -> WelfareSettings:
    found = WelfareSettings(
        prior=table.number("prior", 0, 1),
        prior_weight=table.number("prior_weight", 0, 1e6),
        margin=table.number("margin", 0, 1),
        least_welfare=table.number("least_welfare", 0, 1),
    )
    table.done()
    return found


def _field(table: "_Table") -> FieldSettings:
    weights = table.table("utility_weights")
    found = Weights(weights.number("efficacy", 0, 1), weights.number("confidence", 0, 1), weights.number("curiosity", 0, 1))
    weights.done()
    total = found.efficacy + found.confidence + found.curiosity
    if not isclose(total, 1, abs_tol=WEIGHTS_TOLERANCE):
        table.faults.append(f"the weights in `{weights.path}` sum to {total:g}, not to 1")
    threshold = table.number("confidence_threshold", 0, 1)
    table.done()
    return FieldSettings(found, threshold)


class _Table:
    """A JSON object that is read key by key; what is missing, wrong or left over becomes a fault."""

    def __init__(self, data: object, path: str, faults: list[str]) -> None:
        self.path = path
        self.faults = faults
        self._read: set[str] = set()
        self._data: dict[str, Any] = {}
        if isinstance(data, dict):
            self._data = data
        else:
            faults.append(f"{f'`{path}`' if path else 'the file'} is not a JSON object")

    def _take(self, key: str, kind: str, fits: Callable[[Any], bool]) -> Any:
        self._read.add(key)
        value = self._data.get(key)
        if fits(value):
            return value
        self.faults.append(f"`{self._path(key)}` is missing" if key not in self._data else f"`{self._path(key)}` must be {kind}")
        return None

    def _path(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def table(self, key: str) -> "_Table":
        return _Table(self._take(key, "an object", lambda value: isinstance(value, dict)) or {}, self._path(key), self.faults)

    def number(self, key: str, least: float, most: float) -> float:
        def fits(value: object) -> bool:
            return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and least <= value <= most

        return float(self._take(key, f"a number from {least:g} to {most:g}", fits) or 0)

    def count(self, key: str) -> int:
        def fits(value: object) -> bool:
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_MAX

        return int(self._take(key, f"a whole number from 0 to {COUNT_MAX}", fits) or 0)

    def words(self, key: str) -> str:
        return str(self._take(key, "a string", lambda value: isinstance(value, str)) or "")

    def has(self, key: str) -> bool:
        return key in self._data

    def text(self, key: str, allowed: tuple[str, ...]) -> str:
        return str(self._take(key, f"one of {', '.join(allowed)}", lambda value: value in allowed) or "")

    def texts(self, key: str) -> tuple[str, ...]:
        def fits(value: object) -> bool:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)

        return tuple(self._take(key, "a list of strings", fits) or ())

    def truth(self, key: str) -> bool:
        return bool(self._take(key, "true or false", lambda value: isinstance(value, bool)))

    def done(self) -> None:
        """Everything has been read: what is left was not expected."""
        self.faults.extend(f"`{self._path(key)}` is not a setting" for key in self._data if key not in self._read)
