"""The dispatcher: Host, key, route table, errors. One `App` per listener; both share the services.

What happens to a question is in the generated `pipeline.py`, what each route does in `endpoints`; here is what surrounds it.
"""

import hashlib
import hmac
import re
from asyncio import CancelledError, Task
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Literal

from aua_runtime.contract import log_fields
from aua_runtime.contract import metrics as names
from aua_runtime.contract.errors import (
    AUTH_REQUIRED,
    DRAINING,
    HOST_REFUSED,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    REQUEST_INVALID,
    Failure,
)
from aua_runtime.contract.routes import Endpoint, endpoints_of
from aua_runtime.endpoints import HANDLERS, Handler
from aua_runtime.forwarded import Trusted
from aua_runtime.log import place_of
from aua_runtime.services import Services
from aua_runtime.visit import Visit

Methods = dict[str, tuple[Endpoint, Handler]]

HOSTS_KNOWN = 256
"""Host headers that have been looked at and found ours, kept so that the next request need not look again."""
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")  # RFC 9110, section 7.2, without escapes


class App:
    """Answers one listener. `reload` reads `settings.json` again; it is the server's, because it does I/O."""

    def __init__(
        self,
        services: Services,
        face: Literal["public", "management"],
        reload: Callable[[], str],
        plan: bytes,
        trusted: tuple[str, ...] = (),
    ) -> None:
        self.services = services
        self.face = face
        self.reload = reload
        self.plan = plan
        self._handlers: dict[str, Methods] = {}
        self._below: dict[str, Methods] = {}  # by what comes before the parameter
        for endpoint in endpoints_of(face):
            if endpoint.name in {"metrics", "cost"} and not services.deployment.metrics:
                continue
            before, parameter, _ = endpoint.path.partition("{")
            known = self._below if parameter else self._handlers
            known.setdefault(before, {})[endpoint.method] = (endpoint, HANDLERS[endpoint.name])
        self.targets = {path.encode(): path for path in self._handlers}  # most requests name the path of a route and nothing else
        self._hosts = _hosts_of(services)
        self._known_hosts: set[bytes] = set()
        self._trusted = Trusted(trusted) if trusted else None

    def client_host(self, peer: str, fields: Mapping[bytes, bytes]) -> str:
        """Where a request comes from: the socket's other end, or what a trusted proxy there says."""
        return peer if self._trusted is None else self._trusted.client(peer, fields.get(b"x-forwarded-for", b""))

    async def answer(self, visit: Visit, tasks: set[Task[None]]) -> None:
        """One request, from its dispatch to the last byte of its response and what is done after it."""
        try:
            refused = self.refusal(visit)
            if refused is not None:
                await self._fail(visit, refused)
            elif visit.method == "OPTIONS":
                visit.preflight(self._methods(visit.path) or ())
            else:
                methods = self._methods(visit.path)
                assert methods is not None
                await methods["GET" if visit.method == "HEAD" else visit.method][1](visit)
        except Failure as failure:
            await self._fail(visit, failure)
        except CancelledError:
            if not self.services.draining and not visit.left():
                raise
            await visit.fail(Failure(DRAINING, "The router stopped before it had an answer."))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the place
            self.services.metrics.count(names.ERRORS, INTERNAL.name)
            self.services.log.tell(
                log_fields.INTERNAL_ERROR,
                {
                    "request_id": visit.id,
                    "trace_id": visit.trace_id,
                    "route": self._route(visit.path),
                    "error": type(error).__name__,
                    "where": place_of(error),
                },
            )
            await visit.fail(Failure(INTERNAL, "The router failed; its log has the cause under the request id."))
        finally:
            if visit.task is not None:
                tasks.discard(visit.task)
            visit.client = visit.asked = None  # they hold the visit, too: so all of it goes at once, without the garbage collector

    async def _fail(self, visit: Visit, failure: Failure) -> None:
        self.services.metrics.count(names.ERRORS, failure.code.name)
        asked = visit.asked
        if asked is None or asked.error is None:  # else its end has a line
            self.services.log.tell(
                log_fields.REQUEST_FAILED,
                {
                    "request_id": visit.id,
                    "trace_id": visit.trace_id,
                    "route": self._route(visit.path),
                    "code": failure.code.name,
                    "status": failure.status,
                    "client": visit.client_host,
                },
            )
        await visit.fail(failure)
        if self.services.tracer is not None and self.face == "public":
            self.services.tracer.refused(visit, failure)

    def refusal(self, visit: Visit) -> Failure | None:
        """Why a request is not served, as far as its head tells."""
        if visit.refused is not None:
            return visit.refused
        host = visit.headers.get(b"host", b"")
        if host not in self._known_hosts:
            if not _HOST.fullmatch(host) and (host or visit.chunked):  # only HTTP/1.0 may leave it out
                return Failure(REQUEST_INVALID, "The Host header is missing, or names no host.")
            if not self._host_allowed(host):
                return Failure(HOST_REFUSED, "This Host is not served here; `api.allowed_hosts` lists those that are.")
        methods = self._methods(visit.path)
        if methods is None:
            return Failure(NOT_FOUND, "There is no such route.")
        if visit.method == "OPTIONS" and b"access-control-request-method" in visit.headers:
            return None
        found = methods.get("GET" if visit.method == "HEAD" else visit.method)
        if found is None:
            taken = ", ".join([*methods, *(("HEAD",) if "GET" in methods else ())])
            return Failure(METHOD_NOT_ALLOWED, f"This route takes {taken}.", details={"allow": taken})
        key = self.services.key
        if key is not None and found[0].keyed and not _key_fits(visit.headers.get(b"authorization", b""), key):
            return Failure(AUTH_REQUIRED, "Send the router's key as `Authorization: Bearer ...`.")
        return None

    def _route(self, path: str) -> str | None:
        """The route of a path as the API names it; None where it is none, so that no log holds what a client typed."""
        return next((endpoint.path for endpoint, _ in (self._methods(path) or {}).values()), None)

    def _methods(self, path: str) -> Methods | None:
        """What a path can be asked; one whose last part is a parameter is found by what comes before it."""
        return self._handlers.get(path) or self._below.get(path[: path.rfind("/") + 1])

    def _host_allowed(self, host: bytes) -> bool:
        """Whether a Host header is one of ours. A web page can point a name of its own at us, but it cannot make that name ours."""
        name = _host_name(host.decode("latin-1").lower())
        exact, suffixes, anything = self._hosts
        allowed = anything or name in exact or _is_address(name) or name.endswith(suffixes) or _is_service(name, self.services)
        if allowed and host and len(self._known_hosts) < HOSTS_KNOWN:
            self._known_hosts.add(host)
        return allowed


def _hosts_of(services: Services) -> tuple[frozenset[str], tuple[str, ...], bool]:
    api = services.deployment.api
    allowed = [host.lower() for host in api.allowed_hosts]
    exact = {"", "localhost", api.service, api.public.host.lower(), *allowed}
    suffixes = [host[1:] for host in allowed if host.startswith("*.")]
    return frozenset(exact), (".localhost", *suffixes), "*" in allowed


def _is_service(name: str, services: Services) -> bool:
    """Whether a name is that of our Service in some namespace of a Kubernetes cluster; `svc` is no domain that anyone can register."""
    return name.startswith(f"{services.deployment.api.service}.") and name.endswith((".svc", ".svc.cluster.local"))


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    """Whether a host name is an IP literal: no web page can have one as its own name, so it cannot be rebound."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _key_fits(authorization: bytes, key: bytes) -> bool:
    """Compared in constant time, as digests so that not even the key's length shows."""
    scheme, _, given = authorization.partition(b" ")
    same = hmac.compare_digest(hashlib.sha256(given.strip()).digest(), hashlib.sha256(key).digest())
    return same and scheme.lower() == b"bearer"
