"""A plan of very many engines, as Kubernetes objects: CPU seconds and how many. A process of its own, so that each run is cold.

No tier holds so many devices, so the plan is made of copies of a small one; from the plan on the compiler's own code runs.
"""

import json
import re
import sys
import time
from dataclasses import replace

from aua_compile.plan.model import Plan
from aua_compile.targets.kubernetes import emit
from tests.targets.plans import single_4090


def many(engines: int) -> Plan:
    """`engines` copies of the first engine of a small plan, each on a device of its own, each with its weights and its specialist."""
    plan = single_4090()
    engine, fetch = plan.instances[0], next(fetch for fetch in plan.fetches if fetch.instance == plan.instances[0].name)
    volume = next(volume for volume in plan.volumes if volume.name == engine.cache_volume)
    specialist = next(specialist for specialist in plan.specialists if specialist.instance == engine.name)
    names = [f"e{index:05}" for index in range(engines)]
    return replace(
        plan,
        arbiter=None,
        hardware=replace(plan.hardware, accelerators=engines),
        instances=tuple(
            replace(engine, name=name, port=20000 + index, devices=(index,), start_after=(), cache_volume=f"{name}-weights")
            for index, name in enumerate(names)
        ),
        fetches=tuple(replace(fetch, name=f"fetch-{name}", instance=name, volume=f"{name}-weights") for name in names),
        volumes=(
            *(each for each in plan.volumes if each.purpose != "weights"),
            *(replace(volume, name=f"{name}-weights") for name in names),
        ),
        specialists=tuple(replace(specialist, name=name, instance=name, fallback=()) for name in names),
        fields=tuple(replace(field, specialists=tuple(names)) for field in plan.fields[:1]),
        estimates=(),
        ledgers=(),
    )


def main() -> None:
    plan = many(int(sys.argv[1]))
    started = time.process_time()
    artifacts = list(emit(plan))
    spent_s = time.process_time() - started
    objects = sum(len(re.findall(r"^kind:", artifact.text, re.MULTILINE)) for artifact in artifacts)
    json.dump({"cpu_s": spent_s, "objects": objects}, sys.stdout)


if __name__ == "__main__":
    main()
