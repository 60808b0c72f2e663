"""`route`: a question to a running router; and how any command asks one."""

import http.client
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import orjson

TIMEOUT_S = 10.0


def show_route(url: str, question: str, key_env: str | None, *, folder: str | None, as_json: bool) -> int:
    """Print who would answer, and why: as a running router says, or as the one in `folder` would."""
    if folder is not None:
        from aua_runtime.cli.local import decided

        told = decided(folder, question)
        if told is None:
            return 2
    else:
        told = asked(url, "POST", "/route", {"query": question}, os.environ.get(key_env, "") if key_env else "")
        if told is None:
            return unreachable(url)
    status, data = told
    if as_json:
        print(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
    elif status == http.client.OK:
        print(f"{data['mode']}: {', '.join(data['specialists'])} ({data['reason'].replace('_', ' ')}, field {data['field']})")
        thresholds = data["thresholds"]
        print(f"  answers alone from {thresholds['single']:.2f}, joins a fan-out from {thresholds['fanout']:.2f}")
        for field, probability in data["probabilities"].items():
            loud = ", ".join(f"{each['word']} +{each['weight']:.1f}" for each in data.get("words", {}).get(field, []))
            print(f"  {probability:6.3f}  {field:22} {loud}".rstrip())
    else:
        print(data.get("message", "The router refused."), file=sys.stderr)
    return 0 if status == http.client.OK else 1


def unreachable(url: str) -> int:
    """Say so; the exit code."""
    print(f"No router answers at {url}.", file=sys.stderr)
    return 4


def asked(url: str, method: str, path: str, body: object = None, key: str = "") -> tuple[int, dict[str, Any]] | None:
    """Status and the JSON object of the body; None if no router answers. No proxy is asked."""
    found = fetched(url, path, method, orjson.dumps(body) if body is not None else None, key)
    try:
        told = orjson.loads(found[1]) if found is not None else None
    except orjson.JSONDecodeError:
        return None
    return (found[0], told) if found is not None and isinstance(told, dict) else None


def fetched(
    url: str, path: str, method: str = "GET", body: bytes | None = None, key: str = "", timeout_s: float = TIMEOUT_S
) -> tuple[int, bytes] | None:
    """Status and body; None if nobody answers. No proxy is asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        return None  # no port or address has such numbers
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=timeout_s)
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    try:
        connection.request(method, parts.path.rstrip("/") + path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
