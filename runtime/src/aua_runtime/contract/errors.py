"""Stable error codes of the router, and the two shapes in which a client sees them."""

from collections.abc import Mapping
from typing import Any, Literal

from aua_runtime.contract.frozen import dataclass

ErrorType = Literal["invalid_request_error", "authentication_error", "permission_error", "not_found_error", "rate_limit_error", "api_error"]


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A kind of failure: its name for programs, the HTTP status, and OpenAI's word for its class."""

    name: str
    status: int
    type: ErrorType
    meaning: str


REQUEST_INVALID = ErrorCode("AUA_REQUEST_INVALID", 400, "invalid_request_error", "The request is not what the route accepts.")
AUTH_REQUIRED = ErrorCode("AUA_AUTH_REQUIRED", 401, "authentication_error", "The bearer key is missing or wrong.")
NOT_FOUND = ErrorCode("AUA_NOT_FOUND", 404, "not_found_error", "There is no such route.")
MODEL_UNKNOWN = ErrorCode("AUA_MODEL_UNKNOWN", 404, "not_found_error", "No specialist, field or route has this model name.")
METHOD_NOT_ALLOWED = ErrorCode("AUA_METHOD_NOT_ALLOWED", 405, "invalid_request_error", "The route exists, but not for this method.")
SETTINGS_REFUSED = ErrorCode(
    "AUA_SETTINGS_REFUSED", 409, "invalid_request_error", "The new settings file was refused; the old settings stay."
)
REQUEST_TOO_LARGE = ErrorCode("AUA_REQUEST_TOO_LARGE", 413, "invalid_request_error", "The request body exceeds `api.limits.body`.")
HOST_REFUSED = ErrorCode("AUA_HOST_REFUSED", 421, "permission_error", "The Host header is not one of `api.allowed_hosts`.")
RATE_LIMITED = ErrorCode("AUA_RATE_LIMITED", 429, "rate_limit_error", "A model server asks to slow down.")
INTERNAL = ErrorCode("AUA_INTERNAL", 500, "api_error", "The router failed; its log has the cause under the request id.")
BACKEND_ERROR = ErrorCode("AUA_BACKEND_ERROR", 502, "api_error", "A model server answered with an error.")
STREAM_INTERRUPTED = ErrorCode("AUA_STREAM_INTERRUPTED", 502, "api_error", "A model server broke off in the middle of its answer.")
BACKEND_UNREACHABLE = ErrorCode("AUA_BACKEND_UNREACHABLE", 503, "api_error", "A model server cannot be reached.")
OVERLOADED = ErrorCode(
    "AUA_OVERLOADED",
    503,
    "rate_limit_error",
    "As many answers are open as `api.limits` allows, or as many wait for a specialist as its `limits` allow.",
)
DRAINING = ErrorCode("AUA_DRAINING", 503, "api_error", "The router is stopping.")
SPECIALIST_TIMEOUT = ErrorCode("AUA_SPECIALIST_TIMEOUT", 504, "api_error", "A model server took too long.")
DEADLINE_EXCEEDED = ErrorCode("AUA_DEADLINE_EXCEEDED", 504, "api_error", "The request took longer than `routing.deadline_s`.")

CODES = (
    REQUEST_INVALID,
    AUTH_REQUIRED,
    NOT_FOUND,
    MODEL_UNKNOWN,
    METHOD_NOT_ALLOWED,
    SETTINGS_REFUSED,
    REQUEST_TOO_LARGE,
    HOST_REFUSED,
    RATE_LIMITED,
    INTERNAL,
    BACKEND_ERROR,
    STREAM_INTERRUPTED,
    BACKEND_UNREACHABLE,
    OVERLOADED,
    DRAINING,
    SPECIALIST_TIMEOUT,
    DEADLINE_EXCEEDED,
)


class Failure(Exception):
    """A request that ends without an answer, and what its client is told."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        status: int | None = None,
        upstream_status: int | None = None,
        retry_after_s: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or code.status
        self.upstream_status = upstream_status
        self.retry_after_s = retry_after_s
        self.details = dict(details or {})
        if upstream_status is not None:
            self.details["upstream_status"] = upstream_status


def openai_body(failure: Failure) -> dict[str, Any]:
    """The shape of OpenAI's API, for every route under `/v1`."""
    return {
        "error": {"message": failure.message, "type": failure.code.type, "param": failure.details.get("param"), "code": failure.code.name}
    }


def native_body(failure: Failure, trace_id: str) -> dict[str, Any]:
    """The router's own shape, for every other route."""
    return {"error": failure.code.name, "message": failure.message, "trace_id": trace_id, "details": failure.details}
