"""What the router reads from its ConfigMap: `settings.json`, and with it `plan.json` where a ConfigMap can hold it.

The image has its own copy of both, made from the same plan. What is mounted is newer: a changed threshold is a reload, not an image.
"""

import json

from aua_compile.artifact import Artifact
from aua_compile.plan.model import Plan
from aua_compile.targets import plan_file
from aua_compile.targets.router import settings_text

CONFIG_MAP = "router-settings"
MOUNTED_AT = "/settings"

_CONFIG_MAP_BYTES = 2**20  # the API server refuses more
# What the least of each takes in plan.json, its keys alone. A plan that is too large by this need not be written to be measured.
_SPECIALIST_BYTES, _INSTANCE_BYTES = 512, 1024


def settings_files(plan: Plan) -> tuple[Artifact, ...]:
    """The files of the ConfigMap, by name. Without `plan.json` the router answers `/plan` from its image."""
    settings = Artifact("settings.json", settings_text(plan))
    if len(plan.specialists) * _SPECIALIST_BYTES + len(plan.instances) * _INSTANCE_BYTES > _CONFIG_MAP_BYTES:
        return (settings,)
    files = (settings, *plan_file.emit(plan))
    return files if sum(len(file.text.encode()) for file in files) <= _CONFIG_MAP_BYTES else (settings,)


def structure(settings: Artifact) -> str:
    """The digest of the code that these settings belong to: when it changes, running routers must be replaced."""
    found: str = json.loads(settings.text)["structure"]
    return found
