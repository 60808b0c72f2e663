"""Every target that is asked for can be emitted for the tier."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def target_not_for_tier(subject: Subject, index: int, target: str) -> Diagnostic:
    """A target that the tier does not support.

    What it checks: each entry of `targets` is one that the tier can be deployed with.
    Why: what would be emitted could not run there.
    Example: `targets: [kubernetes]` on `macbook`, where containers have no GPU.
    Instead: `targets: [router, compose]`, or leave `targets` out: then all that the tier supports are emitted.
    """
    tier = subject.resolved.tier
    place = subject.place(f"targets.{index}", "targets")
    reason = tier.why.get(target, "")
    message = f"The target `{target}` is not for tier `{subject.config.tier}`{f': {reason}' if reason else ''}"
    advice = f"Targets of this tier: {', '.join(f'`{name}`' for name in tier.targets)}."
    return Diagnostic(
        "AUA0285", "error", f"{message.rstrip('.')}.", place.span, place.path, advice, subject.related("the tier", "tier", beside=place)
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for index, target in enumerate(subject.config.targets):
        if target not in subject.resolved.tier.targets:
            yield target_not_for_tier(subject, index, target)
