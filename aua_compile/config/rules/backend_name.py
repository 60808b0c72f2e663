"""A backend that is named like a kind is of that kind."""

from collections.abc import Iterator

from aua_compile.config.model.models import ENGINE_KINDS
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def backend_named_as_other_kind(subject: Subject, name: str, kind: str) -> Diagnostic:
    """A backend that is named like another kind.

    What it checks: an entry of `backends` named `vllm`, `ollama`, `llamacpp`, `sglang` or `openai` is of that kind.
    Why: every kind is declared under its own name; whoever reads `backend: vllm` would expect vLLM.
    Example: `backends: {vllm: {kind: openai, base_url: https://llm.example.org}}`.
    Instead: `backends: {gateway: {kind: openai, base_url: https://llm.example.org}}`.
    """
    place = subject.place(f"backends.{name}.kind", f"backends.{name}")
    return Diagnostic(
        "AUA0257",
        "error",
        f"The backend `{name}` is of the kind `{kind}`.",
        place.span,
        place.path,
        f"Give it another name, or `kind: {name}`.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, backend in subject.config.backends.items():
        if name in ENGINE_KINDS and backend.kind != name:
            yield backend_named_as_other_kind(subject, name, backend.kind)
