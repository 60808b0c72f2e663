"""Who answers: a pure function of the fields' probabilities, the name a request asks for, and the thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aua_runtime.classify import GENERAL
from aua_runtime.contract.errors import MODEL_UNKNOWN, Failure
from aua_runtime.contract.settings import RoutingSettings
from aua_runtime.plan import Field, Specialist

Mode = Literal["single", "checked", "fanout"]
Reason = Literal[
    "pinned_specialist",
    "pinned_field",
    "above_single_threshold",
    "several_plausible",
    "one_plausible",
    "nothing_plausible",
    "offers_embeddings",
]

ROUTED = "aua"
"""The model name that lets the router decide."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who is asked, and why. `field` is None where the arbiter's model answers in place of a general specialist.

    `single` relays one answer as it comes, `checked` looks at one answer before its client sees it, `fanout` compares several.
    """

    mode: Mode
    reason: Reason
    field: Field | None
    specialists: tuple[Specialist, ...]
    probabilities: Mapping[str, float]

    @property
    def field_name(self) -> str:
        return self.field.name if self.field is not None else GENERAL

    @property
    def probability(self) -> float:
        """How sure the classifier is of the field; 1 where the client chose it."""
        return self.probabilities.get(self.field_name, 0.0) if self.probabilities else 1.0


def pins(fields: tuple[Field, ...], specialists: tuple[Specialist, ...], *, unfielded: Mode) -> dict[str, Route]:
    """The routes that model names fix: those of specialists, and those of fields by name and aliases where no specialist has the name.

    `unfielded` is how the arbiter's model, which has no field, answers.
    """
    found: dict[str, Route] = {}
    for field in reversed(fields):
        if field.specialists:
            route = Route(_mode(field, unfielded), "pinned_field", field, field.specialists[:1], {})
            found |= dict.fromkeys((*field.aliases, field.name), route)
    for specialist in reversed(specialists):
        of = next((field for field in fields if field.name == specialist.field), None)
        found[specialist.name] = Route(_mode(of, unfielded), "pinned_specialist", of, (specialist,), {})
    return found


def pinned(model: str, routes: Mapping[str, Route]) -> Route | None:
    """The route that a request's model name fixes; None leaves the choice to the router. Raises Failure when nothing has the name."""
    if model in {ROUTED, ""}:
        return None
    route = routes.get(model)
    if route is None:
        raise Failure(MODEL_UNKNOWN, f"There is no model `{model[:80]}`; `GET /v1/models` lists the names.", details={"param": "model"})
    return route


def to_embeddings(model: str, fields: tuple[Field, ...], specialists: tuple[Specialist, ...]) -> Route:
    """Who gives vectors: the specialist that the model name fixes, else the first that offers them, whatever the text is about.

    Vectors of different models cannot be compared, so the choice must not depend on the text. Raises Failure where nobody offers them.
    """
    offering = [specialist for specialist in specialists if specialist.embeddings]
    route = pinned(model, pins(fields, specialists, unfielded="single"))
    if route is not None:
        offering = [specialist for specialist in route.specialists if specialist.embeddings]
    if not offering:
        raise Failure(MODEL_UNKNOWN, f"No specialist offers embeddings as `{model[:80]}`.", details={"param": "model"})
    field = next((field for field in fields if field.name == offering[0].field), None)
    return Route("single", "offers_embeddings" if route is None else route.reason, field, (offering[0],), {})


def chosen(
    probabilities: Mapping[str, float],
    fields: tuple[Field, ...],
    routing: RoutingSettings,
    *,
    max_fanout: int,
    otherwise: Specialist | None,
    unfielded: Mode,
) -> Route:
    """The route for a question with these field probabilities, most likely first.

    A field at or above the single threshold answers alone. Else all fields at or above the fan-out threshold are asked, at most
    `max_fanout`; where that is only one, the generalist is asked beside it. Where no field is plausible the generalist answers.
    The generalist is the specialist of the field `general`, else `otherwise` (the arbiter's model, which answers in the mode `unfielded`),
    else the likeliest field's.
    """
    top = next(iter(probabilities))
    if probabilities[top] >= routing.single_threshold:
        for field in fields:
            if field.name == top and field.specialists:
                return Route(_mode(field, unfielded), "above_single_threshold", field, field.specialists[:1], probabilities)
    served = {field.name: field for field in fields if field.specialists}
    likely = [served[name] for name in probabilities if name in served]
    general = served.get(GENERAL)
    generalist = general.specialists[0] if general is not None else otherwise
    plausible = [field for field in likely if probabilities[field.name] >= routing.fanout_threshold]
    if plausible and max_fanout > 1:
        reason: Reason = "several_plausible" if len(plausible) > 1 else "one_plausible"
        asked = [field.specialists[0] for field in plausible] + ([generalist] if generalist is not None and len(plausible) == 1 else [])
        candidates = tuple({specialist.name: specialist for specialist in asked}.values())[:max_fanout]
        if len(candidates) > 1:
            return Route("fanout", reason, plausible[0], candidates, probabilities)
    if plausible and (max_fanout > 1 or generalist is None):
        return Route(_mode(plausible[0], unfielded), "one_plausible", plausible[0], plausible[0].specialists[:1], probabilities)
    if generalist is None:
        return Route(_mode(likely[0], unfielded), "nothing_plausible", likely[0], likely[0].specialists[:1], probabilities)
    return Route(_mode(general, unfielded), "nothing_plausible", general, (generalist,), probabilities)


def _mode(field: Field | None, unfielded: Mode) -> Mode:
    if field is None:
        return unfielded
    return "checked" if field.stream_mode == "decided" else "single"
