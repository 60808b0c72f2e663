"""What can be asked for."""

from collections.abc import Iterator
from typing import Any

from aua_runtime.contract.errors import MODEL_UNKNOWN, Failure
from aua_runtime.route import ROUTED
from aua_runtime.visit import Visit


async def models(visit: Visit) -> None:
    visit.document(200, {"object": "list", "data": list(_listed(visit))})


async def model(visit: Visit) -> None:
    """One entry, by its name or by an alias of a field."""
    asked = visit.path.rpartition("/")[2]
    for entry in _listed(visit):
        if asked == entry["id"] or asked in entry["aliases"]:
            visit.document(200, {**entry, "id": asked})
            return
    raise Failure(MODEL_UNKNOWN, f"There is no model `{asked[:80]}`; `GET /v1/models` lists the names.", details={"param": "model"})


def _listed(visit: Visit) -> Iterator[dict[str, Any]]:
    """`aua`, which routes, then the specialists and the fields, which pin."""
    deployment = visit.services.deployment
    embeds = any(specialist.embeddings for specialist in deployment.specialists)
    yield _entry(ROUTED, "route", None, embeddings=embeds)
    for specialist in deployment.specialists:
        yield _entry(specialist.name, "specialist", specialist.field, embeddings=specialist.embeddings)
    pinned = {specialist.name for specialist in deployment.specialists}
    for field in deployment.fields:
        if field.specialists and field.name not in pinned:
            yield _entry(field.name, "field", field.name, field.aliases, embeddings=field.specialists[0].embeddings)


def _entry(name: str, kind: str, field: str | None, aliases: tuple[str, ...] = (), *, embeddings: bool) -> dict[str, Any]:
    told = {"kind": kind, "field": field, "aliases": aliases, "embeddings": embeddings}
    return {"id": name, "object": "model", "created": 0, "owned_by": "aua", **told}
