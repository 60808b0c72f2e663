"""The OpenAPI document of a router, made from its route table, error codes, events and headers. `make schemas` writes it into the runtime.

It describes what every router answers; what a plan leaves out (metrics, embeddings) says so with its status. Bodies of chat requests and
of models' answers are described as far as the router reads or writes them, because all else passes through.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, get_args

from aua_runtime.contract import errors, events, headers
from aua_runtime.contract.arbitration import Word
from aua_runtime.contract.routes import ENDPOINTS, Endpoint

from aua_compile.shipped import runtime_version

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "number"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_TRUTH: Json = {"type": "boolean"}
_ANYTHING: Json = {"type": "object", "additionalProperties": True}
_SHARE: Json = {"type": "number", "minimum": 0, "maximum": 1}
_ID: Json = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"}
_TRACE: Json = {"type": "string", "pattern": "^[0-9a-f]{32}$"}

_ANY_TIME = (errors.INTERNAL,)
_HOST = (errors.REQUEST_INVALID, errors.HOST_REFUSED)
_KEYED = (errors.AUTH_REQUIRED,)
_ASKED = (errors.REQUEST_INVALID, errors.REQUEST_TOO_LARGE)
_CALLED = (
    errors.MODEL_UNKNOWN,
    errors.RATE_LIMITED,
    errors.BACKEND_ERROR,
    errors.STREAM_INTERRUPTED,
    errors.BACKEND_UNREACHABLE,
    errors.OVERLOADED,
    errors.DRAINING,
    errors.SPECIALIST_TIMEOUT,
    errors.DEADLINE_EXCEEDED,
)
_OTHER_STATUS = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not said to be plain JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A model server refused what it was asked.",
}

_CODES_OF: Mapping[str, tuple[errors.ErrorCode, ...]] = {
    "chat_completions": (*_ASKED, *_CALLED),
    "completions": (*_ASKED, *_CALLED),
    "embeddings": (*_ASKED, *_CALLED),
    "model": (errors.MODEL_UNKNOWN,),
    "query": (*_ASKED, *_CALLED),
    "query_stream": (*_ASKED, *_CALLED),
    "explain": (*_ASKED, errors.MODEL_UNKNOWN),
    "reload": (errors.SETTINGS_REFUSED,),
}
"""What can go wrong with an endpoint beside what can go wrong with all."""


def document() -> Json:
    """The document, as data."""
    paths: dict[str, Json] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "aua router",
            "version": runtime_version(),
            "summary": "An OpenAI-compatible router in front of self-hosted models.",
            "description": (
                "The model `aua` lets the router choose; the name of a specialist, of a field or of a field's alias pins the choice. "
                "Operations tagged `public` are on the public listener, `management` on the management listener; some are on both. "
                "HEAD is answered wherever GET is."
            ),
        },
        "tags": [
            {"name": "public", "description": "On the listener for applications."},
            {"name": "management", "description": "On the listener for operators."},
        ],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "headers": _headers(),
            "parameters": _parameters(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "The router's key, where `api.auth` asks for one."}
            },
        },
    }


def _operation(endpoint: Endpoint) -> Json:
    faces = ["public", "management"] if endpoint.face == "both" else [endpoint.face]
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": faces,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS],
    }
    if endpoint.keyed:
        operation["security"] = [{"key": []}, {}]
    if "{model}" in endpoint.path:
        name = {"name": "model", "in": "path", "required": True, "schema": _TEXT, "description": "A name that requests may use."}
        operation["parameters"].insert(0, name)
    if endpoint.name in _BODIES:
        content = {"application/json": {"schema": _reference(_BODIES[endpoint.name])}}
        operation["requestBody"] = {"required": True, "content": content}
    told = (*_EVERY_HEADER, *_ROUTE_HEADERS) if endpoint.name in _CALLING else _EVERY_HEADER
    answered = {status: _response(text, content, told) for status, (text, content) in _ANSWERS[endpoint.name].items()}
    failed = _failures(endpoint, set(answered))
    operation["responses"] = {str(status): response for status, response in sorted({**failed, **answered}.items())}
    return operation


def _response(text: str, content: Mapping[str, Json], told: Sequence[str]) -> Json:
    found: Json = {"description": text, "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in told}}
    if content:
        found["content"] = {media: {"schema": schema} for media, schema in content.items()}
    return found


def _failures(endpoint: Endpoint, taken: set[int]) -> dict[int, Json]:
    codes = (*_HOST, *(_KEYED if endpoint.keyed else ()), *_CODES_OF.get(endpoint.name, ()), *_ANY_TIME)
    meanings: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        meanings.setdefault(code.status, []).append(f"`{code.name}`: {code.meaning}")
    if endpoint.name in _BODIES:
        for status, meaning in _OTHER_STATUS.items():
            if endpoint.name in _CALLING or status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
                meanings.setdefault(status, []).append(f"`{errors.REQUEST_INVALID.name}`: {meaning}")
    shape = _reference("OpenAIError" if endpoint.path.startswith("/v1/") else "NativeError")
    return {
        status: _response("\n".join(texts), {"application/json": shape}, _EVERY_HEADER)
        for status, texts in meanings.items()
        if status not in taken
    }


_CALLING = frozenset({"chat_completions", "completions", "embeddings", "query", "query_stream"})
_EVERY_HEADER = (headers.REQUEST_ID, headers.SESSION_ID, headers.TRACE_ID, headers.PLAN)
_ROUTE_HEADERS = (headers.FIELD, headers.MODE, headers.SPECIALIST)
_PARAMETERS = (headers.REQUEST_ID, headers.SESSION_ID, headers.TRACEPARENT, headers.TRACESTATE)


def _headers() -> Json:
    return {
        headers.REQUEST_ID: {"description": "The client's id where it is one, else a new one.", "required": True, "schema": _ID},
        headers.SESSION_ID: {"description": "The client's session where it names one, else a new one.", "required": True, "schema": _ID},
        headers.TRACE_ID: {"description": "The trace that `traceparent` continues, else a new one.", "required": True, "schema": _TRACE},
        headers.PLAN: {"description": "The digest of the plan that the router was made from.", "required": True, "schema": _TEXT},
        headers.FIELD: {"description": "The field that the question was taken for.", "schema": _TEXT},
        headers.MODE: {"description": "How it was answered: `single`, `checked` or `fanout`.", "schema": _TEXT},
        headers.SPECIALIST: {"description": "Who answered; absent where nobody did.", "schema": _TEXT},
    }


def _parameters() -> Json:
    chosen = "1 to 128 of `A-Z a-z 0-9 . _ : -`; anything else is replaced."
    told = {
        headers.REQUEST_ID: f"An id of the client's own. {chosen}",
        headers.SESSION_ID: f"The session that the request belongs to. {chosen}",
        headers.TRACEPARENT: "The trace to continue (W3C Trace Context); one that is invalid begins a new trace.",
        headers.TRACESTATE: "Passed on beside a valid `traceparent`.",
    }
    return {name: {"name": name, "in": "header", "required": False, "description": text, "schema": _TEXT} for name, text in told.items()}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _closed(**properties: Json) -> Json:
    """An object that has all of these keys and no other."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _open(required: Mapping[str, Json], **optional: Json) -> Json:
    """An object that has these keys, and may have any other."""
    return {"type": "object", "properties": {**required, **optional}, "required": list(required), "additionalProperties": True}


