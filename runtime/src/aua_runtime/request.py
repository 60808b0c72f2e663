"""One question on its way through the router: what the client asked, and what has happened to it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aua_runtime.contract.arbitration import Word
from aua_runtime.contract.errors import DEADLINE_EXCEEDED, REQUEST_INVALID, Failure
from aua_runtime.contract.routes import CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS
from aua_runtime.contract.settings import Settings
from aua_runtime.plan import Specialist
from aua_runtime.verify import Checks

if TYPE_CHECKING:
    from aua_runtime.reply.client import Client
    from aua_runtime.route import Route
    from aua_runtime.services import Services
    from aua_runtime.tracing.trace import Trace

Dialect = Literal["openai", "native"]
Operation = Literal["chat", "completions", "embeddings"]
"""What a model server is asked for: an answer to a conversation, the continuation of a text, or vectors."""
Outcome = Literal["answered", "abstained", "failed", "rejected", "cancelled"]

PATHS: Mapping[Operation, str] = {"chat": CHAT_COMPLETIONS, "completions": COMPLETIONS, "embeddings": EMBEDDINGS}
"""Where each is asked for, at the router and at a model server."""

CONTEXT_TURNS = 8
"""Earlier turns that may lend context to the classifier; their last 2 kB are read."""


@dataclass(slots=True)
class Call:
    """One request to a model server, whether it went well or not. Times are on the router's monotonic clock."""

    specialist: str
    started_s: float
    period: int = 0  # of the breaker, which hears of the call in that period only
    error: str | None = None
    first_token_s: float | None = None
    ended_s: float | None = None
    status: int | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0  # of the prompt, those that the server had read before


@dataclass(slots=True)
class Score:
    """The utility of one answer, its terms, and the signals they were made of; None for what is not known."""

    utility: float
    efficacy: float
    confidence: float | None
    curiosity: float
    likelihood: float | None  # geometric mean of the token probabilities
    agreement: float | None  # with the other candidates
    checks: Checks


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why the router gave no answer. `confidence` is how sure it was of the best one, `least` how sure it had to be, where that decided."""

    reason: Literal["unsure_answer", "no_acceptable_answer"]
    confidence: float | None = None
    least: float | None = None


@dataclass(slots=True)
class Answer:
    """A specialist's whole answer. `body` is what the server sent when it was asked for everything at once."""

    specialist: Specialist | None  # None: the router abstained
    text: str
    finish_reason: str | None
    usage: Mapping[str, Any] | None = None
    token_log_probabilities: tuple[float, ...] = ()
    calls_tools: bool = False
    body: dict[str, Any] | None = None
    raw: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    checks: Checks | None = None
    score: Score | None = None
    agreement: float | None = None  # with the other candidates, 0 to 1
    abstention: Abstention | None = None  # where the router abstained


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the candidates were worth by the name of their specialist, and the winner's Clarke pivot payment; see `arbitrate.welfare`."""

    welfare: Mapping[str, float]
    payment: float


@dataclass(slots=True)
class Verdict:
    """The arbiter's word on two candidates, or on one (`a` or `neither`)."""

    word: Word
    confidence: float
    by: Literal["checks", "judge", "welfare", "score"]
    reason: str
    usable: bool = True
    settlement: Settlement | None = None


