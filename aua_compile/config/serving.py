"""Who needs a model, which backend serves it, and whether this deployment starts it (managed) or only calls it (external)."""

from ipaddress import ip_address
from typing import TypeAlias

from aua_compile.config.model import Config
from aua_compile.config.model.models import ENGINE_KINDS, Backend, BackendKind
from aua_compile.config.model.specialists import Arbiter, Specialist
from aua_compile.frozen import dataclass

Spec: TypeAlias = Specialist | Arbiter

STARTED_KINDS = ("vllm", "ollama", "llamacpp", "sglang")
"""Kinds of backends that a deployment can start itself."""

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class External:
    """Where an external specialist is reached: the `urls` of its servers have no `/v1`."""

    backend: str
    kind: BackendKind
    urls: tuple[str, ...]
    settings: Backend


def has_arbiter(config: Config) -> bool:
    """Whether an arbiter runs: it is on, and some layer gave it a model."""
    return config.arbiter.enabled and bool(config.arbiter.model)


def specs(config: Config) -> list[tuple[str, Spec]]:
    """Everything that needs a model, with its path by name: the specialists, then the arbiter."""
    found: list[tuple[str, Spec]] = [(f"specialists.{spec.name}", spec) for spec in config.specialists]
    return [*found, ("arbiter", config.arbiter)] if has_arbiter(config) else found


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("gpu7.example.org")
    (True, True, True, False)
    """
    bare = host.strip("[]").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def backend_of(name: str | None, config: Config) -> Backend | None:
    """The backend that a name means; every kind is declared under its own name. None for no name or an unknown one."""
    if name is None:
        return None
    return config.backends.get(name) or next((Backend(kind=kind) for kind in ENGINE_KINDS if kind == name), None)


def backend_name(spec: Spec, config: Config) -> str | None:
    """The backend that a specialist asks for: its own, else the one of its first model, if that is the config's."""
    if spec.backend is not None or not spec.model:
        return spec.backend
    own = config.models.get(spec.model[0])
    return own.backend if own else None


def external(spec: Spec, config: Config) -> External | None:
    """Where to reach a specialist that this deployment does not start; None for a managed one."""
    name = backend_name(spec, config)
    backend = backend_of(name, config)
    if spec.host is not None and not is_loopback(spec.host):
        settings = backend or Backend(kind="openai")
        scheme = spec.scheme or "http"
        host = f"[{spec.host}]" if ":" in spec.host and not spec.host.startswith("[") else spec.host
        port = f":{spec.port}" if spec.port is not None and spec.port != DEFAULT_PORTS[scheme] else ""
        return External(name or settings.kind, settings.kind, (f"{scheme}://{host}{port}",), settings)
    if backend is not None and backend.base_url is not None:
        urls = tuple(url.rstrip("/").removesuffix("/v1") for url in backend.base_url)
        return External(name or backend.kind, backend.kind, urls, backend)
    return None
