"""The three probes."""

from aua_runtime import siblings
from aua_runtime.visit import Visit


async def live(visit: Visit) -> None:
    visit.document(200, {"status": "live"})


async def ready(visit: Visit) -> None:
    """Ready while it has started, is not stopping, and can record what it does. A model server that fails is the breaker's matter.

    `up` says of each specialist whether it was reached by its latest call or probe; null before the first.
    """
    services = visit.services
    ready = services.started and not services.draining and services.recorder.healthy
    breakers = {name: replicas.breaker_state for name, replicas in services.upstreams.items()}
    up = {name: replicas.up for name, replicas in services.upstreams.items()}
    workers = await siblings.all_of(services.siblings, "GET", visit.path)
    ready = ready and all(map(siblings.is_ready, workers))
    status = "draining" if services.draining else "ready" if ready else "not_ready"
    told = {"status": status, "state": services.recorder.healthy, "breakers": breakers, "up": up}
    if workers:
        told["workers"] = {"ready": 1 + sum(map(siblings.is_ready, workers)), "of": 1 + len(workers)}
    visit.document(200 if ready else 503, told)


async def startup(visit: Visit) -> None:
    started = visit.services.started
    visit.document(200 if started else 503, {"status": "started" if started else "starting"})
