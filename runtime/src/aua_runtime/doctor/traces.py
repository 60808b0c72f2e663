"""Where spans are sent: whether it takes an export, which is tried with an empty one."""

from collections.abc import Iterator
from http import HTTPStatus

from aua_runtime.contract.environment import TRACES_URL
from aua_runtime.contract.spans import TRACES_PATH
from aua_runtime.doctor.subject import Finding, Level, Patient
from aua_runtime.doctor.web import NotAnsweredError, answered
from aua_runtime.services import Misconfigured, secret
from aua_runtime.transport.address import address_of

NOTHING = b'{"resourceSpans":[]}'


def check(patient: Patient) -> Iterator[Finding]:
    """Nothing where tracing is off."""
    tracing = patient.tracing
    if tracing is None:
        return

    def told(level: Level, message: str) -> Finding:
        return Finding("traces", "tracing", level, message)

    url = patient.environment.get(TRACES_URL, "").strip() or tracing["url"]
    try:
        address = address_of(url)
    except ValueError as error:
        yield told("error", f"The address in {TRACES_URL} cannot be used: {error}.")
        return
    try:
        secrets = {header: secret(name, patient.environment) for header, name in tracing["header_env"].items()}
    except Misconfigured as error:
        yield told("skipped", f"It cannot be asked: {error}.")
        return
    where = f"{address.scheme}://{address.authority}"
    headers = {"content-type": "application/json", **tracing["headers"], **secrets}
    try:
        found = answered(f"{where}{address.path}", TRACES_PATH, headers=headers, body=NOTHING)
    except NotAnsweredError as error:
        # A router serves without it, and the collector of compose may start later.
        yield told("warning", f"{where}: {error}; spans are lost until it answers.")
        return
    if HTTPStatus.OK <= found.status < HTTPStatus.MULTIPLE_CHOICES:
        yield told("ok", f"{where} takes spans")
    elif found.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        yield told("error", f"{where} refuses the headers that it is sent (status {found.status}).")
    else:
        yield told("error", f"{where} takes no spans over HTTP (status {found.status}).")
