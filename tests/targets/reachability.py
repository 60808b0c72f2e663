"""What NetworkPolicies allow, computed as the API's documentation defines it.

A pod that no policy selects for a direction is open in that direction; one that is selected may do what any of these policies allows. A
connection between pods needs both ends. Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, TypeAlias

Policy: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod as a policy sees it. `namespace` is also the namespace's `kubernetes.io/metadata.name`."""

    namespace: str
    labels: Mapping[str, str] = field(hash=False)


def may_connect(policies: Sequence[Policy], source: Pod, destination: Pod, port: int, protocol: str = "TCP") -> bool:
    """Whether a pod reaches a pod."""
    leaves = _allows(policies, "Egress", source, destination, port, protocol)
    return leaves and _allows(policies, "Ingress", destination, source, port, protocol)


def may_leave(policies: Sequence[Policy], source: Pod, address: str, port: int, protocol: str = "TCP") -> bool:
    """Whether a pod reaches an address outside the cluster."""
    return _allows(policies, "Egress", source, address, port, protocol)


def may_enter(policies: Sequence[Policy], destination: Pod, address: str, port: int, protocol: str = "TCP") -> bool:
    """Whether an address outside the cluster reaches a pod."""
    return _allows(policies, "Ingress", destination, address, port, protocol)


def _allows(policies: Sequence[Policy], direction: str, pod: Pod, other: Pod | str, port: int, protocol: str) -> bool:
    selecting = [
        policy
        for policy in policies
        if policy["metadata"]["namespace"] == pod.namespace
        and direction in policy["spec"]["policyTypes"]
        and _matches(policy["spec"]["podSelector"], pod.labels)
    ]
    if not selecting:
        return True
    peers = "from" if direction == "Ingress" else "to"
    return any(
        _port_matches(rule.get("ports"), port, protocol) and _peer_matches(rule.get(peers), other, policy["metadata"]["namespace"])
        for policy in selecting
        for rule in policy["spec"].get(direction.lower(), ())
    )


def _port_matches(ports: Sequence[Mapping[str, Any]] | None, port: int, protocol: str) -> bool:
    return not ports or any(one["port"] == port and one.get("protocol", "TCP") == protocol for one in ports)


def _peer_matches(peers: Sequence[Mapping[str, Any]] | None, other: Pod | str, namespace: str) -> bool:
    return not peers or any(_one_peer_matches(peer, other, namespace) for peer in peers)


def _one_peer_matches(peer: Mapping[str, Any], other: Pod | str, namespace: str) -> bool:
    if "ipBlock" in peer:
        return isinstance(other, str) and _in_block(peer["ipBlock"], other)
    if isinstance(other, str):
        return False
    if "namespaceSelector" in peer:
        in_namespace = _matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace})
    else:
        in_namespace = other.namespace == namespace
    return in_namespace and _matches(peer.get("podSelector", {}), other.labels)


def _in_block(block: Mapping[str, Any], address: str) -> bool:
    inside = ip_address(address) in ip_network(block["cidr"])
    return inside and not any(ip_address(address) in ip_network(one) for one in block.get("except", ()))


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}, "only what is emitted is modelled"
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())
