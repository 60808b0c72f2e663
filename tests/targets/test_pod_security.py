"""The check itself: it passes what the standard allows and names each thing that the standard forbids."""

from typing import Any

import pytest

from tests.targets.pod_security import findings

CONTAINER: dict[str, Any] = {
    "name": "one",
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
POD: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [CONTAINER],
    "volumes": [{"name": "tmp", "emptyDir": {}}],
}


def with_container(**more: object) -> dict[str, Any]:
    return POD | {"containers": [CONTAINER | more]}


def with_context(**more: object) -> dict[str, Any]:
    return with_container(securityContext=CONTAINER["securityContext"] | more)


def with_pod_context(**more: object) -> dict[str, Any]:
    return POD | {"securityContext": POD["securityContext"] | more}


def test_a_pod_as_the_standard_wants_it_has_no_findings() -> None:
    assert findings(POD) == []


@pytest.mark.parametrize(
    ("pod", "finding"),
    [
        (POD | {"hostNetwork": True}, "hostNetwork is on"),
        (POD | {"hostPID": True}, "hostPID is on"),
        (POD | {"hostIPC": True}, "hostIPC is on"),
        (POD | {"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}, "volume root is of type hostPath"),
        (POD | {"initContainers": [{"name": "first"}]}, "first may escalate privileges"),
        (with_pod_context(sysctls=[{"name": "kernel.msgmax", "value": "1"}]), "sysctl kernel.msgmax is set"),
        (with_pod_context(runAsUser=0), "the pod runs as user 0"),
        (with_pod_context(runAsNonRoot=None), "one may run as root"),
        (with_pod_context(seccompProfile={}), "one has no seccomp profile"),
        (with_pod_context(seccompProfile={"type": "Unconfined"}), "the pod turns seccomp off"),
        (with_pod_context(windowsOptions={"hostProcess": True}), "the pod is a Windows host process"),
        (with_pod_context(appArmorProfile={"type": "Unconfined"}), "the pod turns AppArmor off"),
        (with_pod_context(seLinuxOptions={"user": "root"}), "the pod sets SELinux options"),
        (with_container(ports=[{"containerPort": 80, "hostPort": 80}]), "one takes host port 80"),
        (with_container(livenessProbe={"httpGet": {"host": "10.0.0.1", "port": 1}}), "one lets the kubelet call another host"),
        (with_container(lifecycle={"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}), "one lets the kubelet call another host"),
        (with_context(privileged=True), "one is privileged"),
        (with_context(allowPrivilegeEscalation=None), "one may escalate privileges"),
        (with_context(procMount="Unmasked"), "one mounts all of /proc"),
        (with_context(capabilities={}), "one does not drop ALL capabilities"),
        (with_context(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}), "one adds capabilities"),
        (with_context(runAsNonRoot=False), "one allows root"),
        (with_context(runAsUser=0), "one runs as user 0"),
    ],
)
def test_what_the_standard_forbids_is_found(pod: dict[str, Any], finding: str) -> None:
    assert finding in findings(pod)
