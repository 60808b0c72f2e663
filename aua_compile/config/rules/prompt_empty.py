"""Every prompt says something."""

from collections.abc import Iterator

from aua_compile.config.mistakes import shown
from aua_compile.config.prompts import prompt_choices
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def empty_prompt(subject: Subject, use: str, path: str) -> Diagnostic:
    """A prompt file without text.

    What it checks: the file of each `<use>_template_path` holds something besides white space.
    Why: the model would be told nothing, and answer as it likes.
    Example: `arbiter_template_path: prompts/arbiter.txt`, where that file is empty.
    Instead: write the text, or use a registered one: `arbiter_template: arbiter_balanced_v1`.
    """
    place = subject.place(f"prompts.{use}_template_path")
    return Diagnostic(
        "AUA0284",
        "error",
        f"The file {shown(path)} of `{place.path}` is empty.",
        place.span,
        place.path,
        f"Write the text into it, or use `{use}_template`.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    texts = subject.resolved.bundle.texts
    for choice in prompt_choices(subject.resolved):
        if choice.path is not None and not texts.get(choice.path, "-").strip():
            yield empty_prompt(subject, choice.use, choice.path)