def _list(items: Json, least: int = 0) -> Json:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


_BODIES = {
    "chat_completions": "ChatRequest",
    "completions": "CompletionRequest",
    "embeddings": "EmbeddingRequest",
    "query": "QueryRequest",
    "query_stream": "QueryRequest",
    "explain": "QueryRequest",
}
_STREAMED = {
    "type": "object",
    "description": "Each server-sent event: a chunk of the answer, at the end `[DONE]`. A stream that breaks off ends in an error instead.",
    "properties": {"data": _TEXT},
}
_EVENTS = {
    "type": "object",
    "description": "Each server-sent event. `data` is JSON, of the shape that `Event` has for its name.",
    "properties": {"event": {"enum": list(events.EVENTS)}, "data": _TEXT},
}
_JSON_AND_STREAM = "The answer: one document, or its chunks where `stream` is true."
_ANSWERS: Mapping[str, Mapping[int, tuple[str, Mapping[str, Json]]]] = {
    "chat_completions": {200: (_JSON_AND_STREAM, {"application/json": _reference("ChatCompletion"), "text/event-stream": _STREAMED})},
    "completions": {200: (_JSON_AND_STREAM, {"application/json": _reference("Completion"), "text/event-stream": _STREAMED})},
    "embeddings": {200: ("The vectors, as the specialist gave them.", {"application/json": _reference("Embeddings")})},
    "models": {200: ("The names.", {"application/json": _reference("Models")})},
    "model": {200: ("What the name stands for.", {"application/json": _reference("Model")})},
    "query": {200: ("The answer, and how it was decided.", {"application/json": _reference("QueryAnswer")})},
    "query_stream": {200: ("What happens, as it happens.", {"text/event-stream": _EVENTS})},
    "explain": {200: ("Who would answer, and why.", {"application/json": _reference("Explained")})},
    "live": {200: ("It runs.", {"application/json": _closed(status={"const": "live"})})},
    "ready": {
        200: ("Requests may be sent here.", {"application/json": _reference("Ready")}),
        503: ("Requests should go elsewhere.", {"application/json": _reference("Ready")}),
    },
    "startup": {
        200: ("It has started.", {"application/json": _closed(status={"const": "started"})}),
        503: ("It is starting.", {"application/json": _closed(status={"const": "starting"})}),
    },
    "version": {
        200: (
            "Versions and digests.",
            {"application/json": _closed(deployment=_TEXT, runtime=_TEXT, python=_TEXT, plan=_TEXT, router=_TEXT, structure=_TEXT)},
        )
    },
    "metrics": {
        200: ("All metrics.", {"text/plain": _TEXT}),
        404: ("`AUA_NOT_FOUND`: metrics are off in this plan.", {"application/json": _reference("NativeError")}),
    },
    "cost": {
        200: ("Amounts in millionths of the currency.", {"application/json": _reference("Costs")}),
        404: ("`AUA_NOT_FOUND`: metrics are off in this plan.", {"application/json": _reference("NativeError")}),
    },
    "plan": {200: ("The plan.", {"application/json": _ANYTHING})},
    "reload": {
        200: ("The settings are those of the file.", {"application/json": _closed(outcome={"enum": ["applied", "unchanged"]}, plan=_TEXT)})
    },
    "openapi": {200: ("This document.", {"application/json": _ANYTHING})},
    "docs": {200: ("This document as a page.", {"text/html": _TEXT})},
}
_STREAM_RULE: Json = {
    "if": {"required": ["stream_options"], "properties": {"stream_options": {"type": "object", "minProperties": 1}}},
    "then": {"required": ["stream"], "properties": {"stream": {"const": True}}},
}
"""Options of a stream go with one."""


