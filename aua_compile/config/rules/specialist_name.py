"""No specialist has a name that means something else."""

from collections.abc import Iterator, Mapping

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.names import slug

RESERVED: Mapping[str, str] = {
    "aua": "the model name that lets the router choose",
    "router": "the router's own service",
    "prometheus": "the service of Prometheus",
    "grafana": "the service of Grafana",
    "collector": "the service of the OpenTelemetry collector",
    "prepare-volumes": "the service that prepares volumes",
}
FETCHING = "fetch-"


def reserved_specialist_name(subject: Subject, service: Service, meaning: str) -> Diagnostic:
    """A specialist named like something else.

    What it checks: names of specialists and of the arbiter differ from each other, from `aua` and the names of other services, and from
    the fields that requests may pin, except the specialist's own.
    Why: services, volumes and the model names of requests are made from these names; one name would mean two things.
    Example: a specialist named `router`.
    Instead: name it after what it answers, such as `swe`.
    """
    place = subject.place(f"{service.path}.name", service.path)
    return Diagnostic(
        "AUA0245",
        "error",
        f"`{service.spec.name}` cannot be the name of a specialist: it is {meaning}.",
        place.span,
        place.path,
        "Choose another name.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    fields = {slug(name): field.name for field in subject.config.fields for name in (field.name, *field.aliases)}
    specialists = {slug(specialist.name) for specialist in subject.config.specialists}
    for service in subject.services:
        name = slug(service.spec.name)
        own = getattr(service.spec, "field", None)
        if name in RESERVED:
            yield reserved_specialist_name(subject, service, RESERVED[name])
        elif name.startswith(FETCHING):
            yield reserved_specialist_name(subject, service, "how the services that fetch models begin")
        elif service.path == "arbiter" and name in specialists:
            yield reserved_specialist_name(subject, service, f"the specialist `{service.spec.name}`")
        elif name in fields and fields[name] != own:
            yield reserved_specialist_name(subject, service, f"a name of the field `{fields[name]}`, which requests may pin")
