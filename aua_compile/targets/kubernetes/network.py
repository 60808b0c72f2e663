"""NetworkPolicies: nothing may talk, except along the edges of the plan.

The edges are: clients to the router; Prometheus to every metrics port; the router to its engines, to external backends, to the
database, to webhooks and to where traces go; fetch Jobs to the weights' hosts; everything to the cluster's DNS. Engines call nobody.

A NetworkPolicy knows addresses, not names. An external backend with a name is therefore a port that is open to all public addresses (all
addresses, where the backend may be private); the README lists the hosts that are meant.
"""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from aua_compile.names import dns_label
from aua_compile.observe.collector import PORTS, collector_of
from aua_compile.observe.scrape import router_is_scraped
from aua_compile.plan.model import Plan, Specialist
from aua_compile.plan.ports import COLLECTOR
from aua_compile.targets.kubernetes.engines import Group
from aua_compile.targets.kubernetes.labels import MANAGED_BY, NAME, Object, match, metadata, selector
from aua_compile.targets.kubernetes.router import shares_state

_EVERYWHERE = ("0.0.0.0/0", "::/0")
# What is never a public backend: private, shared, loopback and link-local networks (RFC 6890); metadata services answer in the last.
_LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
_NOT_PUBLIC = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", *_LINK_LOCAL)

_HTTPS_PORT, _HTTP_PORT = 443, 80
_DNS_PORT = 53
_UNKNOWN_URL = "https:"  # where a webhook's is a secret
_POSTGRES_PORT = 5432  # the DSN is a secret, so the plan does not know another

_NODE_DNS = {"ipBlock": {"cidr": "169.254.20.10/32"}}  # where NodeLocal DNSCache listens by default, on every node that has it
_DNS = {"namespaceSelector": match({"kubernetes.io/metadata.name": "kube-system"}), "podSelector": match({"k8s-app": "kube-dns"})}
# The operator's own labels: a workload of ours that is called `prometheus` is not meant.
_PROMETHEUS = {"namespaceSelector": {}, "podSelector": match({NAME: "prometheus", MANAGED_BY: "prometheus-operator"})}


def network_objects(plan: Plan) -> Iterator[Object]:
    """Default deny, DNS, and the traffic of the router, of external backends and of fetch Jobs."""
    yield _policy(plan, "default-deny", {}, ingress=[], egress=[])
    yield _policy(plan, "dns", {}, egress=[{"to": [_DNS, _NODE_DNS], "ports": [_port(_DNS_PORT, "UDP"), _port(_DNS_PORT)]}])
    router = selector(plan, "router", plan.router.service)
    yield _policy(plan, "router", router, ingress=list(_to_router(plan)))
    beyond = [*_to_hosts(_called(plan)), *_to_database(plan)]
    if beyond:
        yield _policy(plan, "external", router, egress=beyond)
    if plan.fetches:
        yield _policy(plan, "fetch", selector(plan, "fetch"), egress=[_to_public(_HTTPS_PORT)])


def engine_policies(plan: Plan, group: Group) -> Iterator[Object]:
    """Both ends of the edge from the router to one pod of engines, and Prometheus' way to those that export metrics."""
    engine, router = selector(plan, "engine", group.name), selector(plan, "router", plan.router.service)
    ports = [_port(instance.port) for instance in group.instances]
    ingress: list[Object] = [{"from": [{"podSelector": match(router)}], "ports": ports}]
    metrics = [_port(instance.port) for instance in group.instances if instance.metrics_path is not None]
    if metrics:
        ingress.append({"from": [_PROMETHEUS], "ports": metrics})
    yield _policy(plan, dns_label(f"engine-{group.name}"), engine, ingress=ingress)
    yield _policy(plan, dns_label(f"to-{group.name}"), router, egress=[{"to": [{"podSelector": match(engine)}], "ports": ports}])


def collector_policies(plan: Plan) -> Iterator[Object]:
    """The way of spans from the router to the collector and on, and Prometheus' to the collector's metrics."""
    collector = collector_of(plan)
    if collector is None:
        return
    router, pods = selector(plan, "router", plan.router.service), selector(plan, "collector", COLLECTOR)
    taking, metrics = [_port(PORTS["otlp-http"])], [_port(PORTS["own-metrics"]), _port(PORTS["metrics"])]
    ingress: list[Object] = [{"from": [{"podSelector": match(router)}], "ports": taking}, {"from": [_PROMETHEUS], "ports": metrics}]
    egress = list(_to_hosts({_endpoint(export.endpoint): True for export in collector.exports}))
    yield _policy(plan, COLLECTOR, pods, ingress=ingress, egress=egress)
    yield _policy(plan, f"to-{COLLECTOR}", router, egress=[{"to": [{"podSelector": match(pods)}], "ports": taking}])