def _costs() -> Json:
    """What `aua_runtime.cost.report` makes of metrics, and `aua costs --json` of a store, which alone knows days and other currencies."""
    known = _or_null(_COUNT)
    return _closed(
        currency=_TEXT,
        prices=_list(_TEXT),
        since=_or_null(_TEXT),
        seconds=_or_null(_NUMBER),
        cost_micro=_COUNT,
        unpriced_calls=_COUNT,
        other_calls={"type": "object", "additionalProperties": _COUNT},
        specialists=_list(
            _closed(
                specialist=_TEXT,
                calls=_COUNT,
                unpriced_calls=_COUNT,
                prompt_tokens=_COUNT,
                completion_tokens=_COUNT,
                cost_micro=_COUNT,
                rent_micro=known,
                estimated_per_million_micro=known,
                measured_per_million_micro=known,
                with_idle_per_million_micro=known,
            )
        ),
        fields=_list(_closed(field=_TEXT, cost_micro=_COUNT)),
        days=_list(_closed(day=_TEXT, calls=_COUNT, unpriced_calls=_COUNT, cost_micro=_COUNT)),
    )


def _schemas() -> Json:
    codes = [code.name for code in errors.CODES]
    return {
        "OpenAIError": _closed(
            error=_closed(
                message=_TEXT, type={"enum": list(get_args(errors.ErrorType))}, param={"type": ["string", "null"]}, code={"enum": codes}
            )
        ),
        "NativeError": _closed(error={"enum": codes}, message=_TEXT, trace_id=_TRACE, details=_ANYTHING),
        "Costs": _costs(),
        **_requests(),
        **_completions(),
        **_models(),
        **_decisions(),
        "Ready": _open(
            {
                "status": {"enum": ["ready", "not_ready", "draining"]},
                "state": _TRUTH,
                "breakers": {"type": "object", "additionalProperties": {"enum": ["closed", "half_open", "open"]}},
            }
        ),
    }


