"""What is noted of one recorded request while it runs. Its stages follow one another or lie in one another; calls may overlap."""

from asyncio import CancelledError
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aua_runtime.contract import spans
from aua_runtime.contract.errors import INTERNAL, Failure
from aua_runtime.contract.labels import CANCELLED
from aua_runtime.contract.spans import STAGES, Attribute, Event, SpanForm, Stage

if TYPE_CHECKING:
    from types import TracebackType

    from aua_runtime.contract.errors import ErrorCode
    from aua_runtime.replicas import Upstream
    from aua_runtime.request import Answer, Call, Operation, Request, Verdict
    from aua_runtime.tracing.tracer import Tracer

Value = str | int | float | bool | tuple[str, ...]
Values = dict[Attribute, Value]
Why = Literal["first", "retry", "hedge", "fallback"]
"""Why a call was made."""


@dataclass(slots=True)
class Span:
    """One span; times are on the router's monotonic clock. `error` is the value of `error.type`."""

    form: SpanForm
    name: str
    id: str
    parent_id: str
    started_s: float
    ended_s: float
    values: Values = field(default_factory=dict)
    events: list[tuple[Event, float, Values]] = field(default_factory=list)
    error: str | None = None


@dataclass(slots=True)
class Called:
    """A call with its span, and what came of it: its answer, and the first thing that its server said of it."""

    call: "Call"
    span: Span
    upstream: "Upstream"
    why: Why
    attempt: int
    stream: bool
    operation: "Operation"
    own: bool  # a question of the router's own
    answer: "Answer | None" = None
    told: Mapping[str, Any] = field(default_factory=dict)


class Trace:
    """One recorded request."""

    __slots__ = ("_tracer", "calls", "ended", "open", "root", "stages", "state", "trace_id")

    def __init__(self, tracer: "Tracer", trace_id: str, span_id: str, parent_id: str) -> None:
        self._tracer = tracer
        self.trace_id = trace_id
        now_s = tracer.clock()
        self.root = Span(spans.SERVER, "", span_id, parent_id, now_s, now_s)
        self.open: list[Span] = [self.root]
        self.stages: list[Span] = []
        self.calls: list[Called] = []
        self.state = ""  # of the caller's trace, for whoever reads ours
        self.ended = False

    def stage(self, name: Stage) -> "_Stage":
        """What happens inside is a stage."""
        return _Stage(self, name)

    def begin(self, name: Stage) -> Span:
        """Open the span of a stage inside the one that is open."""
        now_s = self._tracer.clock()
        span = Span(STAGES[name], name, self._tracer.entropy(8), self.open[-1].id, now_s, now_s)
        self.open.append(span)
        self.stages.append(span)
        return span

    def end(self, span: Span, error: BaseException | None) -> None:
        """Close the span of a stage."""
        self.open.remove(span)
        span.ended_s = self._tracer.clock()
        span.error = error_of(error)

    def called(
        self, request: "Request", upstream: "Upstream", call: "Call", why: Why, attempt: int, *, stream: bool, operation: "Operation"
    ) -> bytes:
        """Note a call that begins. The header lines for its server, which name the call's own span as the parent of what happens there."""
        stage = self.open[-1]
        span = Span(spans.CLIENT, "", self._tracer.entropy(8), stage.id, call.started_s, call.started_s)
        self.calls.append(Called(call, span, upstream, why, attempt, stream, operation, stage.form is STAGES["judge"]))
        return request.forwarded.replace(self.root.id.encode(), span.id.encode())

    def answered(self, call: "Call", answer: "Answer", told: Mapping[str, Any]) -> None:
        """Note the answer to a call, which may still be growing, and what its server said with it."""
        for called in reversed(self.calls):
            if called.call is call:
                called.answer, called.told = answer, told
                return

    def retrying(self, specialist: str, code: "ErrorCode", wait_s: float) -> None:
        """A call failed, and will be repeated."""
        self._note(spans.RETRY, {spans.SPECIALIST: specialist, spans.ERROR_TYPE: code.name, spans.WAIT: wait_s})

    def queued(self, specialist: str, wait_s: float) -> None:
        """A call has its place after a wait."""
        self._note(spans.QUEUED, {spans.SPECIALIST: specialist, spans.WAIT: wait_s})

    def resting(self, specialist: str) -> None:
        """A specialist was passed over."""
        self._note(spans.RESTING, {spans.SPECIALIST: specialist})

    def decided(self, verdict: "Verdict") -> None:
        """The arbiter has decided; the last of several verdicts stands."""
        said: Values = {spans.VERDICT: verdict.word, spans.BASIS: verdict.by, spans.VERDICT_CONFIDENCE: verdict.confidence}
        for span in self.open:
            if span.form is STAGES["arbitrate"]:
                span.values |= said

    def finished(self, request: "Request", error: BaseException | None) -> None:
        """The request is over: its spans are complete and go out."""
        self._tracer.finish(self, request, error)

    def _note(self, event: Event, values: Values) -> None:
        self.open[-1].events.append((event, self._tracer.clock(), values))


class _Stage:
    """One stage, as a statement."""

    __slots__ = ("_name", "_span", "_trace")

    def __init__(self, trace: Trace, name: Stage) -> None:
        self._trace = trace
        self._name: Stage = name

    def __enter__(self) -> None:
        self._span = self._trace.begin(self._name)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None") -> None:
        self._trace.end(self._span, error)


def error_of(error: BaseException | None) -> str | None:
    """The value of `error.type` for what a stage raised."""
    if error is None:
        return None
    if isinstance(error, Failure):
        return error.code.name
    return CANCELLED if isinstance(error, CancelledError) else INTERNAL.name
