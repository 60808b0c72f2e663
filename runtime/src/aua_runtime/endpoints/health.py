"""The three probes."""

from aua_runtime.visit import Visit


async def live(visit: Visit) -> None:
    visit.document(200, {"status": "live"})


async def ready(visit: Visit) -> None:
    """Ready while it has started, is not stopping, and can record what it does. A model server that fails is the breaker's matter."""
    services = visit.services
    ready = services.started and not services.draining and services.recorder.healthy
    breakers = {name: replicas.breaker_state for name, replicas in services.upstreams.items()}
    status = "draining" if services.draining else "ready" if ready else "not_ready"
    visit.document(200 if ready else 503, {"status": status, "state": services.recorder.healthy, "breakers": breakers})


async def startup(visit: Visit) -> None:
    started = visit.services.started
    visit.document(200 if started else 503, {"status": "started" if started else "starting"})
