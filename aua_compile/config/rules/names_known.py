"""Every model, backend, prompt and accelerator that is named exists. The finding is `config.named.unknown_name`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aua_compile.config.model.models import ENGINE_KINDS
from aua_compile.config.model.routing import PROMPT_USES
from aua_compile.config.named import unknown_name
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

OWN_MODEL = "`aua models list` shows the registered ones; one of your own is declared under `models`, with its `id`."


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from _models(subject)
    yield from _backends(subject)
    yield from _prompts(subject)
    yield from _accelerators(subject)


def _unknown(subject: Subject, kind: str, name: str, known: Iterable[str], *paths: str, otherwise: str = "") -> Diagnostic:
    place = subject.place(*paths)
    return replace(unknown_name(kind, name, known, place.span, otherwise), path=place.path)


def _models(subject: Subject) -> Iterator[Diagnostic]:
    """Rungs of what this deployment starts, and what aliases stand for. An external server knows models that nobody else does."""
    own, catalog = subject.config.models, subject.resolved.catalog
    named = [
        (rung, f"{service.path}.model.{index}", f"{service.path}.model")
        for service in subject.services
        if service.outside is None
        for index, rung in enumerate(service.spec.model or ())
    ]
    named += [(use.alias, f"models.{name}.alias", f"models.{name}") for name, use in own.items() if use.alias is not None]
    for name, *paths in named:
        if name not in own and catalog.candidate(name) is None:
            finding = _unknown(subject, "model", name, (*own, *catalog.model_names()), *paths, otherwise=OWN_MODEL)
            yield replace(finding, help=catalog.absence(name) or finding.help)


def _backends(subject: Subject) -> Iterator[Diagnostic]:
    known = (*subject.config.backends, *ENGINE_KINDS)
    named = [(service.spec.backend, f"{service.path}.backend") for service in subject.services]
    named += [(use.backend, f"models.{name}.backend") for name, use in subject.config.models.items()]
    for name, path in named:
        if name is not None and name not in known:
            yield _unknown(subject, "backend", name, known, path)


def _prompts(subject: Subject) -> Iterator[Diagnostic]:
    for use in PROMPT_USES:
        name = getattr(subject.config.prompts, f"{use}_template")
        if name is not None and name not in subject.resolved.catalog.names("prompts"):
            yield _unknown(subject, "prompt", name, subject.resolved.catalog.names("prompts"), f"prompts.{use}_template")


def _accelerators(subject: Subject) -> Iterator[Diagnostic]:
    known = (*(kind.accelerator for kind in subject.resolved.tier.kinds), *subject.resolved.catalog.names("accelerators"))
    for name in subject.config.observability.costs.gpu_hour:
        if name not in known:
            finding = _unknown(subject, "accelerator", name, dict.fromkeys(known), f"observability.costs.gpu_hour.{name}")
            yield replace(finding, fix=None)  # what stands there is the price
