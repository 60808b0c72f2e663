"""The namespace is this deployment's own."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.names import dns_label

SHARED = "default"
OF_KUBERNETES = "kube-"


def namespace_of_others(subject: Subject, namespace: str) -> Diagnostic:
    """A Kubernetes namespace that others use.

    What it checks: the namespace (`deploy.kubernetes.namespace`, else the project's name) is not `default` and does not begin with
    `kube-`.
    Why: the manifests close the whole namespace to the network and hold every pod in it to Pod Security *restricted*, which would stop
    what others run there, and deleting the deployment would delete theirs.
    Example: `deploy: {kubernetes: {namespace: default}}`.
    Instead: leave it out, or name it after the project.
    """
    place = subject.place("deploy.kubernetes.namespace", "project.name")
    return Diagnostic(
        "AUA0401",
        "error",
        f"`{namespace}` cannot be the Kubernetes namespace: others run there, and this deployment closes its namespace.",
        place.span,
        place.path,
        "Give `deploy.kubernetes.namespace` a name of its own.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    config = subject.config
    namespace = config.deploy.kubernetes.namespace or dns_label(config.project.name)
    if "kubernetes" in config.targets and (namespace == SHARED or namespace.startswith(OF_KUBERNETES)):
        yield namespace_of_others(subject, namespace)
