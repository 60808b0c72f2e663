"""Which proxies are believed about where a request comes from: `X-Forwarded-For`, as RFC 7239, section 7.4 describes its chain."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aua_runtime.services import Misconfigured


class Trusted:
    """The addresses and networks of trusted proxies; `*` trusts every peer. Misconfigured where an entry is neither."""

    __slots__ = ("_all", "_networks")

    def __init__(self, trusted: tuple[str, ...]) -> None:
        self._all = "*" in trusted
        self._networks = tuple(_network(entry) for entry in trusted if entry != "*")

    def client(self, peer: str, chain: bytes) -> str:
        """The nearest address in the chain that no trusted proxy has; each proxy appends the one that it was called from."""
        hops = [hop for entry in chain.decode("latin-1").split(",") if (hop := _host(entry.strip()))]
        if not hops or not self._trusts(peer):
            return peer
        if self._all:
            return hops[0]
        return next((hop for hop in reversed(hops) if not self._trusts(hop)), hops[0])

    def _trusts(self, host: str) -> bool:
        if self._all:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        raise Misconfigured(f"`api.forwarded_allow_ips` names {entry}, which is neither an address nor a network") from None


def _host(entry: str) -> str:
    """An entry without its port.

    >>> _host("203.0.113.7:4711"), _host("[2001:db8::1]:80"), _host("2001:db8::1")
    ('203.0.113.7', '2001:db8::1', '2001:db8::1')
    """
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
