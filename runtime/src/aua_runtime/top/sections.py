"""The tables of the screen: fields, specialists, engines and the devices they run on."""

from collections.abc import Mapping

from aua_runtime.status.figures import Field, Figures, Specialist
from aua_runtime.status.machines import Device, Engine, Machines
from aua_runtime.status.watch import Picture
from aua_runtime.top.amounts import bar, money, rate, seconds, share, short
from aua_runtime.top.lines import Style, clean
from aua_runtime.top.table import Cell, Column, Row, Table

BAR = 12
"""Columns of a bar."""
MUCH, FULL = 0.8, 0.95
"""From which share on memory in use is worth a look, and a worry."""
FAILING = 0.05
"""Where the alerts begin, unless a plan says otherwise."""

_FIELDS = (
    Column("FIELD", 0, left=True),
    Column("req/s", 0),
    Column("share", 0),
    Column("", 5, left=True),
    Column("confidence", 1),
    Column("utility", 2),
    Column("abstained", 2),
    Column("requests", 1),
    Column("served by", 4, left=True),
)
_SPECIALISTS = (
    Column("SPECIALIST", 0, left=True),
    Column("state", 0, left=True),
    Column("open", 1),
    Column("queue", 1),
    Column("req/s", 0),
    Column("errors", 0),
    Column("p50", 6),
    Column("p95", 1),
    Column("ttft95", 4),
    Column("itl95", 5),
    Column("tok/s", 2),
    Column("retry", 3),
    Column("fallb", 3),
    Column("hedged", 6),
    Column("utility", 6),
    Column("calls", 5),
    Column("tokens in", 7),
    Column("tokens out", 7),
    Column("cost", 5),
)
_DEVICES = (
    Column("DEVICE", 0, left=True),
    Column("predicted", 0),
    Column("of", 0),
    Column("", 0, left=True),
    Column("used", 2),
    Column("accelerator", 3, left=True),
    Column("instances", 1, left=True),
)
_ENGINES = (
    Column("ENGINE", 0, left=True),
    Column("state", 0, left=True),
    Column("running", 0),
    Column("waiting", 0),
    Column("KV cache", 0),
    Column("", 4, left=True),
    Column("device", 2, left=True),
    Column("kind", 3, left=True),
)


def tables(picture: Picture) -> tuple[Table, ...]:
    """All of them, those of a plan without devices or engines left out."""
    found = picture.figures
    note = "its metrics are told on the management listener only: --url http://HOST:8001"
    if found is None:
        about = picture.reading.about if picture.reading is not None else {"breakers": {}}
        known = tuple(_known(clean(name), str(breaker), about) for name, breaker in about["breakers"].items())
        return (Table("fields", _FIELDS, (), note), Table("specialists", _SPECIALISTS, known, note))
    machines = picture.machines
    serving = machines.serving if machines is not None else {}
    return (
        Table(
            "fields",
            _FIELDS,
            tuple(_field(each, serving.get(each.name, ())) for each in found.fields),
            "no request has been taken to a field yet",
        ),
        _specialists(found, serving),
        *(_of_machines(machines) if machines is not None else (Table("devices", _DEVICES, (), picture.no_machines),)),
    )


def _specialists(figures: Figures, serving: Mapping[str, tuple[str, ...]]) -> Table:
    """Without the column of costs where no price is known."""
    rows = tuple(_specialist(each, tuple(field for field, by in serving.items() if each.name in by)) for each in figures.specialists)
    if figures.cost_micro is not None:
        return Table("specialists", _SPECIALISTS, rows)
    return Table("specialists", _SPECIALISTS[:-1], tuple(Row(row.cells[:-1], row.words) for row in rows))


def _of_machines(machines: Machines) -> tuple[Table, ...]:
    devices = tuple(map(_device, machines.devices))
    engines = tuple(_engine(each, machines.devices) for each in machines.engines)
    return tuple(table for table in (Table("devices", _DEVICES, devices), Table("engines", _ENGINES, engines)) if table.rows)


def _number(value: float | None, text: str, style: Style = "") -> Cell:
    return Cell(text, -1.0 if value is None else value, style if value else "dim" if value is None else "")


def _field(one: Field, specialists: tuple[str, ...]) -> Row:
    cells = (
        Cell(clean(one.name), clean(one.name), "strong"),
        _number(one.queries_per_s, rate(one.queries_per_s)),
        _number(one.share, share(one.share)),
        Cell(bar(one.share, BAR), one.share or 0.0, "good"),
        _number(one.confidence, "-" if one.confidence is None else f"{one.confidence:.2f}"),
        _number(one.utility, "-" if one.utility is None else f"{one.utility:.2f}"),
        _number(one.abstained, short(one.abstained), "warn"),
        _number(one.queries, short(one.queries)),
        Cell(clean(", ".join(specialists)), ",".join(specialists), "dim"),
    )
    return Row(cells, specialists)


