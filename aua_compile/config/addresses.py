"""What a host or URL of a config points at: this machine, a private network, a metadata service, everyone; and whether it hides that.

No name is resolved here: compiling never touches the network. The router judges what a name resolves to when it connects.
"""

import re
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal, TypeAlias

from aua_compile.frozen import dataclass

Reach = Literal["everywhere", "loopback", "private", "link-local", "metadata", "unusable", "public"]
Ip: TypeAlias = IPv4Address | IPv6Address

METADATA_NAMES = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.azure.internal",
        "metadata.goog",
        "metadata.google.internal",
        "metadata.packet.net",
        "metadata.platformequinix.com",
        "metadata.tencentyun.com",
        "rancher-metadata",
    }
)
"""Names under which clouds tell an instance its credentials: the vendors' pages on instance metadata."""

METADATA_ADDRESSES = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google, OpenStack, Oracle, DigitalOcean
        "169.254.170.2",  # AWS ECS task credentials
        "169.254.170.23",  # AWS EKS pod identity
        "169.254.0.23",  # Tencent
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's host agent
        "192.0.0.192",  # Oracle, classic
        "fd00:ec2::254",  # AWS over IPv6
        "fd00:ec2::23",  # AWS EKS pod identity over IPv6
        "fd20:ce::254",  # Google over IPv6
        "fd00:c1::a9fe:a9fe",  # Oracle over IPv6
    )
)

PRIVATE_ENDINGS = frozenset({"corp", "home", "internal", "intranet", "lan", "local", "localdomain", "private", "svc"})
"""Last labels that no public name has: RFC 6762 appendix G, ICANN's `internal`, and Kubernetes' `svc`."""

NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
COMPATIBLE = IPv6Network("::/96")  # RFC 4291, deprecated
TRANSLATED = IPv6Network("::ffff:0:0:0/96")  # RFC 2765
THIS_NETWORK = IPv4Network("0.0.0.0/8")
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NUMBER = r"0x[0-9a-f]*|[0-9]+"
LONGEST_NAME = 253
HIGHEST_PORT = 65535
BYTE = 256


@dataclass(frozen=True, slots=True)
class Host:
    """A host: a name in lower case or an address. `disguise` says how an address hides in what was written, `fault` why it is no host."""

    name: str
    reach: Reach
    disguise: str = ""
    fault: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Url:
    """An `http` or `https` URL in its parts; `fault` says why it is none."""

    scheme: str
    host: Host
    port: int
    path: str = ""
    userinfo: bool = False
    query: str = ""
    fragment: bool = False
    fault: str = ""


@lru_cache(maxsize=4096)
def host_of(text: str) -> Host:
    """What a host name or address, with or without brackets, points at.

    >>> host_of("127.0.0.1").reach, host_of("10.1.2.3").reach, host_of("llm.example.org").reach
    ('loopback', 'private', 'public')
    >>> host_of("0x7f.1").disguise
    'is `127.0.0.1` in hexadecimal'
    """
    return replace(_host_of(text.lower().removesuffix(".")), written=text)


def is_bindable(host: Host) -> bool:
    """Whether a listener can be given this host: an address of a machine, or `localhost`; no other name."""
    is_address = ":" in host.name or host.name[-1:].isdigit() or host.name == "localhost"
    return is_address and not host.fault and host.reach not in {"metadata", "link-local", "unusable"}


def _host_of(name: str) -> Host:
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    if not name:
        return Host("", "unusable", fault="the host is empty")
    if ":" in name or "%" in name:
        return _host_of_ipv6(name)
    if not name.isascii():
        return Host(name, "unusable", fault="the host holds a character outside ASCII; write the form that begins with `xn--`")
    labels = name.split(".")
    if re.fullmatch(NUMBER, labels[-1]):
        return _host_of_numbers(name, labels)
    if len(name) > LONGEST_NAME or not all(re.fullmatch(LABEL, label) for label in labels):
        return Host(name, "unusable", fault="the host is neither a name nor an address")
    return Host(name, _reach_of_name(name, labels))


def _reach_of_name(name: str, labels: list[str]) -> Reach:
    if name in METADATA_NAMES:
        return "metadata"
    if labels[-1] == "localhost":
        return "loopback"
    if len(labels) == 1 or labels[-1] in PRIVATE_ENDINGS or name.endswith((".home.arpa", ".cluster.local")):
        return "private"
    return "public"


