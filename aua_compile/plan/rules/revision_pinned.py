"""What is downloaded is said to the commit."""

import re
from collections.abc import Iterator

from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity
from aua_compile.plan.model import Plan

COMMIT = r"[0-9a-f]{40}|[0-9a-f]{64}"


def unpinned_revision(subject: Subject, models: dict[str, str], level: Severity) -> Diagnostic:
    """Models that are downloaded at no fixed revision.

    What it checks: every model that this deployment downloads from Hugging Face has the commit of its repository as `revision`, from the
    registry or the config. Profiles local-dev and workstation warn, team and enterprise refuse.
    Why: a repository can change under its name, and the same artifacts would run other weights.
    Example: `models: {mine: {id: acme/mine-7b, vram_gib: 15.2, revision: main}}`.
    Instead: `revision: 9213176726f574b556790deb65791e0c5aa438b6`, the full commit hash.
    """
    users = {rung: service.path for service in subject.services for rung in service.spec.model or ()}
    first = next(iter(models))
    place = subject.place(f"models.{first}.revision", f"models.{first}", f"{users.get(first, 'specialists')}.model")
    listed = ", ".join(f"`{name}` ({repository})" for name, repository in models.items())
    message = f"No commit is known of what is downloaded for {listed}."
    advice = f"Declare it under `models` with `revision`, the commit: `{first}: {{id: {models[first]}, revision: ...}}`."
    return Diagnostic("AUA0312", level, message, place.span, place.path, advice, subject.related("the profile", "profile", beside=place))


def check(plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    level = severity("unpinned_revision", subject.config.profile)
    models = {
        model.model: model.repository
        for instance in plan.instances
        for model in instance.models
        if instance.engine != "ollama" and model.repository is not None and not re.fullmatch(COMMIT, model.revision or "")
    }
    if level is not None and models:
        yield unpinned_revision(subject, models, level)
