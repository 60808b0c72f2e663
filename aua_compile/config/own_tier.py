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
        elif (
            tier.also
            and "kubernetes" in tier.targets
            and not like.node_selector
            and catalog.accelerator(like.accelerator).node_label is None
        ):
            yield nodes_unknown(like.accelerator, at)


def impossible_machine(why: str, at: Span | None) -> Diagnostic:
    """A machine of the project's own that cannot be.

    What it checks: a tier below `tiers/` has at least one of each GPU that it names, none of a CPU, and several kinds only of GPUs.
    Why: nothing could be placed on what is not there.
    Example: `accelerator: rtx-4090` with `accelerators: 0`.
    Instead: `accelerators: 1`, or the kind of CPU with `accelerators: 0`.
    """
    return Diagnostic("AUA0720", "error", why, at, "tier", "Describe the accelerators that the machine has.")


def nodes_unknown(accelerator: str, at: Span | None) -> Diagnostic:
    """Kubernetes nodes that nothing tells from those with other GPUs.

    What it checks: where a tier has several kinds of GPUs and Kubernetes among its targets, each kind has a `node_selector`, or the
    registry knows the label that NVIDIA's GPU feature discovery writes.
    Why: a pod that asks for `nvidia.com/gpu` alone may start on any of them, and what was planned for 80 GiB does not start on 24.
    Example: `also: [{accelerator: rtx-5090, accelerators: 2}]` beside four `rtx-4090`.
    Instead: `also: [{accelerator: rtx-5090, accelerators: 2, node_selector: {nvidia.com/gpu.product: ...}}]`, as
    `kubectl get nodes -L nvidia.com/gpu.product` shows it.
    """
    message = f"The tier has several kinds of GPUs, and no label of the Kubernetes nodes with `{accelerator}` is known."
    how = "Say its `node_selector`; `kubectl get nodes -L nvidia.com/gpu.product` shows the labels."
    return Diagnostic("AUA0721", "error", message, at, "tier", how)


def _number_of_none(name: str) -> str:
    return f"The machine has 0 of `{name}`."


def _number_of_cpu(name: str) -> str:
    return f"`{name}` is the memory of a CPU, which is no accelerator: `accelerators` is 0 there."


def _span(document: Document, key: str) -> Span | None:
    return next((entry.value.span for entry in document.root.entries if entry.key == key), document.root.span)
