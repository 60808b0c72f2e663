"""No specialist is asked for a longer context than its model has."""

from collections.abc import Iterator

from aua_compile.config.ladders import candidate_of
from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def context_beyond_model(subject: Subject, service: Service, longest: str, most_tokens: int) -> Diagnostic:
    """A context longer than the model's.

    What it checks: at least one rung of the ladder has the `context` that the specialist asks for.
    Why: beyond the length it was trained for, a model answers nonsense, and most engines refuse to start.
    Example: `model: llama3-8b` (8192 tokens) with `context: 32768`.
    Instead: `context: 8192`, or a model with a longer context.
    """
    keys = (f"{service.path}.context", f"{service.path}.model")
    place = subject.place(*keys)
    return Diagnostic(
        "AUA0252",
        "error",
        f"`{service.spec.name}` asks for {service.spec.context} tokens of context, but `{longest}` has {most_tokens}.",
        place.span,
        place.path,
        f"Give `context: {most_tokens}` or less, or a model with a longer context.",
        subject.related("decides too", *keys, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        lengths = []
        for name in service.spec.model or ():
            candidate = candidate_of(name, subject.config.models, subject.resolved.catalog)
            if candidate is None:
                break
            lengths.append((candidate.model.context_tokens, name))
        else:
            if lengths and max(lengths)[0] < service.spec.context:
                most_tokens, longest = max(lengths)
                yield context_beyond_model(subject, service, longest, most_tokens)