@dataclass(slots=True)
class Request:
    """Made when a request has been read and checked; carried through the pipeline; recorded at the end."""

    id: str
    trace_id: str
    session_id: str
    session_named: bool  # whether the client gave the session's id
    client_host: str  # as the socket or a trusted proxy tells it; only logged
    dialect: Dialect
    text: bytes  # the JSON that the client sent
    held: dict[str, Any]  # what that JSON says
    operation: Operation
    body: dict[str, Any]  # what a specialist gets, but for its model name
    model: str
    question: str
    context: str
    stream: bool
    settings: Settings
    services: "Services"
    client: "Client"
    forwarded: bytes  # header lines of this request for a model server, each after its line end
    received_s: float
    deadline_s: float  # on the monotonic clock
    route: "Route | None" = None
    calls: list[Call] = field(default_factory=list)
    answer: Answer | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    outcome: Outcome = "failed"
    error: str | None = None
    trace: "Trace | None" = None  # where the request is recorded
    first_byte_s: float | None = None  # when a streaming client got the first content
    answered_s: float | None = None  # when the last byte of the answer went out
    unscored: bool = False  # whether its answer is scored when the request is settled
    over_s: float = 0.0  # when nothing was left to do but to settle it

    def remaining_s(self, bound_s: float = float("inf")) -> float:
        """Seconds that may still be spent, at most `bound_s`; Failure when the deadline has passed."""
        left = self.deadline_s - self.services.clock()
        if left <= 0:
            raise Failure(DEADLINE_EXCEEDED, "The request took longer than it may.")
        return min(left, bound_s)


def checked_body(data: object) -> dict[str, Any]:
    """A chat request whose parts that the router reads have the right shape; all other keys pass untouched. Else Failure."""
    if not isinstance(data, dict):
        raise _invalid("The body must be a JSON object.")
    messages = data.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _invalid("`messages` must be a list with at least one message.", "messages")
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _invalid(f"`messages[{index}]` must be an object with a `role`.", f"messages[{index}]")
        content = message.get("content")
        if content is not None and not isinstance(content, str | list):
            raise _invalid(f"`messages[{index}].content` must be a string or a list of parts.", f"messages[{index}].content")
    _check_common(data)
    return data


def checked_prompt(data: object) -> tuple[dict[str, Any], str]:
    """A request for a continuation whose parts that the router reads have the right shape, and its text. Else Failure."""
    if not isinstance(data, dict):
        raise _invalid("The body must be a JSON object.")
    prompt = data.get("prompt")
    texts = [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise _invalid("`prompt` must be a string or a list of strings: the router cannot tell what tokens are about.", "prompt")
    _check_common(data)
    return data, "\n".join(texts)


def checked_input(data: object) -> dict[str, Any]:
    """A request for vectors whose parts that the router reads have the right shape. Else Failure."""
    if not isinstance(data, dict):
        raise _invalid("The body must be a JSON object.")
    if not isinstance(data.get("input"), str | list) or not data["input"]:
        raise _invalid("`input` must be a string, or a list of strings or tokens.", "input")
    if not isinstance(data.get("model", ""), str):
        raise _invalid("`model` must be a string.", "model")
    return data


def _check_common(data: Mapping[str, Any]) -> None:
    stream, options = data.get("stream"), data.get("stream_options")
    if not isinstance(data.get("model", ""), str):
        raise _invalid("`model` must be a string.", "model")
    if stream is not None and not isinstance(stream, bool):
        raise _invalid("`stream` must be true or false.", "stream")
    if options is not None and not isinstance(options, dict):
        raise _invalid("`stream_options` must be an object.", "stream_options")
    if options and not stream:
        raise _invalid("`stream_options` goes with `stream` only.", "stream_options")


def _invalid(message: str, param: str | None = None) -> Failure:
    return Failure(REQUEST_INVALID, message, details={"param": param} if param else {})


def question_of(messages: list[dict[str, Any]]) -> tuple[str, str]:
    """The text of the last user turn, and that of the turns before it."""
    last = len(messages) - 1
    while last >= 0 and messages[last].get("role") != "user":
        last -= 1
    if last <= 0:
        return text_of(messages[last]), ""
    earlier = [text_of(message) for message in messages[max(0, last - CONTEXT_TURNS) : last] if message.get("role") in _SPEAKERS]
    return text_of(messages[last]), "\n".join(filter(None, earlier))


_SPEAKERS = frozenset({"user", "assistant"})


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message, from a string or from its text parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return ""
