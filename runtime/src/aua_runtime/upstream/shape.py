"""What the router reads of a chat completion and of its chunks; everything else passes untouched."""

from typing import Any, Literal

from aua_runtime.contract import headers
from aua_runtime.request import Call
from aua_runtime.transport.protocol import Exchange

TOKENS_MAX = 10**9
"""More tokens than any context holds: a larger number is a server's mistake, not a count."""
REASON_CHARACTERS = 40


def first_text(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The first choice of a continuation and its text; KeyError, IndexError or TypeError where they are not."""
    choices: list[dict[str, Any]] = body["choices"]
    if not all(isinstance(choice["text"], str) for choice in choices):
        raise TypeError
    return choices[0], choices[0]["text"]


def first_choice(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first choice and its message; KeyError, IndexError or TypeError where they are not."""
    choice: dict[str, Any] = body["choices"][0]
    message: dict[str, Any] | None = choice["message"] if has_shape(body, "message") else None
    if message is None:
        raise TypeError
    return choice, message


def require_vectors(body: dict[str, Any]) -> None:
    """KeyError or TypeError where the answer to a request for vectors holds none."""
    if not isinstance(body["data"], list) or not all(isinstance(entry, dict) and "embedding" in entry for entry in body["data"]):
        raise TypeError


def usage(usage: object, call: Call) -> dict[str, Any] | None:
    if not isinstance(usage, dict):
        return None
    call.prompt_tokens = _count(usage.get("prompt_tokens"))
    call.completion_tokens = _count(usage.get("completion_tokens"))
    details = usage.get("prompt_tokens_details")
    if details is not None and isinstance(details, dict):
        call.cached_tokens = _count(details.get("cached_tokens"))
    return usage


def _count(value: object) -> int:
    """A number of tokens as a server reports it; 0 for what cannot be one."""
    return value if type(value) is int and 0 <= value <= TOKENS_MAX else 0  # True is an int, but no number


def reason(choice: dict[str, Any]) -> str | None:
    reason = choice.get("finish_reason")
    return reason[:REASON_CHARACTERS] if isinstance(reason, str) and reason else None


def log_probabilities(choice: dict[str, Any]) -> tuple[float, ...]:
    """Those of the tokens, as a chat completion or a continuation tells them.

    None where they have another shape: they are the router's own wish, and no reason to refuse an answer.
    """
    told = choice.get("logprobs")
    if not isinstance(told, dict):
        return ()
    tokens = told.get("content")
    found = (
        [token.get("logprob") for token in tokens if isinstance(token, dict)] if isinstance(tokens, list) else told.get("token_logprobs")
    )
    return tuple(float(value) for value in found if isinstance(value, int | float)) if isinstance(found, list) else ()


def has_shape(data: dict[str, Any], part: Literal["message", "delta"]) -> bool:
    """Whether what the router reads of a completion or a chunk is where it should be."""
    choices = data.get("choices")
    if choices is None:
        return True
    if not isinstance(choices, list):
        return False
    for choice in choices:
        if not isinstance(choice, dict):
            return False
        told = choice.get(part)
        if told is None:
            continue
        if not isinstance(told, dict):
            return False
        calls = told.get("tool_calls")
        if calls and (not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls)):
            return False
    return True


_TO_CLIENT = frozenset(name.encode() for name in headers.TO_CLIENT)


def passed_headers(exchange: Exchange) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of a model server that its client gets too."""
    return tuple([(name, value) for name, value in exchange.headers.items() if name in _TO_CLIENT])
