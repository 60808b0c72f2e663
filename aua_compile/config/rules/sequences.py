"""The engine may batch as many requests as are wanted at once."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def too_few_sequences(subject: Subject, service: Service) -> Diagnostic:
    """An engine that may batch fewer requests than are wanted at once.

    What it checks: `max_num_seqs`, where given, is at least `concurrency`.
    Why: the requests beyond it would wait, however much memory was planned for them.
    Example: `concurrency: 8` with `max_num_seqs: 4`.
    Instead: `max_num_seqs: 8`, or leave it to the planner.
    """
    spec = service.spec
    keys = (f"{service.path}.max_num_seqs", f"{service.path}.concurrency")
    place = subject.place(*keys)
    return Diagnostic(
        "AUA0249",
        "error",
        f"`{spec.name}` shall serve {spec.concurrency} requests at once, but its engine may batch only {spec.max_num_seqs}.",
        place.span,
        place.path,
        f"Raise `max_num_seqs` to at least {spec.concurrency}, or leave it out.",
        subject.related("decides too", *keys, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        most = service.spec.max_num_seqs
        if service.outside is None and most is not None and most < service.spec.concurrency:
            yield too_few_sequences(subject, service)
