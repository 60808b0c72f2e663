"""Images have versions."""

import re
from collections.abc import Iterator
from dataclasses import fields

from aua_compile.config.mistakes import shown
from aua_compile.config.model.deploy import Images
from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity

FLOATING = frozenset({"latest", "main", "master", "head", "nightly", "edge", "stable", "dev", "develop", "canary", "rolling"})


def floating_image(subject: Subject, part: str, reference: str, level: Severity) -> Diagnostic:
    """An image whose content changes under its name.

    What it checks: each reference under `deploy.images` has a digest, or a tag that names a version. Profiles local-dev and workstation
    warn, team and enterprise refuse.
    Why: the same artifacts would run something else tomorrow, and nobody could say what ran yesterday.
    Example: `deploy: {images: {vllm: "vllm/vllm-openai:latest"}}`.
    Instead: `deploy: {images: {vllm: "vllm/vllm-openai:v0.33.0@sha256:..."}}`.
    """
    place = subject.place(f"deploy.images.{part}")
    tag = tag_of(reference)
    reason = f"its tag `{tag}` moves" if tag else "it has no tag, which means `latest`"
    message = f"The image {shown(reference)} has no version: {reason}."
    return Diagnostic(
        "AUA0296",
        level,
        message,
        place.span,
        place.path,
        "Give a version's tag, best with its digest.",
        subject.related("the profile", "profile", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("floating_image", subject.config.profile)
    for part in fields(Images):
        reference = getattr(subject.config.deploy.images, part.name)
        if level is not None and reference is not None and is_floating(reference):
            yield floating_image(subject, part.name, reference, level)


def tag_of(reference: str) -> str:
    """The tag of an image reference; empty where it has none.

    >>> tag_of("localhost:5000/router:1.2"), tag_of("localhost:5000/router")
    ('1.2', '')
    """
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[2]


def is_floating(reference: str) -> bool:
    """Whether what the reference names can change: no digest, and a tag that names no version."""
    tag = tag_of(reference).lower()
    moves = not any(letter.isdigit() for letter in tag) or not FLOATING.isdisjoint(re.split(r"[-_.]", tag))
    return moves and "@sha256:" not in reference
