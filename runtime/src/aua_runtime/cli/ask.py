"""`route` and `status`: questions to a running router."""

import http.client
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import orjson

TIMEOUT_S = 10.0


def show_route(url: str, question: str, key_env: str | None, *, as_json: bool) -> int:
    """Print who would answer, and why."""
    told = _asked(url, "POST", "/route", {"query": question}, os.environ.get(key_env, "") if key_env else "")
    if told is None:
        return _unreachable(url)
    status, data = told
    if as_json:
        print(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
    elif status == http.client.OK:
        print(f"{data['mode']}: {', '.join(data['specialists'])} ({data['reason'].replace('_', ' ')}, field {data['field']})")
        thresholds = data["thresholds"]
        print(f"  answers alone from {thresholds['single']:.2f}, joins a fan-out from {thresholds['fanout']:.2f}")
        for field, probability in data["probabilities"].items():
            print(f"  {probability:6.3f}  {field}")
    else:
        print(data.get("message", "The router refused."), file=sys.stderr)
    return 0 if status == http.client.OK else 1


def show_status(url: str, *, as_json: bool) -> int:
    """Print whether the router is ready, what it runs, and how its specialists' breakers stand; 1 if it is not ready."""
    ready = _asked(url, "GET", "/health/ready")
    version = _asked(url, "GET", "/version")
    if ready is None or version is None:
        return _unreachable(url)
    data = {**version[1], **ready[1]}
    if as_json:
        print(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
    else:
        print(f"{data['deployment']}: {data['status']}")
        print(f"  plan {data['plan']}, runtime {data['runtime']}, Python {data['python']}")
        print(f"  state is {'written' if data['state'] else 'not written'}")
        for name, state in data["breakers"].items():
            print(f"  {name}: breaker {state}")
    return 0 if ready[0] == http.client.OK else 1


def _unreachable(url: str) -> int:
    print(f"No router answers at {url}.", file=sys.stderr)
    return 4


def _asked(url: str, method: str, path: str, body: object = None, key: str = "") -> tuple[int, dict[str, Any]] | None:
    """Status and JSON body; None if nobody answers. No proxy is asked."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT_S)
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    try:
        connection.request(method, parts.path.rstrip("/") + path, orjson.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        return response.status, orjson.loads(response.read())
    except (OSError, http.client.HTTPException, orjson.JSONDecodeError):
        return None
    finally:
        connection.close()
