"""Parts of a pod: the security context that passes Pod Security *restricted*, environment, quantities, mounts and probes."""

import re
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from aua_compile.names import dns_label
from aua_compile.targets.image import USER_ID
from aua_compile.targets.kubernetes.labels import Object

SECRET = "aua-secrets"
"""What the router reads; its keys are the names of environment variables."""
FETCH_SECRET = "aua-fetch-secrets"
"""The same for weights fetches, so that no download sees the router's secrets."""
COLLECTOR_SECRET = "aua-collector-secrets"

# After a pod is marked for deletion, load balancers and proxies still send to it until they have heard of that; it serves on meanwhile.
ENDPOINT_REMOVAL_S = 5


def pod(containers: list[Object], volumes: list[Object], **more: Any) -> Object:
    """A pod spec that runs as one fixed user without root, privileges, service-account token or service environment."""
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,  # a Service named `vllm` would set VLLM_PORT, which vLLM reads as its own
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "fsGroupChangePolicy": "OnRootMismatch",  # a cache of many files is not walked at every start
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **more,
        "containers": containers,
        "volumes": volumes,
    }


def container(name: str, image: str, entrypoint: Iterable[str], command: Iterable[str], **more: Any) -> Object:
    """A container that cannot gain privileges nor write to its image."""
    entry, arguments = [literal(word) for word in entrypoint], [literal(word) for word in command]
    return {
        "name": name,
        "image": image,
        **({"command": entry} if entry else {}),
        **({"args": arguments} if arguments else {}),
        **more,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def literal(text: str) -> str:
    """`text` so that the kubelet hands it on unchanged: it expands `$(NAME)` in commands and environment and reads `$$` as `$`.

    >>> literal("costs $(PRICE)")
    'costs $$(PRICE)'
    """
    return re.sub(r"\$(?=[$(])", "$$", text) if "$" in text else text


def environment(values: Mapping[str, str], secrets: Iterable[str] = (), secret: str = SECRET) -> list[Object]:
    """Literal values, and variables that a key of the same name in `secret` holds; without the key the container does not start."""
    plain: list[Object] = [{"name": name, "value": literal(value)} for name, value in values.items()]
    referenced: list[Object] = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": name, "optional": False}}} for name in secrets
    ]
    return plain + referenced


def memory(gib: float) -> str:
    """GiB as a quantity in whole MiB, rounded up.

    >>> memory(0.5), memory(24)
    ('512Mi', '24Gi')
    """
    mib = ceil(gib * 1024)
    return f"{mib // 1024}Gi" if mib % 1024 == 0 else f"{mib}Mi"


def cpu(cores: float) -> str:
    """Cores as a quantity in thousandths, rounded up.

    >>> cpu(0.5), cpu(4)
    ('500m', '4')
    """
    thousandths = ceil(cores * 1000)
    return f"{thousandths // 1000}" if thousandths % 1000 == 0 else f"{thousandths}m"


def claimed(volume: str) -> str:
    """The name inside a pod of a volume that is claimed; the prefix keeps it apart from the pod's own volumes."""
    return dns_label(f"claim-{volume}")


def claim_volume(volume: str) -> Object:
    """A pod's volume that is the claim of a planned volume."""
    return {"name": claimed(volume), "persistentVolumeClaim": {"claimName": dns_label(volume)}}


def mount(name: str, path: str) -> Object:
    """A volume of the pod at a path of the container."""
    return {"name": name, "mountPath": path}


def http_get(path: str, port: int) -> Object:
    """A probe's request."""
    return {"httpGet": {"path": path, "port": port}}


def pause(seconds: float) -> Object:
    """A container that keeps serving for a while after its pod is marked for deletion, before it is told to stop."""
    return {"preStop": {"sleep": {"seconds": ceil(seconds)}}}
