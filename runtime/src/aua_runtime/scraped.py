"""What all workers of a router count, as Prometheus reads it."""

from typing import TYPE_CHECKING

from aua_runtime import siblings
from aua_runtime.contract import metrics as names
from aua_runtime.contract.routes import METRICS
from aua_runtime.exposition import CONTENT_TYPES, Format
from aua_runtime.metrics import Metrics
from aua_runtime.replicas import Replicas

if TYPE_CHECKING:
    from aua_runtime.services import Services


async def scraped(services: "Services", form: Format) -> bytes:
    """The metrics of this worker and of its siblings, as one text."""
    services.settling.settle()
    for name, replicas in services.upstreams.items():
        services.metrics.breaker(name, replicas.breaker_state)
        if replicas.several:
            _servers(services.metrics, replicas)
    services.metrics.set(names.LOG_LINES_DROPPED, services.log.dropped)
    text = services.metrics.text(form)
    if services.siblings:
        answers = await siblings.all_of(services.siblings, "GET", METRICS, accept=CONTENT_TYPES[form])
        text = siblings.merged([text, *(answer[1] for answer in answers if answer is not None and siblings.is_ready(answer))])
    return text


def _servers(counted: Metrics, replicas: Replicas) -> None:
    """Note how each of a specialist's servers is, as many as the plan has: the environment may name more."""
    specialist = replicas.specialist
    for number, upstream in enumerate(replicas.upstreams[: 1 + len(specialist.replicas)]):
        server = f"{specialist.name}/{number}"
        if upstream.up is not None:
            counted.set(names.SERVER_UP, float(upstream.up), server)
        counted.set(names.SERVER_IN_FLIGHT, upstream.open, server)
