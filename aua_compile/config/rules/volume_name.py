"""No volume has a name that another one has."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.names import slug

RESERVED = {
    "state": "the volume of the router's state",
    "prometheus-data": "the volume of Prometheus",
    "grafana-data": "the volume of Grafana",
}
WEIGHTS = "weights-"


def volume_name_taken(subject: Subject, name: str, meaning: str) -> Diagnostic:
    """A volume named like one that the deployment has.

    What it checks: no entry of `deploy.volumes` is named `state`, `prometheus-data` or `grafana-data`, or begins with `weights-`.
    Why: two purposes would share one storage, and overwrite each other's files.
    Example: `deploy: {volumes: [{name: state, size: 10GiB}]}`.
    Instead: `deploy: {volumes: [{name: documents, size: 10GiB}]}`.
    """
    place = subject.place(f"deploy.volumes.{name}.name")
    return Diagnostic(
        "AUA0298", "error", f"`{name}` cannot be the name of a volume: it is {meaning}.", place.span, place.path, "Choose another name."
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for volume in subject.config.deploy.volumes:
        name = slug(volume.name)
        if name in RESERVED:
            yield volume_name_taken(subject, volume.name, RESERVED[name])
        elif name.startswith(WEIGHTS):
            yield volume_name_taken(subject, volume.name, "how the volumes of models' weights begin")
