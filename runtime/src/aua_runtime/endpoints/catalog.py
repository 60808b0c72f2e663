"""What can be asked for."""

from aua_runtime.route import ROUTED
from aua_runtime.visit import Visit


async def models(visit: Visit) -> None:
    deployment = visit.services.deployment
    pinned = [specialist.name for specialist in deployment.specialists]
    fields = [field.name for field in deployment.fields if field.specialists and field.name not in pinned]
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "aua"} for name in (ROUTED, *pinned, *fields)]
    visit.document(200, {"object": "list", "data": listed})
