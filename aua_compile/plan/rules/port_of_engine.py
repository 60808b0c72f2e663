"""A port that a specialist gives is the one that its engine listens on."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.plan.model import Instance, Plan


def port_not_used(subject: Subject, path: str, name: str, port: int, instance: Instance) -> Diagnostic:
    """A port that the engine does not listen on.

    What it checks: specialists that share an Ollama server give the same `port`, or leave it out.
    Why: one server listens on one port; the other would be written down and answer nothing.
    Example: two specialists served by Ollama, one with `port: 9001` and one with `port: 9002`.
    Instead: `port: 9001` at one of them, or at both.
    """
    place = subject.place(f"{path}.port")
    sharing = [f"specialists.{specialist.name}.port" for specialist in subject.config.specialists if specialist.port == instance.port]
    return Diagnostic(
        "AUA0310",
        "error",
        f"`{name}` gives port {port}, but the {instance.engine} server that it shares listens on {instance.port}.",
        place.span,
        place.path,
        f"Give `port: {instance.port}`, or leave it out.",
        subject.related("the server's port", *sharing, "arbiter.port", beside=place)[:1],
    )


def check(plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    instances = {instance.name: instance for instance in plan.instances}
    serving = {specialist.name: specialist.instance for specialist in plan.called}
    for service in subject.services:
        instance = instances.get(serving[service.spec.name] or "")
        if instance is not None and service.spec.port not in {None, instance.port}:
            yield port_not_used(subject, service.path, service.spec.name, service.spec.port or 0, instance)
