"""Why there is no plan: placements that do not fit."""

from collections.abc import Mapping

from aua_compile.config.resolve import Resolved
from aua_compile.diagnostic import Diagnostic, Related
from aua_compile.plan.wants import Refused

MOST_LISTED = 12


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