def _host_of_ipv6(name: str) -> Host:
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return Host(name, "unusable", fault="the host is neither a name nor an address")
    hidden = _hidden(address)
    if hidden is not None:
        return Host(str(address), reach_of(hidden), disguise=f"holds the IPv4 address `{hidden}`")
    if "%" in name:
        return Host(name, "link-local", fault="the host names a network interface of one machine")
    return Host(str(address), reach_of(address))


def _hidden(address: Ip) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped (RFC 4291), 6to4 (RFC 3056), Teredo (RFC 4380), or translated."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    short = int(address) <= 1  # `::` and `::1` are addresses of their own
    if address in NAT64 or address in TRANSLATED or (address in COMPATIBLE and not short):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _host_of_numbers(name: str, labels: list[str]) -> Host:
    """A name whose last label is a number: clients read it as an IPv4 address (WHATWG URL, IPv4 parser), in any of inet_aton's forms."""
    try:
        return Host(name, reach_of(ip_address(name)))
    except ValueError:
        pass
    address = _inet_aton(labels)
    if address is None:
        return Host(name, "unusable", fault="the host ends in a number, but is no IPv4 address")
    forms = {
        "in hexadecimal": any(label.startswith("0x") for label in labels),
        "in octal": any(label[:1] == "0" and label != "0" for label in labels),
    }
    form = next((words for words, holds in forms.items() if holds), "as a plain number" if len(labels) == 1 else "in a short form")
    return Host(str(address), reach_of(address), disguise=f"is `{address}` {form}")


def _inet_aton(labels: list[str]) -> IPv4Address | None:
    """One to four numbers, decimal, octal or hexadecimal, the last filling all bytes that are left."""
    most = 4
    if len(labels) > most or not all(re.fullmatch(NUMBER, label) for label in labels):
        return None
    try:
        numbers = [int(label[2:] or "0", 16) if label.startswith("0x") else int(label, 8 if label[0] == "0" else 10) for label in labels]
    except ValueError:
        return None
    *heads, last = numbers
    if any(number >= BYTE for number in heads) or last >= BYTE ** (most - len(heads)):
        return None
    return IPv4Address(sum(number << (24 - 8 * index) for index, number in enumerate(heads)) + last)


def reach_of(address: Ip) -> Reach:
    """Who answers at an address. As the router judges when it connects: what is not global is private."""
    if address in METADATA_ADDRESSES:
        return "metadata"
    if address.is_unspecified:
        return "everywhere"
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast or address in THIS_NETWORK or (isinstance(address, IPv4Address) and address.is_reserved):
        return "unusable"
    return "public" if address.is_global else "private"


URL = r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
AUTHORITY = r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(:(?P<port>[0-9]{0,9}))?"
DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=4096)
def url_of(text: str) -> Url:
    """The parts of a URL, and what its host points at.

    >>> url_of("https://llm.example.org:8443/v1").port, url_of("http://a@b").userinfo, url_of("http://:80").host.fault
    (8443, True, 'the host is empty')
    """
    nowhere = Host("", "unusable")
    parts = re.fullmatch(URL, text, re.DOTALL)
    if parts is None:
        return Url("", nowhere, 0, fault="it does not begin with `http://` or `https://`")
    unwanted = next((letter for letter in text if letter in '\\<>"^`{|} ' or not letter.isprintable()), None)
    if unwanted is not None:
        return Url(parts["scheme"], nowhere, 0, fault=f"it holds {unwanted!r}, which a URL cannot")
    userinfo, at, authority = parts["authority"].rpartition("@")
    named = re.fullmatch(AUTHORITY, authority)
    if named is None:
        return Url(parts["scheme"], nowhere, 0, userinfo=bool(at), fault="its host and port cannot be told apart")
    port = int(named["port"]) if named["port"] else DEFAULT_PORTS[parts["scheme"]]
    fault = "" if 0 < port <= HIGHEST_PORT else f"its port {port} is not between 1 and {HIGHEST_PORT}"
    return Url(
        parts["scheme"],
        host_of(named["host"]),
        port,
        parts["path"],
        userinfo=bool(at or userinfo),
        query=parts["query"] or "",
        fragment=parts["fragment"] is not None,
        fault=fault,
    )
