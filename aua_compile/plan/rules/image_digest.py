"""What runs is said to the byte."""

from collections.abc import Iterator, Mapping

from aua_compile.config.mistakes import listed
from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity
from aua_compile.plan.images import ROUTER_BASE, images_used
from aua_compile.plan.model import Plan
from aua_compile.registry.pins import CPU


def undigested_image(subject: Subject, images: Mapping[str, str], level: Severity) -> Diagnostic:
    """Images without a digest.

    What it checks: every image that the artifacts start or build on has its digest (`@sha256:...`), from the registry or the config.
    Profiles local-dev and workstation warn, team and enterprise refuse.
    Why: a tag can be moved to another image; only the digest says what runs.
    Example: `deploy: {images: {vllm: "vllm/vllm-openai:v0.33.0"}}`.
    Instead: the same with `@sha256:` and the digest that `docker buildx imagetools inspect` shows.
    """
    place = subject.place(*(f"deploy.images.{part}" for part in images), "deploy.images", "deploy", "tier")
    message = f"Undigested: {listed(images.values())}."
    advice = f"Give the reference with its digest under {listed(f'deploy.images.{part}' for part in images)}."
    return Diagnostic("AUA0313", level, message, place.span, place.path, advice, subject.related("the profile", "profile", beside=place))


def check(plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    level = severity("undigested_image", subject.config.profile)
    images = {part: reference for part, reference in _images(plan, subject) if "@sha256:" not in reference}
    if level is not None and images:
        yield undigested_image(subject, images, level)


def _images(plan: Plan, subject: Subject) -> Iterator[tuple[str, str]]:
    """The images that the plan's targets name, by key under `deploy.images`. An own image of the router replaces what it builds on."""
    own = plan.router.image if subject.config.deploy.images.router else None
    for role, reference in images_used(plan):
        if role == ROUTER_BASE:
            yield "router", own or reference
        else:
            yield role.removesuffix(CPU), reference
