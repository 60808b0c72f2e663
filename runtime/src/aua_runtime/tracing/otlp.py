"""Spans as OTLP over HTTP takes them in JSON (OTLP 1.x, section "JSON Protobuf Encoding"): ids in hexadecimal, times as text."""

from collections.abc import Iterable
from typing import Any

import orjson

from aua_runtime import VERSION
from aua_runtime.contract import spans
from aua_runtime.contract.labels import CANCELLED
from aua_runtime.contract.spans import SCHEMA_URL, Attribute, Kind
from aua_runtime.tracing.trace import Span, Values

MEDIA = "application/json"

_KINDS: dict[Kind, int] = {"internal": 1, "server": 2, "client": 3}
_FAILED = {"code": 2}
_CLIENT_FAULTS = range(400, 500)
_NANOSECONDS = 1_000_000_000


def resource_of(name: str, instance: str) -> Values:
    """What is said once of the process that all spans come from."""
    return {
        spans.SERVICE_NAME: name,
        spans.SERVICE_VERSION: VERSION,
        spans.SERVICE_INSTANCE: instance,
        spans.SDK_NAME: "aua_runtime",
        spans.SDK_LANGUAGE: "python",
        spans.SDK_VERSION: VERSION,
    }


def written(made: Iterable[Span], trace_id: str, state: str, offset_s: float) -> bytes:
    """The spans of one trace, with commas between them. `offset_s` is what the wall clock is ahead of the spans' own."""
    return b",".join([orjson.dumps(_span(span, trace_id, state, offset_s)) for span in made])


def request_of(resource: Values, batch: Iterable[bytes]) -> bytes:
    """The body of an export request for spans that are written already."""
    scope = orjson.dumps({"name": "aua_runtime", "version": VERSION})
    head = orjson.dumps({"attributes": _attributes(resource)})
    schema = SCHEMA_URL.encode()
    return b'{"resourceSpans":[{"resource":%b,"schemaUrl":"%b","scopeSpans":[{"scope":%b,"schemaUrl":"%b","spans":[%b]}]}]}' % (
        head,
        schema,
        scope,
        schema,
        b",".join(batch),
    )


def _span(span: Span, trace_id: str, state: str, offset_s: float) -> dict[str, Any]:
    values = span.values if span.error is None else {**span.values, spans.ERROR_TYPE: span.error}
    found: dict[str, Any] = {
        "traceId": trace_id,
        "spanId": span.id,
        "name": span.name,
        "kind": _KINDS[span.form.kind],
        "startTimeUnixNano": _time(span.started_s, offset_s),
        "endTimeUnixNano": _time(span.ended_s, offset_s),
        "attributes": _attributes(values),
    }
    if span.parent_id:
        found["parentSpanId"] = span.parent_id
    if state:
        found["traceState"] = state
    if span.events:
        found["events"] = [
            {"timeUnixNano": _time(at_s, offset_s), "name": event.name, "attributes": _attributes(said)}
            for event, at_s, said in span.events
        ]
    if _has_failed(span):
        found["status"] = _FAILED
    return found


def _has_failed(span: Span) -> bool:
    """What a client did wrong, or gave up, is no failure of the server (conventions for HTTP, section "Status")."""
    if span.error in {None, CANCELLED}:
        return False
    return span.form.kind != "server" or span.values.get(spans.STATUS) not in _CLIENT_FAULTS


def _time(at_s: float, offset_s: float) -> str:
    return str(int((at_s + offset_s) * _NANOSECONDS))


def _attributes(values: Values) -> list[dict[str, Any]]:
    return [{"key": attribute.name, "value": _value(attribute, value)} for attribute, value in values.items()]


def _value(attribute: Attribute, value: Any) -> dict[str, Any]:
    match attribute.type:
        case "string":
            return {"stringValue": value}
        case "int":
            return {"intValue": str(value)}
        case "double":
            return {"doubleValue": value}
        case "boolean":
            return {"boolValue": value}
        case "string[]":
            return {"arrayValue": {"values": [{"stringValue": one} for one in value]}}
