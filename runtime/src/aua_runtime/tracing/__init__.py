"""Spans of the requests that are recorded, and their way to a collector. Imported by routers whose plan has tracing on, and by no other.

`sampling` decides whether a request is recorded, `trace` holds what is noted of one, `told` gives its spans their attributes, `otlp` writes
them, `exporter` sends them. A request that is not recorded has no trace: what it costs is the decision, and a look at each stage.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from aua_runtime.contract.spans import Stage
from aua_runtime.tracing.tracer import Tracer, tracer_of

if TYPE_CHECKING:
    from aua_runtime.request import Request

__all__ = ["Tracer", "stage", "tracer_of"]

_NOTHING = nullcontext()


def stage(request: "Request", name: Stage) -> AbstractContextManager[None]:
    """What happens inside is a stage of the request's lifecycle: a span, where the request is recorded."""
    trace = request.trace
    return _NOTHING if trace is None else trace.stage(name)
