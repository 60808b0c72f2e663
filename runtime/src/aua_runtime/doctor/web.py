"""One question to a server over HTTP, without proxies or redirects."""

import http.client
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

TIMEOUT_S = 5.0
BODY_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """A response: its status, its JSON (None where it is none), and the day on which the server's certificate ends."""

    status: int
    data: Any
    certificate_ends: str | None = None


class NotAnsweredError(Exception):
    """Nobody answers; the message says how, without an address."""


def asked(url: str, path: str) -> Told | None:
    """The response, or None where there is none."""
    try:
        return answered(url, path)
    except NotAnsweredError:
        return None


def answered(
    url: str, path: str, *, key: str | None = None, headers: dict[str, str] | None = None, verify: bool = True, body: bytes | None = None
) -> Told:
    """The response, to a POST where there is a `body`. NotAnsweredError where there is none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)
    sent = {"accept": "application/json", **(headers or {}), **({"authorization": f"Bearer {key}"} if key else {})}
    try:
        connection.request("GET" if body is None else "POST", parts.path.rstrip("/") + path, body, sent)
        ends = _certificate_ends(connection)
        response = connection.getresponse()
        read = response.read(BODY_BYTES)
    except ssl.SSLCertVerificationError as error:
        raise NotAnsweredError(f"its certificate is not accepted: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise NotAnsweredError(f"TLS fails: {error.reason}") from None
    except TimeoutError:
        raise NotAnsweredError(f"it does not answer within {TIMEOUT_S:.0f} s") from None
    except OSError as error:
        raise NotAnsweredError(f"it cannot be reached: {error.strerror or type(error).__name__}") from None
    except http.client.HTTPException as error:
        raise NotAnsweredError(f"it does not speak HTTP: {type(error).__name__}") from None
    finally:
        connection.close()
    try:
        data = orjson.loads(read)
    except orjson.JSONDecodeError:
        data = None
    return Told(response.status, data, ends)


def _certificate_ends(connection: http.client.HTTPConnection) -> str | None:
    sock = getattr(connection, "sock", None)
    certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    ends = certificate.get("notAfter") if certificate else None
    return ends if isinstance(ends, str) else None


def answered_text(url: str, path: str) -> str | None:
    """The text that a plain server answers with, or None where it does not answer or refuses."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(BODY_BYTES)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body.decode(errors="replace") if response.status == http.client.OK else None
