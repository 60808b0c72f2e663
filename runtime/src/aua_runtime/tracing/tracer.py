"""What a router has once for all of its traces."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aua_runtime.contract import headers
from aua_runtime.contract.environment import TRACES_URL
from aua_runtime.contract.errors import NOT_FOUND, Failure
from aua_runtime.contract.spans import TRACES_PATH
from aua_runtime.plan import Tracing
from aua_runtime.services import Misconfigured, Services, secret
from aua_runtime.tracing import otlp, told
from aua_runtime.tracing.exporter import Exporter
from aua_runtime.tracing.sampling import SAMPLED, Sampler
from aua_runtime.tracing.trace import Trace
from aua_runtime.transport.address import address_of

if TYPE_CHECKING:
    from aua_runtime.request import Request
    from aua_runtime.visit import Visit

_TRACEPARENT = headers.TRACEPARENT.encode()
_TRACESTATE = headers.TRACESTATE.encode()
STATE_BYTES = 512
"""Of a `tracestate` what all who see one keep at least (W3C Trace Context, section 3.3.1.5). Each span repeats it, so no more is told."""
_TRACE_ID, _PARENT_ID = slice(3, 35), slice(36, 52)  # of a `traceparent` of any version


class Tracer:
    """Decides which requests are recorded, and hands what was noted of them to the exporter."""

    __slots__ = ("_content", "_exporter", "_sampler", "_services", "clock", "entropy")

    def __init__(self, services: Services, exporter: Exporter, *, content: bool) -> None:
        self._services = services
        self._exporter = exporter
        self._content = content
        self._sampler = Sampler(services.clock)
        self.clock: Callable[[], float] = services.clock
        self.entropy: Callable[[int], str] = services.entropy

    def start(self) -> None:
        """Begin to export."""
        self._exporter.start()

    async def close(self) -> None:
        """Export what waits, then stop."""
        await self._exporter.close()

    def begun(self, visit: "Visit", span_id: str) -> Trace | None:
        """The trace of a request where it is recorded. What model servers are told of the decision is set beside it."""
        settings = visit.settings.tracing
        assert settings is not None
        given = visit.headers.get(_TRACEPARENT, b"")
        called = given[_TRACE_ID] == visit.trace_id.encode()
        flags = int(visit.trace_flags, 16)
        recorded = self._sampler.records(visit.trace_id, bool(flags & SAMPLED) if called else None, settings)
        visit.trace_flags = f"{flags | SAMPLED if recorded else flags & ~SAMPLED:02x}"
        if not recorded:
            return None
        trace = Trace(self, visit.trace_id, span_id, given[_PARENT_ID].decode() if called else "")
        state = visit.headers.get(_TRACESTATE, b"")
        trace.state = state.decode("latin-1") if called and len(state) <= STATE_BYTES else ""
        trace.root.values = told.asked_for(visit, known=True)
        return trace

    def finish(self, trace: Trace, request: "Request", error: BaseException | None) -> None:
        """Export the spans of a request that is over."""
        told.tell(trace, request, error, content=self._content)
        self._export(trace)

    def refused(self, visit: "Visit", failure: Failure) -> None:
        """Export the span of a request that was refused before anybody looked at what it asks."""
        if visit.asked is not None:
            trace = visit.asked.trace
        else:
            trace = self.begun(visit, self.entropy(8))
            if trace is not None:
                trace.root.values = told.asked_for(visit, known=failure.code is not NOT_FOUND)
        if trace is not None and not trace.ended:
            told.refused(trace, failure)
            self._export(trace)

    def _export(self, trace: Trace) -> None:
        trace.ended = True
        made = [trace.root, *trace.stages, *(called.span for called in trace.calls)]
        trace.root.name = told.name_of(trace.root)
        offset_s = self._services.wall() - self.clock()
        self._exporter.put(len(made), otlp.written(made, trace.trace_id, trace.state, offset_s))


def tracer_of(tracing: Tracing, services: Services, environment: Mapping[str, str]) -> Tracer:
    """Misconfigured when a key is missing or the address is not usable."""
    url = environment.get(TRACES_URL, "").strip() or tracing.url
    try:
        address = address_of(url)
    except ValueError as error:
        raise Misconfigured(f"the address for traces ({TRACES_URL}) cannot be used: {error}") from None
    lines = [
        f"POST {address.path}{TRACES_PATH} HTTP/1.1",
        f"host: {address.authority}",
        f"content-type: {otlp.MEDIA}",
        "accept-encoding: identity",
        *(f"{name.lower()}: {value}" for name, value in tracing.headers.items()),
        *(f"{name.lower()}: {secret(variable, environment)}" for name, variable in tracing.secret_headers.items()),
    ]
    resource = otlp.resource_of(services.deployment.name, services.entropy(16))
    exporter = Exporter(services, address, "\r\n".join(lines).encode("latin-1", "replace"), resource)
    return Tracer(services, exporter, content=tracing.content)
