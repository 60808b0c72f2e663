"""The router's two listeners: whether their places are free, or held by this very router."""

import errno
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from aua_runtime.doctor.subject import Finding, Patient
from aua_runtime.doctor.web import asked


def check(patient: Patient) -> Iterator[Finding]:
    """Places as the plan has them for a router without a container."""
    for role in ("public", "management"):
        yield _listener(role, patient.plan["api"][role], patient.name)


def _listener(role: str, listener: Mapping[str, Any], name: str) -> Finding:
    if listener["socket"] is not None:
        folder = next(place for place in Path(listener["socket"]).absolute().parents if place.exists())
        if not folder.is_dir():
            return Finding("ports", role, "error", f"{folder} is not a folder.")
        return Finding("ports", role, "ok", f"a Unix socket under {folder}")
    host, port = str(listener["host"]), int(listener["port"])
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, protocol)) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the router does; a port in use stays in use
            trial.bind(address)
    except OSError as error:
        told = asked(f"http://{where}", "/version")
        data = told.data if told is not None else None
        if isinstance(data, dict) and data.get("deployment") == name:
            return Finding("ports", role, "ok", f"{where} is held by the router of this deployment, which runs")
        holder = f"the router of {data['deployment']}" if isinstance(data, dict) and "deployment" in data else "another program"
        if error.errno != errno.EADDRINUSE:
            return Finding("ports", role, "error", f"The router cannot listen on {where}: {error.strerror}.")
        return Finding("ports", role, "error", f"{where} is held by {holder}.")
    return Finding("ports", role, "ok", f"{where} is free")
