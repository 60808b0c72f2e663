"""The environment variables that the plan names: secrets that must be set, addresses that may be."""

from collections.abc import Iterator

from aua_runtime.contract.environment import SETTINGS_FOLDER, TRACES_URL, specialist_model, specialist_url
from aua_runtime.doctor.subject import Finding, Patient
from aua_runtime.services import Misconfigured, secret


def check(patient: Patient) -> Iterator[Finding]:
    """Values are never shown."""
    for name in secrets(patient):
        try:
            secret(name, patient.environment)
        except Misconfigured as error:
            yield Finding("environment", name, "error", f"{str(error)[0].upper()}{str(error)[1:]}.")
        else:
            yield Finding("environment", name, "ok", "set")
    overrides = [variable(one["name"]) for one in patient.specialists for variable in (specialist_url, specialist_model)]
    for name in (SETTINGS_FOLDER, TRACES_URL, *overrides):
        if patient.environment.get(name):
            yield Finding("environment", name, "ok", "set; it wins over the plan")


def secrets(patient: Patient) -> tuple[str, ...]:
    """The variables without which the router does not start."""
    plan = patient.plan
    of_traces = patient.tracing["header_env"].values() if patient.tracing is not None else ()
    hooks = [one[key] for one in plan.get("observability", {}).get("webhooks", ()) for key in ("url_env", "signing_env")]
    named = (plan["api"]["api_key_env"], plan["state"]["dsn_env"], *(one["auth_env"] for one in patient.specialists), *of_traces, *hooks)
    return tuple(dict.fromkeys(name for name in named if name))
