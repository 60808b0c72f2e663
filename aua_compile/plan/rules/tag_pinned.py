"""Models that no one can pin are said."""

from collections.abc import Iterator

from aua_compile.config.mistakes import listed
from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity
from aua_compile.plan.model import Plan


def unpinnable_tag(subject: Subject, tags: dict[str, str], level: Severity) -> Diagnostic:
    """Models that Ollama pulls by a tag.

    What it checks: under the profiles team and enterprise, models come from where a revision can be pinned.
    Why: Ollama pulls by tag only, and a tag can be moved to other weights.
    Example: `profile: team` with `backend: ollama`.
    Instead: `backend: llamacpp`, which takes a GGUF file of a repository at a commit, or vLLM.
    """
    users = {rung: service.path for service in subject.services for rung in service.spec.model or ()}
    place = subject.place(f"{users.get(next(iter(tags)), 'specialists')}.model")
    message = f"Ollama pulls {listed(tags.values())} by tag, which cannot be pinned."
    advice = "Use `backend: llamacpp` or `vllm`, whose downloads are pinned to a commit."
    return Diagnostic("AUA0314", level, message, place.span, place.path, advice, subject.related("the profile", "profile", beside=place))


def check(plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    level = severity("unpinnable_tag", subject.config.profile)
    tags = {
        model.model: model.ollama_tag
        for instance in plan.instances
        for model in instance.models
        if instance.engine == "ollama" and model.ollama_tag is not None
    }
    if level is not None and tags:
        yield unpinnable_tag(subject, tags, level)
