"""Names and labels: what every object carries, and by which labels pods are found."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from aua_compile.names import dns_label
from aua_compile.plan.model import Plan

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as data, on its way to a dump."""

Component: TypeAlias = Literal["router", "engine", "fetch", "network", "storage", "monitoring", "collector"]

NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
MANAGED_BY = "app.kubernetes.io/managed-by"
DESCRIPTION = "kubernetes.io/description"
HOSTNAME = "kubernetes.io/hostname"


def selector(plan: Plan, component: Component, name: str | None = None) -> dict[str, str]:
    """The labels that single out the pods of one workload, or without `name` of all workloads of a component."""
    named = {} if name is None else {NAME: name}
    return named | {INSTANCE: dns_label(plan.project.name), COMPONENT: component}


def labels(plan: Plan, component: Component, name: str) -> dict[str, str]:
    """The recommended labels; a selector's are among them."""
    return selector(plan, component, name) | {PART_OF: "aua", MANAGED_BY: "aua"}


def metadata(plan: Plan, component: Component, name: str, of: str | None = None, description: str = "") -> Object:
    """Metadata of the namespaced object `name`, which belongs to the workload `of` (itself, if none is given)."""
    found: Object = {"name": name, "namespace": plan.kubernetes.namespace, "labels": labels(plan, component, of or name)}
    return found | {"annotations": {DESCRIPTION: description}} if description else found


def match(found: Mapping[str, str]) -> Object:
    """A label selector for these labels."""
    return {"matchLabels": dict(found)}
