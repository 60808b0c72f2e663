"""Pod Security Standards, profile *restricted*: every control of the published standard, over pod specs as data.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ (the controls of *baseline* hold too). A finding is a line of
text; a pod that passes has none.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Spec: TypeAlias = Mapping[str, Any]

VOLUME_TYPES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
}
SELINUX_TYPES = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
HANDLERS = ("livenessProbe", "readinessProbe", "startupProbe")


def findings(spec: Spec) -> list[str]:
    """Everything in a pod spec that *restricted* forbids or misses."""
    return [*_of_pod(spec), *(finding for one in containers(spec) for finding in _of_container(one, spec.get("securityContext", {})))]


def containers(spec: Spec) -> list[Spec]:
    """All containers of a pod, of whichever kind."""
    return [one for kind in ("initContainers", "containers", "ephemeralContainers") for one in spec.get(kind, ())]


def pod_specs(document: Spec) -> Iterator[Spec]:
    """The pod specs inside a workload."""
    kind, spec = document["kind"], document.get("spec", {})
    if kind == "Pod":
        yield spec
    elif kind == "CronJob":
        yield spec["jobTemplate"]["spec"]["template"]["spec"]
    elif kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "ReplicationController"}:
        yield spec["template"]["spec"]


def _of_pod(spec: Spec) -> Iterator[str]:
    for namespace in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(namespace):
            yield f"{namespace} is on"
    for volume in spec.get("volumes", ()):
        kinds = set(volume) - {"name"}
        if not kinds <= VOLUME_TYPES:
            yield f"volume {volume['name']} is of type {', '.join(sorted(kinds))}"
    context = spec.get("securityContext", {})
    for sysctl in context.get("sysctls", ()):
        if sysctl["name"] not in SAFE_SYSCTLS:
            yield f"sysctl {sysctl['name']} is set"
    yield from _of_either(context, "the pod")


def _of_container(one: Spec, of_pod: Spec) -> Iterator[str]:
    name, context = one["name"], one.get("securityContext", {})
    for port in one.get("ports", ()):
        if port.get("hostPort"):
            yield f"{name} takes host port {port['hostPort']}"
    if context.get("privileged"):
        yield f"{name} is privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{name} may escalate privileges"
    if context.get("procMount") not in {None, "", "Default"}:
        yield f"{name} mounts all of /proc"
    capabilities = context.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()):
        yield f"{name} does not drop ALL capabilities"
    if not set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"}:
        yield f"{name} adds capabilities"
    if context.get("runAsNonRoot", of_pod.get("runAsNonRoot")) is not True:
        yield f"{name} may run as root"
    if context.get("seccompProfile", of_pod.get("seccompProfile", {})).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield f"{name} has no seccomp profile"
    for handler in (*(one.get(kind, {}) for kind in HANDLERS), *one.get("lifecycle", {}).values()):
        for action in ("httpGet", "tcpSocket"):
            if handler.get(action, {}).get("host"):
                yield f"{name} lets the kubelet call another host"
    yield from _of_either(context, name)


def _of_either(context: Spec, where: str) -> Iterator[str]:
    if context.get("runAsUser") == 0:
        yield f"{where} runs as user 0"
    if context.get("runAsNonRoot") is False:
        yield f"{where} allows root"
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield f"{where} is a Windows host process"
    if context.get("seccompProfile", {}).get("type") == "Unconfined":
        yield f"{where} turns seccomp off"
    if context.get("appArmorProfile", {}).get("type") not in {None, "RuntimeDefault", "Localhost"}:
        yield f"{where} turns AppArmor off"
    selinux = context.get("seLinuxOptions", {})
    if selinux.get("type") not in SELINUX_TYPES or selinux.get("user") or selinux.get("role"):
        yield f"{where} sets SELinux options"
