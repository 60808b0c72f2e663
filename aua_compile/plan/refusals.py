"""Why there is no plan: models that nobody knows, and placements that do not fit."""

from collections.abc import Mapping

from aua_compile.config.ladders import UnknownModel
from aua_compile.config.mistakes import nearest, shown
from aua_compile.config.resolve import Resolved
from aua_compile.diagnostic import Diagnostic, Related
from aua_compile.plan.wants import Refused
from aua_compile.registry.catalog import Catalog

MOST_LISTED = 12


def unknown_model(found: UnknownModel, path: str, resolved: Resolved, catalog: Catalog) -> Diagnostic:
    """A model that neither the config nor the registry knows, or of which too little is known to place it.

    What it checks: every rung of a ladder names a model of the registry, one of its variants, or one declared under `models`; a declared
    model that the registry does not list gives `vram_gib` or `shape`.
    Why: without the size of its weights nobody can say whether it fits.
    Example: `model: qwen-coder-7b-awk`.
    Instead: `model: qwen-coder-7b-awq`; or declare it: `models: {mine: {id: acme/mine-7b, vram_gib: 15.2}}`.
    """
    at = f"{path}.model.{found.index}" if f"{path}.model.{found.index}" in resolved.origins else f"{path}.model"
    own = resolved.config.models.get(found.name)
    if own is not None:
        at_model = f"models.{found.name}"
        return Diagnostic(
            "AUA0300",
            "error",
            f"The registry does not list {shown(own.id or own.alias or found.name)}, so the size of `{found.name}` is unknown.",
            resolved.span(at_model),
            resolved.written(at_model),
            "Give `vram_gib` (what the weights take) or `shape` (from the model's config.json).",
            (Related("used here", resolved.span(at)),),
        )
    known = [*resolved.config.models, *catalog.model_names()]
    near = nearest(found.name, known)
    advice = f"Did you mean `{near}`?" if near else "`aua models list` shows the registry; declare a model of your own under `models`."
    advice = catalog.absence(found.name) or advice
    return Diagnostic("AUA0300", "error", f"There is no model named {shown(found.name)}.", resolved.span(at), resolved.written(at), advice)


def does_not_fit(refused: Refused, paths: Mapping[str, str], resolved: Resolved) -> Diagnostic:
    """A deployment whose models do not fit the tier.

    What it checks: weights, activations, KV cache for the wanted context and concurrency, and the engine's own memory fit the devices of
    the tier, for at least one rung of every ladder, all at once.
    Why: an engine that does not fit fails minutes after it was started, or serves fewer requests than planned.
    Example: a 72B model alone on the ladder, on `single-4090`.
    Instead: add a smaller rung or a quantised variant, ask for less context or fewer requests at once, or choose another tier; the help
    names a change that was tried and fits.
    """
    path = paths.get(refused.service, "specialists")
    tier = resolved.tier
    if refused.kind == "constraint":
        message = refused.reason
    else:
        terms = " + ".join(f"{gib:.1f} {name}" for name, gib in refused.terms.items())
        message = (
            f"`{refused.service}` needs {refused.needed_gib:.1f} GiB, tier `{resolved.config.tier}` has {refused.available_gib:.1f} GiB"
        )
        message += f" ({terms})." if terms else "."
        if refused.reason:
            message += f" {refused.reason}"
    at = f"{path}.model" if f"{path}.model" in resolved.origins else path
    advice = (
        refused.change or f"Add a smaller rung to the ladder, or choose a tier with more than {tier.accelerators} x {tier.accelerator}."
    )
    related = tuple(Related(f"`{rung.model}`: {rung.reason}", resolved.span(at)) for rung in refused.rungs[:MOST_LISTED])
    return Diagnostic("AUA0301", "error", message, resolved.span(at), resolved.written(at), advice, related)
