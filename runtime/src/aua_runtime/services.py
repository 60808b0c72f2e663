"""What a running router has once, for all requests. Clock, randomness and transport come in from outside."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from aua_runtime.breaker import Breaker
from aua_runtime.classify import Vocabulary, vocabulary_of
from aua_runtime.contract.environment import specialist_model, specialist_url
from aua_runtime.contract.settings import Settings
from aua_runtime.metrics import Metrics
from aua_runtime.plan import Deployment, Specialist
from aua_runtime.replicas import Replicas, Upstream
from aua_runtime.request import PATHS, Operation
from aua_runtime.settle import Settling
from aua_runtime.track_record import TrackRecord
from aua_runtime.transport.address import address_of
from aua_runtime.transport.protocol import Transport
from aua_runtime.verify import Verifier

if TYPE_CHECKING:
    from aua_runtime.log import Log
    from aua_runtime.state import Recorder
    from aua_runtime.tracing import Tracer

ENTROPY_PAGE = 16384

_HEADER_VALUE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


class Misconfigured(Exception):
    """The environment lacks what the plan names, or holds what cannot be used. The message names the variable, never its value."""


class Entropy:
    """Random bytes from the operating system as hexadecimal digits, drawn in pages: a system call for each id would be dear."""

    __slots__ = ("_page", "_used")

    def __init__(self) -> None:
        self._page = ""
        self._used = 0

    def __call__(self, size: int) -> str:
        """`size` bytes, at most a page, that are given to nobody else: two digits each."""
        start = self._used
        self._used = end = start + 2 * size
        if end > len(self._page):
            self._page = os.urandom(ENTROPY_PAGE).hex()
            start = 0
            self._used = end = 2 * size
        return self._page[start:end]


@dataclass(slots=True)
class Services:
    """Made once at start by `services_of`; `settings` and the digests are swapped by a reload."""

    deployment: Deployment
    settings: Settings
    plan_digest: str
    router_digest: str
    key: bytes | None
    upstreams: Mapping[str, Replicas]
    vocabulary: Vocabulary
    transport: Transport
    recorder: "Recorder"
    metrics: Metrics
    log: "Log"
    clock: Callable[[], float]  # monotonic seconds
    wall: Callable[[], float]  # seconds since 1970
    random: Random
    entropy: Callable[[int], str] = field(default_factory=Entropy)
    verifier: Verifier = field(default_factory=Verifier)
    track_record: TrackRecord = field(default_factory=TrackRecord)
    settling: Settling = field(default_factory=Settling)
    tracer: "Tracer | None" = None  # None: tracing is off
    siblings: tuple[str, ...] = ()  # private sockets of the other workers, where this one answers for all
    open_answers: int = 0
    started: bool = False
    draining: bool = False


def upstreams_of(specialists: tuple[Specialist, ...], environment: Mapping[str, str], clock: Callable[[], float]) -> dict[str, Replicas]:
    """Each specialist's servers. Misconfigured when a key is missing or an address is not usable."""
    return {specialist.name: _replicas(specialist, environment, clock) for specialist in specialists}


def _replicas(specialist: Specialist, environment: Mapping[str, str], clock: Callable[[], float]) -> Replicas:
    given = environment.get(specialist_url(specialist.name), "").replace(",", " ").split()
    urls = given or (specialist.url, *specialist.replicas)
    model = environment.get(specialist_model(specialist.name)) or specialist.model
    return Replicas(specialist, model, [_upstream(specialist, url, environment, clock) for url in dict.fromkeys(urls)], clock)


def _upstream(specialist: Specialist, url: str, environment: Mapping[str, str], clock: Callable[[], float]) -> Upstream:
    variable = specialist_url(specialist.name)
    try:
        address = address_of(url, verify=specialist.tls_verify, private=specialist.private)
    except ValueError as error:
        raise Misconfigured(f"the address of specialist {specialist.name} ({variable}) cannot be used: {error}") from None
    lines = [
        f"host: {address.authority}",
        "content-type: application/json",
        "accept-encoding: identity",
    ]
    if specialist.key_env is not None:
        lines.append(f"authorization: Bearer {secret(specialist.key_env, environment)}")
    lines.extend(f"{name.lower()}: {value}" for name, value in specialist.headers.items())
    shared = "\r\n".join(lines).encode("latin-1", "replace")
    heads: dict[Operation, bytes] = {
        operation: f"POST {address.path}{path} HTTP/1.1\r\n".encode("latin-1") + shared for operation, path in PATHS.items()
    }
    probe = f"GET {address.path}{specialist.engine.health_path} HTTP/1.1\r\n".encode("latin-1") + shared + b"\r\n\r\n"
    return Upstream(specialist, address, heads, Breaker(specialist.breaker, clock), probe)


def secret(name: str, environment: Mapping[str, str]) -> str:
    """The value of a secret environment variable, without the line feed that files often end in."""
    value = environment.get(name, "").strip()
    if not value:
        raise Misconfigured(f"the environment variable {name} is not set")
    if not _HEADER_VALUE.fullmatch(value):
        raise Misconfigured(f"the environment variable {name} holds characters that a header cannot carry")
    return value


def services_of(
    deployment: Deployment,
    *,
    settings: Settings,
    plan_digest: str,
    router_digest: str,
    environment: Mapping[str, str],
    transport: Transport,
    recorder: "Recorder",
    metrics: Metrics,
    log: "Log",
    clock: Callable[[], float],
    wall: Callable[[], float],
    random: Random,
) -> Services:
    """Everything a deployment needs to answer. Misconfigured when the environment lacks something."""
    key_env = deployment.api.key_env
    return Services(
        deployment=deployment,
        settings=settings,
        plan_digest=plan_digest,
        router_digest=router_digest,
        key=secret(key_env, environment).encode() if key_env else None,
        upstreams=upstreams_of(deployment.specialists, environment, clock),
        vocabulary=vocabulary_of(deployment.fields),
        transport=transport,
        recorder=recorder,
        metrics=metrics,
        log=log,
        clock=clock,
        wall=wall,
        random=random,
    )
