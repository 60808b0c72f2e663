"""`route --dir`: who would answer a question, decided here by the code of a generated router that need not run. Nothing is called."""

import sys
from collections.abc import Mapping
from importlib import import_module
from time import perf_counter
from types import SimpleNamespace
from typing import Any, cast

import orjson

from aua_runtime.classify import vocabulary_of
from aua_runtime.cli.serve import package_in
from aua_runtime.contract.errors import SETTINGS_REFUSED, ErrorCode, Failure
from aua_runtime.contract.settings import SettingsRefused, from_data
from aua_runtime.metrics import Metrics
from aua_runtime.plan import Deployment
from aua_runtime.reply.told import reasoned
from aua_runtime.request import Request
from aua_runtime.route import ROUTED


def decided(folder: str, question: str) -> tuple[int, dict[str, Any]] | None:
    """What `POST /route` of the router in this folder would say, with its HTTP status; None if no router is there."""
    found = package_in(folder)
    if found is None:
        return None
    root, package = found
    sys.path.insert(0, str(root))
    try:
        deployment: Deployment = import_module(f"{package}.app").DEPLOYMENT
    finally:
        sys.path.pop(0)
    try:
        request = _request(deployment, question)
        return 200, reasoned(request, deployment.routed(request))
    except Failure as failure:
        return failure.code.status, _refused(failure.code, failure.message, failure.details)
    except SettingsRefused as refused:
        return SETTINGS_REFUSED.status, _refused(SETTINGS_REFUSED, "; ".join(refused.faults), {"faults": list(refused.faults)})


def _refused(code: ErrorCode, message: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """A failure as the router tells it, without the trace that no request has here."""
    return {"error": code.name, "message": message, "details": dict(details)}


def _request(deployment: Deployment, question: str) -> Request:
    """As much of a request as deciding its route reads."""
    data = orjson.loads((deployment.folder / "settings.json").read_bytes())
    services = SimpleNamespace(clock=perf_counter, metrics=Metrics(), vocabulary=vocabulary_of(deployment.fields))
    settings = from_data(data, deployment.code)
    return cast("Request", SimpleNamespace(model=ROUTED, question=question, context="", settings=settings, services=services, trace=None))
