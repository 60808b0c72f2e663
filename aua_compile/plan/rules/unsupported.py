"""What a target cannot express is said, not dropped in silence."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.plan.model import Plan
from aua_compile.plan.support import UNSUPPORTED


def not_expressed(subject: Subject, target: str, field: str, key: str) -> Diagnostic:
    """A value that one of the targets cannot express.

    What it checks: what the config says of the deployment can be written by each target that is emitted; docs/targets.md has the table.
    Why: a bound that is dropped in silence looks as if it held.
    Example: `deploy: {volumes: [{name: notes, size: 5GiB}]}` with the target `compose`, whose volumes have no bound.
    Instead: leave the target out of `targets`, or take the value as kept by the other targets alone.
    """
    place = subject.place(key)
    message = f"The target `{target}` cannot express `{place.path}`: {UNSUPPORTED[target][field]}."
    return Diagnostic(
        "AUA0402", "warning", message, place.span, place.path, f"It holds in the other targets only; `{target}` leaves it out."
    )


def check(plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    if "compose" not in plan.targets:
        return
    if plan.router.replicas > 1:
        yield not_expressed(subject, "compose", "router.replicas", "deploy.replicas")
    for volume in subject.config.deploy.volumes:
        yield not_expressed(subject, "compose", "volumes[].size_gib", f"deploy.volumes.{volume.name}.size")
        if volume.storage_class is not None:
            yield not_expressed(subject, "compose", "volumes[].storage_class", f"deploy.volumes.{volume.name}.storage_class")