def _specialist(one: Specialist, fields: tuple[str, ...]) -> Row:
    state, style = _state(one)
    failing: Style = "bad" if (one.failed_share or 0) >= FAILING else "warn"
    cells = (
        Cell(clean(one.name), clean(one.name), "strong"),
        Cell(state, state, style),
        _number(one.in_flight, str(one.in_flight)),
        _number(one.queued, str(one.queued), "warn"),
        _number(one.calls_per_s, rate(one.calls_per_s)),
        _number(one.failed_share, share(one.failed_share), failing),
        _number(one.latency_p50_s, seconds(one.latency_p50_s)),
        _number(one.latency_p95_s, seconds(one.latency_p95_s)),
        _number(one.first_token_p95_s, seconds(one.first_token_p95_s)),
        _number(one.inter_token_p95_s, seconds(one.inter_token_p95_s)),
        _number(one.completion_tokens_per_s, rate(one.completion_tokens_per_s)),
        _number(one.retries, short(one.retries)),
        _number(one.fallbacks, short(one.fallbacks)),
        _number(one.hedges, short(one.hedges)),
        _number(one.utility, "-" if one.utility is None else f"{one.utility:.2f}"),
        _number(one.calls, short(one.calls)),
        _number(one.prompt_tokens, short(one.prompt_tokens)),
        _number(one.completion_tokens, short(one.completion_tokens)),
        _number(one.cost_micro, money(one.cost_micro)),
    )
    return Row(cells, fields)


def _state(one: Specialist) -> tuple[str, Style]:
    """The worst of what is known: an open breaker keeps calls away, whatever the last call met."""
    of = sum(one.breakers.values())
    part = f" {one.breakers[one.breaker]}/{of}" if one.breakers and one.breakers[one.breaker] < of else ""
    if one.breaker == "open":
        return f"open{part}", "bad"
    if one.breaker == "half_open":
        return f"half open{part}", "warn"
    return {None: ("uncalled", "dim"), True: ("up", "good"), False: ("down", "bad")}[one.up]  # type: ignore[return-value]  # styles


def _known(name: str, breaker: str, about: "dict[str, dict[str, object]] | object") -> Row:
    """A specialist of which only its breaker and its last contact are told."""
    up = about.get("up", {}).get(name) if isinstance(about, dict) else None
    state = (
        breaker.replace("_", " ")
        if breaker != "closed"
        else {None: "uncalled", True: "up", False: "down"}[up if up in (True, False) else None]
    )
    style: Style = "good" if state == "up" else "dim" if state == "uncalled" else "bad"
    return Row((Cell(name, name, "strong"), Cell(state, state, style), *(Cell("-", -1.0, "dim") for _ in _SPECIALISTS[2:])))


def _device(one: Device) -> Row:
    used = one.predicted_gib / one.total_gib if one.total_gib else 0.0
    style: Style = "good" if used < FULL else "warn"
    cells = (
        Cell(str(one.number), one.number, "strong"),
        Cell(f"{one.predicted_gib:.1f} GiB", one.predicted_gib),
        Cell(f"{one.total_gib:.1f} GiB", one.total_gib, "dim"),
        Cell(bar(used, BAR), used, style),
        Cell(share(used), used),
        Cell(clean(one.accelerator), one.accelerator, "dim"),
        Cell(clean(", ".join(f"{name} {gib:.1f}" for name, gib in one.instances.items())), len(one.instances), "dim"),
    )
    return Row(cells, tuple(one.instances))


def _engine(one: Engine, devices: tuple[Device, ...]) -> Row:
    on = ", ".join(str(device.number) for device in devices if one.name in device.instances)
    state, style = {None: ("no metrics", "dim"), True: ("answers", "good"), False: ("no answer", "bad")}[one.answers]
    full: Style = "bad" if (one.kv_cache or 0) >= FULL else "warn" if (one.kv_cache or 0) >= MUCH else ""
    cells = (
        Cell(clean(one.name), one.name, "strong"),
        Cell(state, state, style),  # type: ignore[arg-type]  # one of the styles above
        _number(one.running, short(one.running)),
        _number(one.waiting, short(one.waiting), "warn"),
        _number(one.kv_cache, share(one.kv_cache), full),
        Cell(bar(one.kv_cache, BAR), one.kv_cache or 0.0, full or "good"),
        Cell(on, on, "dim"),
        Cell(clean(one.engine), one.engine, "dim"),
    )
    return Row(cells, (one.engine,))