def named_hosts(plan: Plan) -> tuple[str, ...]:
    """The external hosts that a NetworkPolicy cannot name, as host and port, sorted."""
    collector = collector_of(plan)
    beyond = {*_called(plan), *(_endpoint(export.endpoint) for export in (collector.exports if collector is not None else ()))}
    return tuple(sorted(f"{host}:{port}" for host, port in beyond if host and not _is_address(host) and _namespace(host) is None))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _to_router(plan: Plan) -> Iterator[Object]:
    # Published to this machine only means here: to this namespace only.
    clients: Object = {"from": [{"podSelector": {}}]} if is_loopback(plan.api.public.host) else {}
    yield clients | {"ports": [_port(plan.api.public.port)]}
    if router_is_scraped(plan):
        yield {"from": [_PROMETHEUS], "ports": [_port(plan.api.management.port)]}


def _called(plan: Plan) -> dict[tuple[str, int], bool]:
    """Every external host and port that the router calls, and whether its address may be a private one."""
    by_trust = sorted(_external(plan), key=lambda one: one.allow_private)
    tracing = plan.observability.tracing
    traces = {_endpoint(tracing.url): True} if tracing is not None and tracing.collector is None else {}
    hooks = {
        _endpoint(one.url or _UNKNOWN_URL): one.allow_private
        for one in sorted(plan.observability.webhooks, key=lambda one: one.allow_private)
    }
    return {endpoint: one.allow_private for one in by_trust for endpoint in _endpoints(one)} | hooks | traces


def _to_hosts(private: Mapping[tuple[str, int], bool]) -> Iterator[Object]:
    """One rule for each different thing that can be said of external hosts; many of them come to the same."""
    rules: dict[tuple[str, int], Object] = {}
    for (host, port), may_be_private in sorted(private.items()):
        namespace = _namespace(host)
        if _is_address(host):
            rules[host, port] = {"to": [{"ipBlock": {"cidr": str(ip_network(host))}}], "ports": [_port(port)]}
        elif namespace is not None:
            # Policies see the pod's port, which the Service may have translated.
            rules[namespace, 0] = {"to": [{"namespaceSelector": match({"kubernetes.io/metadata.name": namespace})}]}
        elif may_be_private:
            rules["private", port] = {"to": [_block(cidr, _LINK_LOCAL) for cidr in _EVERYWHERE], "ports": [_port(port)]}
        else:
            rules["public", port] = _to_public(port)
    yield from rules.values()


def _to_database(plan: Plan) -> Iterator[Object]:
    if shares_state(plan):
        yield {"to": [_block(cidr, _LINK_LOCAL) for cidr in _EVERYWHERE], "ports": [_port(_POSTGRES_PORT)]}


def _to_public(port: int) -> Object:
    return {"to": [_block(cidr, _NOT_PUBLIC) for cidr in _EVERYWHERE], "ports": [_port(port)]}


def _external(plan: Plan) -> Iterator[Specialist]:
    return (specialist for specialist in plan.called if specialist.instance is None)


def _endpoints(specialist: Specialist) -> Iterator[tuple[str, int]]:
    return map(_endpoint, specialist.container_urls)


def _endpoint(text: str) -> tuple[str, int]:
    url = urlsplit(text)
    return url.hostname or "", url.port or (_HTTPS_PORT if url.scheme == "https" else _HTTP_PORT)


def _namespace(host: str) -> str | None:
    """The namespace of a Service of this cluster (`name.namespace.svc`, with or without the cluster's domain), else None."""
    match host.rstrip(".").removesuffix(".cluster.local").split("."):
        case [_, namespace, "svc"]:
            return namespace
    return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _block(cidr: str, excepted: Iterable[str]) -> Object:
    """Every address of `cidr` but those excepted; only those of its own version may be named."""
    version = ":" in cidr
    return {"ipBlock": {"cidr": cidr, "except": [one for one in excepted if (":" in one) == version]}}


def _port(port: int, protocol: str = "TCP") -> Object:
    return {"protocol": protocol, "port": port}


def _policy(
    plan: Plan, name: str, pods: dict[str, str], *, ingress: list[Object] | None = None, egress: list[Object] | None = None
) -> Object:
    """A policy for the pods with these labels. A direction that is not given is left to other policies; an empty one is closed."""
    directions = (("Ingress", ingress), ("Egress", egress))
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(plan, "network", name),
        "spec": {
            "podSelector": match(pods) if pods else {},
            "policyTypes": [direction for direction, rules in directions if rules is not None],
            **{direction.lower(): rules for direction, rules in directions if rules},
        },
    }
