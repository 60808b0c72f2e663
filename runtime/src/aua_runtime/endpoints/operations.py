"""What an operator asks: versions, the plan, metrics, a reload."""

import platform

import orjson

from aua_runtime import VERSION, siblings
from aua_runtime.contract.errors import INTERNAL, SETTINGS_REFUSED, Failure
from aua_runtime.contract.settings import SettingsRefused
from aua_runtime.cost.report import estimates_of, of_router, to_data
from aua_runtime.exposition import CONTENT_TYPES, wanted
from aua_runtime.scraped import scraped
from aua_runtime.status.samples import parsed
from aua_runtime.visit import Visit

_REDACTED = frozenset({"headers", "env"})


async def version(visit: Visit) -> None:
    services = visit.services
    visit.document(
        200,
        {
            "deployment": services.deployment.name,
            "runtime": VERSION,
            "python": platform.python_version(),
            "plan": services.plan_digest,
            "router": services.router_digest,
            "structure": services.deployment.structure,
        },
    )


async def metrics(visit: Visit) -> None:
    form = wanted(visit.headers.get(b"accept", b"").decode("latin-1"))
    visit.raw(200, await scraped(visit.services, form), CONTENT_TYPES[form])


async def cost(visit: Visit) -> None:
    report = of_router(
        parsed((await scraped(visit.services, "prometheus")).decode()), estimates_of(orjson.loads(visit.app.plan)), visit.services.wall()
    )
    visit.document(200, to_data(report))


async def plan(visit: Visit) -> None:
    visit.document(200, _redacted(orjson.loads(visit.app.plan)))


def _redacted(value: object) -> object:
    """A plan without the values of headers and environment variables: they should hold no secret, and need not be shown to prove it."""
    if isinstance(value, dict):
        return {
            key: dict.fromkeys(item, "redacted") if key in _REDACTED and isinstance(item, dict) else _redacted(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value


async def reload(visit: Visit) -> None:
    """Take new settings over. Where several workers run, this one judges first, so that a file that is refused reaches none."""
    services = visit.services
    try:
        outcome = visit.app.reload()
    except SettingsRefused as refused:
        raise Failure(
            SETTINGS_REFUSED, "The settings were refused; the old ones stay.", details={"faults": refused.faults, "apply": refused.apply}
        ) from None
    answers = await siblings.all_of(services.siblings, "POST", visit.path, services.key)
    behind = sum(not siblings.is_ready(answer) for answer in answers)
    if behind:
        raise Failure(INTERNAL, f"{behind} of {len(answers) + 1} workers did not take the settings over; reload again.")
    visit.document(200, {"outcome": outcome, "plan": services.plan_digest})
