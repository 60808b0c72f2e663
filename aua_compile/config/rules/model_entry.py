"""Every entry of `models` says what it stands for, once."""

from collections.abc import Iterator
from dataclasses import fields

from aua_compile.config.model.models import ModelUse
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def unclear_model(subject: Subject, name: str, key: str, problem: str, advice: str) -> Diagnostic:
    """A model that says too little or two things.

    What it checks: an entry of `models` has an `id`, or an `alias` and nothing else.
    Why: without either there is nothing to load; with an alias, the keys beside it would have no effect.
    Example: `models: {mine: {quantization: awq}}`.
    Instead: `models: {mine: {id: Qwen/Qwen2.5-7B-Instruct, quantization: awq}}`.
    """
    place = subject.place(f"models.{name}.{key}", f"models.{name}") if key else subject.place(f"models.{name}")
    return Diagnostic("AUA0254", "error", f"The model `{name}` {problem}.", place.span, place.path, advice)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, own in subject.config.models.items():
        beside = [part.name for part in fields(ModelUse) if part.name != "alias" and getattr(own, part.name) is not None]
        if own.alias is not None and beside:
            yield unclear_model(
                subject,
                name,
                beside[0],
                f"is another name of `{own.alias}`, and `{beside[0]}` beside it has no effect",
                "Remove `alias`, or what stands beside it.",
            )
        elif own.alias is None and own.id is None:
            yield unclear_model(
                subject, name, "", "has neither `id` nor `alias`", "Give `id`, the model's repository, or `alias`, another model's name."
            )
