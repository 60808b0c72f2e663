"""What is examined, and what is found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

Level = Literal["ok", "skipped", "warning", "error"]
CheckName = Literal["versions", "environment", "state", "ports", "gpus", "backends", "traces", "prices"]

_STRUCTURE = re.compile(r'^STRUCTURE = "([0-9a-f]{64})"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `subject` is a name of the plan, of a variable, of a file; `message` holds no value of a secret."""

    check: CheckName
    subject: str
    level: Level
    message: str


@dataclass(frozen=True, slots=True)
class Patient:
    """A compiled router where it lies, its plan, and the environment that it would run in."""

    package: Path
    plan: Mapping[str, Any]
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        return str(self.plan["project"]["name"])

    @property
    def specialists(self) -> tuple[Mapping[str, Any], ...]:
        """The arbiter's last."""
        arbiter = self.plan["arbiter"]
        return (*self.plan["specialists"], *((arbiter["specialist"],) if arbiter is not None else ()))

    @property
    def tracing(self) -> Mapping[str, Any] | None:
        """None where no request is recorded; a plan of an older compiler does not say."""
        found: Mapping[str, Any] | None = self.plan.get("observability", {}).get("tracing")
        return found

    @property
    def structure(self) -> str | None:
        """What the code says of itself; None where it does not."""
        found = _STRUCTURE.search((self.package / "__init__.py").read_text(encoding="utf-8"))
        return found.group(1) if found is not None else None


class NoRouterError(Exception):
    """There is no compiled router in the folder."""


def patient_in(folder: Path, environment: Mapping[str, str]) -> Patient:
    """The router in a folder: among the artifacts, in `router` itself, or the package. NoRouterError where there is none."""
    for place in (folder / "router", folder):
        for settings in (place / "settings.json", *sorted(place.glob("*/settings.json"))):
            package = settings.parent
            if (package / "__main__.py").is_file() and (package / "plan.json").is_file():
                try:
                    plan = orjson.loads((package / "plan.json").read_bytes())
                except orjson.JSONDecodeError as error:
                    raise NoRouterError(f"{package / 'plan.json'} is not JSON: {error}") from None
                return Patient(package, plan, environment)
    raise NoRouterError(f"There is no compiled router in {folder}: it holds a package with `settings.json` and `plan.json`.")
