"""Which plan fields a target cannot express, and those it expresses nearly. What it does express, docs/targets.md lists as tested."""

from collections.abc import Mapping

UNSUPPORTED: Mapping[str, Mapping[str, str]] = {
    "compose": {
        "volumes[].size_gib": "a volume of the local driver grows as far as its disk does",
        "volumes[].storage_class": "storage classes exist in Kubernetes only",
        "router.replicas": "its published port belongs to one container",
    },
}
"""Target -> plan field -> why not. A config that says something of such a field gets a warning."""

APPROXIMATED: Mapping[str, Mapping[str, str]] = {
    "kubernetes": {
        "instances[].start_after": "engines that share a GPU are containers of one pod, started in their order",
        "api.public.host": "a Service of the cluster publishes the router; what lies before it is the cluster's",
    },
    "compose": {"instances[].start_after": "`depends_on` with the health of what must be ready"},
}
"""Target -> plan field -> what stands for it."""
