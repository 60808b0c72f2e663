"""Why there is no plan: placements that do not fit."""

from collections.abc import Mapping

from aua_compile.config.resolve import Resolved
from aua_compile.config.serving import specs
from aua_compile.diagnostic import Diagnostic, Fix, Related, Remedy
from aua_compile.plan.rounding import apportioned
from aua_compile.plan.wants import Refused

MOST_LISTED = 12
MOST_TERMS = 8
MOST_SETTINGS = 4
WIDEST_ARGUMENTS = 44
"""Longer ones stand on a line of their own, so that the words beside the others stay on the screen."""


def does_not_fit(refused: Refused, resolved: Resolved, fixes: tuple[Remedy, ...]) -> Diagnostic:
    """A deployment whose models do not fit the tier.

    What it checks: weights, activations, KV cache for the wanted context and concurrency, and the engine's own memory fit the devices of
    the tier, for at least one rung of every ladder, all at once.
    Why: an engine that does not fit fails minutes after it was started, or serves fewer requests than planned.
    Example: a 72B model alone on the ladder, on `single-4090`.
    Instead: make one of the changes that the help lists, mildest first: each was compiled, and its numbers are the smallest or greatest
    that fit. Where it lists none, add a smaller rung, or ask for less of several services.
    """
    paths = {spec.name: path for path, spec in specs(resolved.config)}
    path = paths.get(refused.service, "specialists")
    at = f"{path}.model" if f"{path}.model" in resolved.origins else path
    span = resolved.span(at)
    message = refused.reason if refused.kind == "constraint" else _arithmetic(refused, resolved)
    rungs = refused.rungs if len(refused.rungs) > 1 else ()
    related = tuple(Related(f"`{rung.model}`: {rung.reason}", span) for rung in rungs[:MOST_LISTED])
    fix = next((edit for remedy in fixes if (edit := _edit(remedy, resolved)) is not None), None)
    return Diagnostic("AUA0301", "error", message, span, resolved.written(at), _advice(fixes, resolved), related, fix, fixes=fixes)


def _arithmetic(refused: Refused, resolved: Resolved) -> str:
    """What is needed and what there is, each with its parts: tenths that sum to what is shown."""
    tier = resolved.tier
    who = f"The {refused.together} services together need" if refused.together else f"`{refused.service}` needs"
    where = f" on {tier.accelerators} devices" if refused.together and tier.accelerators > 1 else ""
    each = " of each" if not refused.together and tier.accelerators > 1 else ""
    needs, has = f"{refused.needed_gib:.1f}", f"{refused.available_gib:.1f}"
    return (
        f"{who} {needs} GiB, tier `{resolved.config.tier}` has {has} GiB{each}{where}. {refused.reason}\n"
        f"needs {needs} = {_sum(refused.terms, refused.needed_gib)}\n"
        f"has {has} = {_sum(refused.has, refused.available_gib)}"
    )


def _sum(terms: Mapping[str, float], total: float) -> str:
    """`1.5 weights + 0.5 context - 0.1 rounding`: the largest terms by name, the others together."""
    names, sizes = list(terms), list(terms.values())
    if len(names) > MOST_TERMS:
        rest = sum(sizes[MOST_TERMS - 1 :])
        names = [*names[: MOST_TERMS - 1], f"{len(names) - MOST_TERMS + 1} more"]
        sizes = [*sizes[: MOST_TERMS - 1], rest]
    taken = [max(0.0, -size) for size in sizes]
    given = apportioned([max(0.0, size) for size in sizes], round(float(f"{total:.1f}") * 10) + sum(round(10 * size) for size in taken))
    words = [(round(10 * minus) or plus, "-" if minus else "+", name) for plus, minus, name in zip(given, taken, names, strict=True)]
    text = " ".join(f"{sign} {tenths / 10:.1f} {name}" for tenths, sign, name in words)
    return text.removeprefix("+ ")


def _advice(fixes: tuple[Remedy, ...], resolved: Resolved) -> str:
    """One line for each change: what to add to the command or to write, and what it costs."""
    if not fixes:
        tier = resolved.tier
        return f"Add a smaller rung to the ladder, or choose a tier with more than {tier.accelerators} x {tier.accelerator}."
    written = [_written(remedy) for remedy in fixes]
    beside = max((len(how) for how in written if len(how) <= WIDEST_ARGUMENTS), default=0)
    lines = [_line(how, remedy.words, beside) for how, remedy in zip(written, fixes, strict=True)]
    return "\n".join(["with any one of these it would fit:", *(f"  {line}" for line in lines)])


def _line(how: str, words: str, beside: int) -> str:
    """What to write and what it costs: in columns, or below each other where the first is long."""
    if len(how) > beside:
        return f"{how}\n      {words}"
    return f"{how:{beside}}  {words}" if how else words


def _written(remedy: Remedy) -> str:
    if len(remedy.settings) > MOST_SETTINGS:
        shown = " ".join(remedy.arguments[: 2 * MOST_SETTINGS])
        return f"{shown} and {len(remedy.settings) - MOST_SETTINGS} more of its kind, which --json lists"
    if remedy.arguments:
        return " ".join(remedy.arguments)
    return " ".join(f"{setting.path}: {setting.value}" for setting in remedy.settings)


def _edit(remedy: Remedy, resolved: Resolved) -> Fix | None:
    """A remedy as an edit of one value in a file of the user's; None where it is more than that."""
    if len(remedy.settings) != 1:
        return None
    setting = remedy.settings[0]
    origins = resolved.origins.get(setting.path)
    if not origins or origins[0].layer not in {"project", "extends", "env"} or origins[0].span.file == _shipped_file(resolved):
        return None
    return Fix(origins[0].span, setting.value)


def _shipped_file(resolved: Resolved) -> str:
    """The name of the shipped preset, where the project is one itself."""
    return f"presets/{resolved.bundle.choices.config}.yaml"
