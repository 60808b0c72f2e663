"""The fields that a deployment serves, complete: what the config says over what the registry says, and who answers them."""

from aua_compile.config.model import Config
from aua_compile.config.model.routing import FieldUse
from aua_compile.plan.model import Field, Keyword, StreamMode, Weights


def served_fields(config: Config) -> tuple[Field, ...]:
    """The fields in the order of the config, each with its specialists in the order of the config."""
    return tuple(_field(use, config) for use in config.fields)


def _field(use: FieldUse, config: Config) -> Field:
    weights = use.utility_weights or config.utility.weights
    high_risk = bool(use.high_risk) or use.name in config.safety.high_risk_fields
    threshold = config.safety.min_confidence_for_direct_answer if use.confidence_threshold is None else use.confidence_threshold
    return Field(
        name=use.name,
        aliases=use.aliases,
        description=use.description,
        keywords=_keywords(use),
        weights=Weights(weights.efficacy, weights.confidence, weights.curiosity),
        confidence_threshold=threshold,
        arbiter_policy=use.arbiter_policy or config.arbiter.policy,
        high_risk=high_risk,
        specialists=tuple(specialist.name for specialist in config.specialists if specialist.field == use.name),
        stream_mode=_stream_mode(high_risk=high_risk, config=config),
    )


def _keywords(use: FieldUse) -> tuple[Keyword, ...]:
    """The field's words, loudest first. A field of the user's own without keywords is known by its name and aliases."""
    words = use.keywords or {word.replace("_", " ").replace("-", " "): 1.0 for word in (use.name, *use.aliases)}
    return tuple(Keyword(text.lower(), weight) for text, weight in sorted(words.items(), key=lambda word: (-word[1], word[0])))


def _stream_mode(*, high_risk: bool, config: Config) -> StreamMode:
    """`decided` where the answer is judged before the client sees it: abstention by its confidence, or the arbiter on high risk."""
    safety = config.safety
    gated = safety.abstention_enabled and safety.min_confidence_for_direct_answer > 0
    return "decided" if gated or (high_risk and safety.require_arbiter_for_high_risk) else "direct"