def _requests() -> Json:
    model = {"type": "string", "description": "`aua` routes; a specialist, a field or an alias pins.", "examples": ["aua"]}
    stream = {"type": ["boolean", "null"]}
    options = {"type": ["object", "null"]}
    message = _open({"role": _TEXT}, content={"type": ["string", "array", "null"]})
    return {
        "ChatRequest": {
            **_open({"messages": _list(message, 1)}, model=model, stream=stream, stream_options=options),
            **_STREAM_RULE,
            "description": "OpenAI's chat request. Keys that the router does not know reach the specialist untouched.",
        },
        "CompletionRequest": {
            **_open({"prompt": {"anyOf": [_TEXT, _list(_TEXT, 1)]}}, model=model, stream=stream, stream_options=options),
            **_STREAM_RULE,
            "description": "OpenAI's completion request. Prompts of tokens are refused.",
        },
        "EmbeddingRequest": _open(
            {"input": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1}]}}, model=model
        ),
        "QueryRequest": {
            **_open({}, model=model, session_id=_TEXT, field=_TEXT, specialist=_TEXT),
            "oneOf": [
                {"required": ["query"], "properties": {"query": {"type": "string", "pattern": r"\S"}}, "not": {"required": ["messages"]}},
                {"required": ["messages"], "properties": {"messages": _list(message, 1)}, "not": {"required": ["query"]}},
            ],
            "description": "One question, or the messages of a chat; further keys as in a chat request.",
        },
    }


def _completions() -> Json:
    usage = _or_null(_ANYTHING)
    return {
        "ChatCompletion": _open({"choices": _list(_open({"message": _ANYTHING}), 1)}, usage=usage, aua=_reference("Decision")),
        "Completion": _open({"choices": _list(_open({"text": _TEXT}), 1)}, usage=usage, aua=_reference("Decision")),
        "Embeddings": _open({"data": _list(_ANYTHING)}, usage=usage),
    }


def _models() -> Json:
    entry = _closed(
        id=_TEXT,
        object={"const": "model"},
        created=_COUNT,
        owned_by=_TEXT,
        kind={"enum": ["route", "specialist", "field"]},
        field={"type": ["string", "null"]},
        aliases=_list(_TEXT),
        embeddings=_TRUTH,
    )
    return {"Model": entry, "Models": _closed(object={"const": "list"}, data=_list(_reference("Model"), 1))}


def _decisions() -> Json:
    """What the router decided, whole and as the events of a stream."""
    utility = _closed(
        utility=_NUMBER,
        efficacy=_SHARE,
        confidence=_or_null(_SHARE),
        curiosity=_SHARE,
        signals=_closed(likelihood=_or_null(_SHARE), agreement=_or_null(_SHARE), checks_passed=_COUNT, checks_failed=_COUNT),
    )
    verdict = _open(
        {
            "verdict": {"enum": list(get_args(Word))},
            "confidence": _SHARE,
            "basis": {"enum": ["checks", "judge", "welfare", "score"]},
            "reason": _TEXT,
            "usable": _TRUTH,
        },
        welfare={"type": "object", "additionalProperties": _NUMBER},
        payment=_NUMBER,
    )
    decision: dict[str, Json] = {
        "field": _TEXT,
        "mode": {"enum": ["single", "checked", "fanout"]},
        "reason": _TEXT,
        "specialist": {"type": ["string", "null"]},
        "abstained": _TRUTH,
        "abstention": _or_null(_closed(reason=_TEXT, confidence=_or_null(_SHARE), least_confidence=_or_null(_SHARE))),
        "utility": _or_null(_reference("Utility")),
        "verdicts": _list(_reference("Verdict")),
    }
    ids = {"id": _ID, "trace_id": _TRACE, "session_id": _ID, "plan": _TEXT}
    words = {"specialist": {"type": ["string", "null"]}, "answer": _TEXT, "finish_reason": {"type": ["string", "null"]}}
    explained = {
        "mode": decision["mode"],
        "stream_mode": {"enum": ["direct", "decided"]},
        "reason": _TEXT,
        "field": _TEXT,
        "specialists": _list(_TEXT),
        "probabilities": {"type": "object", "additionalProperties": _SHARE},
        "thresholds": _closed(single=_SHARE, fanout=_SHARE),
    }
    loud = _list(_closed(word=_TEXT, weight=_NUMBER))
    return {
        "Utility": utility,
        "Verdict": verdict,
        "Decision": _closed(**decision),
        "QueryAnswer": _closed(**ids, **{**words, **decision}, usage=_or_null(_ANYTHING)),
        "Explained": _open({"request_id": _ID, "trace_id": _TRACE, **explained, "words": {"type": "object", "additionalProperties": loud}}),
        "Event": {
            "description": "The data of each event of `POST /query/stream`.",
            "type": "object",
            "properties": {
                events.START: _closed(**ids),
                events.ROUTE: _open(explained),
                events.SPECIALIST_START: _closed(specialist={"type": ["string", "null"]}),
                events.CHUNK: _closed(text=_TEXT),
                events.SPECIALIST_DONE: _closed(**words, utility=_or_null(_reference("Utility"))),
                events.ARBITER: _reference("Verdict"),
                events.DONE: _reference("QueryAnswer"),
                events.ERROR: _reference("NativeError"),
            },
        },
    }
