"""The specialists' servers: whether each can be reached, accepts the key, and lists the model that it is asked for."""

import ssl
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from aua_runtime.contract.environment import specialist_model, specialist_url
from aua_runtime.doctor.subject import Finding, Patient
from aua_runtime.doctor.web import NotAnsweredError, answered
from aua_runtime.transport.address import address_of

AT_ONCE = 16
CERTIFICATE_DAYS = 14
"""A certificate that ends sooner is told."""


def check(patient: Patient) -> Iterator[Finding]:
    """All servers are asked at once."""
    places = [(one, url) for one in patient.specialists for url in _urls(one, patient)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda place: _server(place[0], place[1], patient), places)


def _urls(specialist: Mapping[str, Any], patient: Patient) -> tuple[str, ...]:
    given = patient.environment.get(specialist_url(specialist["name"]), "").replace(",", " ").split()
    return tuple(given or (specialist["url"], *specialist.get("replicas", ())))


def _server(specialist: Mapping[str, Any], url: str, patient: Patient) -> Finding:
    name = specialist["name"]

    def told(level: Any, message: str) -> Finding:
        return Finding("backends", name, level, message)

    try:
        address = address_of(url, verify=specialist["tls_verify"])
    except ValueError as error:
        return told("error", f"The address in {specialist_url(name)} cannot be used: {error}.")
    key = patient.environment.get(specialist["auth_env"] or "", "").strip()
    if specialist["auth_env"] and not key:
        return told("skipped", f"Without {specialist['auth_env']} it cannot be asked.")
    where = f"{address.scheme}://{address.authority}"
    try:
        found = answered(f"{where}{address.path}", "/v1/models", key=key, headers=dict(specialist["headers"]), verify=address.verify)
    except NotAnsweredError as error:
        return told("error", f"{where}: {error}.")
    if found.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        source = f"the key in {specialist['auth_env']}" if key else "a call without a key"
        return told("error", f"{where} refuses {source} (status {found.status}).")
    if found.status != HTTPStatus.OK:
        return told("warning", f"{where} answers, but not to `/v1/models` (status {found.status}).")
    model = patient.environment.get(specialist_model(name)) or specialist["served_model"]
    listed = _models(found.data)
    if listed is None:
        return told("warning", f"{where} lists its models in a form of its own.")
    if not {model, f"{model}:latest"} & listed:  # Ollama lists a model without a tag as `latest`
        return told("error", f"{where} does not list the model `{model}`; it lists {', '.join(sorted(listed)[:5]) or 'none'}.")
    days = _days_left(found.certificate_ends)
    if days is not None and days < CERTIFICATE_DAYS:
        return told("warning", f"{where} lists `{model}`, but its certificate ends in {days} days.")
    return told("ok", f"{where} lists `{model}`")


def _models(data: Any) -> set[str] | None:
    try:
        return {str(one["id"]) for one in data["data"]}
    except (KeyError, TypeError):
        return None


def _days_left(ends: str | None) -> int | None:
    return int((ssl.cert_time_to_seconds(ends) - time.time()) // 86400) if ends is not None else None
