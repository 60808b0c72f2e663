"""What a machine that a project describes itself must hold to; the shipped ones are tested."""

from collections.abc import Iterator

from aua_compile.config import named
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Document
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import TierFacts
from aua_compile.span import Span


def findings(tier: TierFacts, document: Document, catalog: Catalog) -> Iterator[Diagnostic]:
    """Accelerators that no registry knows, and kinds that no machine holds together."""
    known = catalog.names("accelerators")
    for index, like in enumerate(tier.kinds):
        at = _span(document, "also" if index else "accelerator")
        if like.accelerator not in known:
            yield named.unknown_name("accelerator", like.accelerator, known, at)
            continue
        kind = catalog.accelerator(like.accelerator).kind
        if (kind == "cpu") != (like.accelerators == 0):
            yield impossible_machine(_number_of_none(like.accelerator) if kind != "cpu" else _number_of_cpu(like.accelerator), at)
        elif tier.also and kind != "gpu":
            yield impossible_machine(f"`{like.accelerator}` is no GPU, and only GPUs stand beside others.", at)


def impossible_machine(why: str, at: Span | None) -> Diagnostic:
    """A machine of the project's own that cannot be.

    What it checks: a tier below `tiers/` has at least one of each GPU that it names, none of a CPU, and several kinds only of GPUs.
    Why: nothing could be placed on what is not there.
    Example: `accelerator: rtx-4090` with `accelerators: 0`.
    Instead: `accelerators: 1`, or the kind of CPU with `accelerators: 0`.
    """
    return Diagnostic("AUA0720", "error", why, at, "tier", "Describe the accelerators that the machine has.")


def _number_of_none(name: str) -> str:
    return f"The machine has 0 of `{name}`."


def _number_of_cpu(name: str) -> str:
    return f"`{name}` is the memory of a CPU, which is no accelerator: `accelerators` is 0 there."


def _span(document: Document, key: str) -> Span | None:
    return next((entry.value.span for entry in document.root.entries if entry.key == key), document.root.span)
