"""Every use of prompts has one text."""

from collections.abc import Iterator

from aua_compile.config.prompts import prompt_choices
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def prompt_given_twice(subject: Subject, use: str) -> Diagnostic:
    """Two texts for one use.

    What it checks: one layer does not give both `<use>_template` and `<use>_template_path`. Of two layers, the stronger wins.
    Why: only one text can be used, and either might be the one that was meant.
    Example: `prompts: {arbiter_template: arbiter_balanced_v1, arbiter_template_path: prompts/arbiter.txt}`.
    Instead: keep the one that is meant.
    """
    keys = (f"prompts.{use}_template_path", f"prompts.{use}_template")
    place = subject.place(*keys)
    message = f"Both `prompts.{use}_template` and `prompts.{use}_template_path` are given."
    return Diagnostic(
        "AUA0283", "error", message, place.span, place.path, "Remove one of them.", subject.related("the other text", *keys, beside=place)
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from (prompt_given_twice(subject, choice.use) for choice in prompt_choices(subject.resolved) if choice.tied)
