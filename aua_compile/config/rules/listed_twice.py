"""No list says a thing twice."""

from collections.abc import Iterator

from aua_compile.config.mistakes import shown
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def listed_twice(subject: Subject, path: str, index: int, first: int, value: object) -> Diagnostic:
    """A value that a list holds twice.

    What it checks: GPU indices, rungs of a ladder, fallbacks, base URLs, targets, fields, aliases, origins, hosts and proxies are each
    listed once.
    Why: a GPU cannot be used twice by one model; anywhere else a repetition does nothing and was probably meant to be something else.
    Example: `gpus: [0, 0]`.
    Instead: `gpus: [0, 1]`.
    """
    place = subject.place(f"{path}.{index}", path)
    where = subject.resolved.written(path)
    return Diagnostic(
        "AUA0243",
        "error",
        f"`{where}` lists {shown(str(value))} twice.",
        place.span,
        place.path,
        "Remove one of the two, or write what was meant.",
        subject.related("first listed here", f"{path}.{first}", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for path, values in _lists(subject):
        seen: dict[object, int] = {}
        for index, value in enumerate(values):
            if value in seen:
                yield listed_twice(subject, path, index, seen[value], value)
            seen.setdefault(value, index)


def _lists(subject: Subject) -> Iterator[tuple[str, tuple[object, ...]]]:
    config = subject.config
    for service in subject.services:
        yield f"{service.path}.model", service.spec.model or ()
        yield f"{service.path}.gpus", service.spec.gpus or ()
        yield f"{service.path}.fallback", service.spec.fallback
    for name, backend in config.backends.items():
        yield f"backends.{name}.base_url", tuple(url.rstrip("/").removesuffix("/v1").lower() for url in backend.base_url or ())
    for field in config.fields:
        yield f"fields.{field.name}.aliases", field.aliases
    yield "safety.high_risk_fields", config.safety.high_risk_fields
    yield "api.cors_origins", tuple(origin.lower() for origin in config.api.cors_origins)
    yield "api.allowed_hosts", tuple(host.lower() for host in config.api.allowed_hosts)
    yield "api.forwarded_allow_ips", config.api.forwarded_allow_ips
    yield "targets", config.targets
