"""What is seen of a deployment, as data: what `aua top --json` and `aua status --json` print."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aua_runtime.status.figures import Figures
from aua_runtime.status.machines import Device, Engine
from aua_runtime.status.watch import Picture

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Workers:
    """Processes of a router that are ready, of how many."""

    ready: int
    of: int


@dataclass(frozen=True)
class AskedRouter:
    """A router that was asked, and whether it answers; `why` says why it does not."""

    url: str
    answers: bool
    ready: bool
    why: str


@dataclass(frozen=True)
class Told:
    """A deployment: what the first of its routers that answers says of itself, and figures of all that answer.

    `figures` is null where no router tells its metrics; rates in it are null where there was one look only. `devices` and `engines` are of
    the plan, and null where that is not told; `no_plan` then says why.
    """

    schema_version: int
    deployment: str
    status: str
    plan: str
    structure: str
    runtime: str
    python: str
    state: bool
    breakers: Mapping[str, str]
    up: Mapping[str, bool | None]
    workers: Workers | None
    routers: list[AskedRouter]
    restarted: list[str]
    figures: Figures | None
    devices: list[Device] | None
    engines: list[Engine] | None
    no_plan: str


def as_data(picture: Picture) -> dict[str, Any]:
    """A picture in which a router answers."""
    reading = picture.reading
    assert reading is not None
    about, machines = reading.about, picture.machines
    workers = about.get("workers")
    return asdict(
        Told(
            schema_version=SCHEMA_VERSION,
            deployment=about["deployment"],
            status=about["status"],
            plan=about["plan"],
            structure=about.get("structure", ""),
            runtime=about.get("runtime", ""),
            python=about.get("python", ""),
            state=bool(about.get("state")),
            breakers=about["breakers"],
            up=about.get("up", {}),
            workers=Workers(**workers) if isinstance(workers, dict) and workers.keys() == {"ready", "of"} else None,
            routers=[
                AskedRouter(each.url, each.reading is not None, each.reading is not None and each.reading.ready, each.why)
                for each in picture.routers
            ],
            restarted=list(picture.restarts),
            figures=picture.figures,
            devices=list(machines.devices) if machines is not None else None,
            engines=list(machines.engines) if machines is not None else None,
            no_plan=picture.no_machines,
        )
    )
