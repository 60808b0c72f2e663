"""The weights of the utility sum to 1, wherever they are given."""

from collections.abc import Iterator
from math import fsum

from aua_compile.config.model.routing import UtilityWeights
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

TOLERANCE = 1e-6
WEIGHTS = ("efficacy", "confidence", "curiosity")


def weights_do_not_sum(subject: Subject, path: str, weights: UtilityWeights) -> Diagnostic:
    """Utility weights that do not sum to 1.

    What it checks: `efficacy`, `confidence` and `curiosity` sum to 1, within a millionth, wherever they are given, after layers are merged.
    Why: utilities of different fields are compared, so they have to lie on one scale.
    Example: `utility: {weights: {efficacy: 0.8}}`, where confidence stays at 0.4 and curiosity at 0.1.
    Instead: `utility: {weights: {efficacy: 0.8, confidence: 0.15, curiosity: 0.05}}`.
    """
    values = [getattr(weights, name) for name in WEIGHTS]
    place = subject.place(*(f"{path}.{name}" for name in WEIGHTS), path)
    terms = " + ".join(f"{value:g} {name}" for name, value in zip(WEIGHTS, values, strict=True))
    where = subject.resolved.written(path) if subject.says(path) else path
    return Diagnostic(
        "AUA0232",
        "error",
        f"The weights of `{where}` sum to {fsum(values):g}, not 1: {terms}.",
        place.span,
        place.path,
        "Give all three, so that they sum to 1.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    given = [("utility.weights", subject.config.utility.weights)]
    given += [(f"fields.{field.name}.utility_weights", field.utility_weights) for field in subject.config.fields if field.utility_weights]
    for path, weights in given:
        if abs(fsum(getattr(weights, name) for name in WEIGHTS) - 1) > TOLERANCE:
            yield weights_do_not_sum(subject, path, weights)
