"""Where a model server listens, and which addresses may be called at all.

A name is resolved once per connection and checked before it is used, so a model server cannot send the router elsewhere.
"""

import asyncio
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from socket import SOCK_STREAM
from typing import Literal
from urllib.parse import urlsplit

from aua_runtime.transport.outcomes import Unreachable

_NEVER = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"), ip_network("fd00:ec2::254/128"), ip_network("100.100.100.200/32"))
"""Link-local and cloud metadata addresses: no model server lives there, credentials do."""


@dataclass(frozen=True, slots=True, eq=False)
class Address:
    """Where a model server listens. `private` allows loopback and private networks.

    Equal by identity, which is cheap to hash: `address_of` gives the same one for the same URL.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str  # what precedes `/v1`; empty or starting with a slash
    verify: bool = True
    private: bool = True

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


@cache
def address_of(url: str, *, verify: bool = True, private: bool = True) -> Address:
    """The address in a base URL; ValueError if it is not a plain `http(s)://host[:port][/path]`."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("a base URL is http(s)://host[:port][/path]")
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    return Address(scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[scheme], parts.path.rstrip("/"), verify, private)


async def resolved(address: Address) -> list[str]:
    """The IP addresses to try, in order. Unreachable when there is none that may be called."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter where a label is empty or too long for a name
        raise Unreachable("its name does not resolve") from None
    hosts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [host for host in hosts if reachable(host, private=address.private)]
    if not allowed:
        raise Unreachable("its address may not be called; `allow_private` permits private ones")
    return allowed


def reachable(host: str, *, private: bool) -> bool:
    """Whether an IP address may be called at all.

    >>> reachable("169.254.169.254", private=True), reachable("10.0.0.5", private=True), reachable("10.0.0.5", private=False)
    (False, True, False)
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in _NEVER) or address.is_multicast or address.is_unspecified:
        return False
    return private or address.is_global
