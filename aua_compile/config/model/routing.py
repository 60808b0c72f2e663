"""`fields`, `routing`, `utility`, `safety` and `prompts`: what requests are about, who answers them, and which answers are given."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from aua_compile.config.declare import NAME_KIND, PATH, Block, Boolean, Choice, Integer, Key, ListOf, MapOf, Number, Pattern, Text
from aua_compile.frozen import dataclass

Policy = Literal["balanced", "conservative"]
PROMPT_USES = ("arbiter", "abstention", "medical_safe", "legal_safe")


def _weight(doc: str, differ: tuple[float, float], higher: str, lower: str = "favours the other two terms") -> Key:
    return Key(doc, Number(0, 1), how="hot_reload", differ=differ, higher=higher, lower=lower)


@dataclass(frozen=True, slots=True)
class UtilityWeights:
    """Weights of the utility U = efficacy*E + confidence*C + curiosity*K; they sum to 1."""

    efficacy: Annotated[
        float, _weight("Weight of E, how well the answer does what was asked.", (0.5, 0.6), "favours answers that finish and pass checks")
    ] = 0.5
    confidence: Annotated[
        float, _weight("Weight of C, how sure the model was of this answer.", (0.4, 0.3), "favours answers given with high probability")
    ] = 0.4
    curiosity: Annotated[
        float, _weight("Weight of K, how new the question is.", (0.1, 0.2), "favours exploring", "favours what is known")
    ] = 0.1


@dataclass(frozen=True, slots=True)
class Utility:
    """How answers are scored."""

    weights: Annotated[
        UtilityWeights, Key("Weights for fields that give none of their own; they sum to 1.", Block(UtilityWeights), how="hot_reload")
    ] = field(default_factory=UtilityWeights)


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field this deployment serves. A bare name takes everything from the registry; a name that the registry lacks is an own field."""

    name: Annotated[
        str,
        Key(
            "The field: a name or alias from the registry, or a new name.",
            NAME_KIND,
            what="breaking",
            differ=("mathematics", "general"),
            names="field",
        ),
    ]
    aliases: Annotated[
        tuple[str, ...],
        Key("Other names that requests may use for the field.", ListOf(NAME_KIND), what="additive", differ=([], ["numbers"])),
    ] = ()
    description: Annotated[
        str, Key("What belongs to the field, for people and for the arbiter.", Text(lines=True), what="metadata", differ=("one", "two"))
    ] = ""
    keywords: Annotated[
        Mapping[str, float],
        Key(
            "Words and phrases that speak for the field, each with a weight; they replace the registry's.",
            MapOf(Number(0, 1, above=0), Pattern(r"[^\s]([^\n\r\t]{0,62}[^\s])?", "a word or phrase of at most 64 characters")),
            differ=({"integral": 0.5}, {"integral": 0.9}),
        ),
    ] = field(default_factory=dict)
    utility_weights: Annotated[
        UtilityWeights | None,
        Key("Utility weights for this field; without them `utility.weights` holds.", Block(UtilityWeights), how="hot_reload"),
    ] = None
    confidence_threshold: Annotated[
        float | None,
        Key(
            "Least confidence at which an answer in this field counts as sure; without it `safety.min_confidence_for_direct_answer` holds.",
            Number(0, 1),
            how="hot_reload",
            higher="more answers go to the arbiter or are withheld",
            lower="more answers are returned as they are",
            differ=(0.7, 0.8),
            safer="higher",
        ),
    ] = None
    arbiter_policy: Annotated[
        Policy | None,
        Key(
            "How the arbiter decides in this field; without it `arbiter.policy` holds.",
            Choice(("balanced", "conservative")),
            differ=("balanced", "conservative"),
            safer="conservative",
        ),
    ] = None
    high_risk: Annotated[
        bool | None, Key("Whether wrong answers in this field do harm.", Boolean(), what="security", differ=(True, False), safer=True)
    ] = None


@dataclass(frozen=True, slots=True)
class Routing:
    """Thresholds on the classifier's probability of a field."""

    single_threshold: Annotated[
        float,
        Key(
            "Probability from which one specialist answers alone.",
            Number(0, 1),
            how="hot_reload",
            higher="more prompts go to several specialists or the arbiter",
            lower="more prompts go to one specialist",
            differ=(0.75, 0.8),
        ),
    ] = 0.75
    fanout_threshold: Annotated[
        float,
        Key(
            "Probability from which a field's specialist joins a fan-out.",
            Number(0, 1),
            how="hot_reload",
            higher="fewer candidates",
            lower="more candidates, more cost",
            differ=(0.3, 0.25),
        ),
    ] = 0.30
    max_fanout: Annotated[
        int,
        Key(
            "Most specialists that one prompt is sent to; 1 turns fan-out off.",
            Integer(1, 16),
            higher="more candidates",
            lower="less cost",
            differ=(1, 2),
        ),
    ] = 2
    deadline_s: Annotated[
        float,
        Key(
            "Longest a request may take in all, in seconds.",
            Number(above=0, maximum=86400, unit="s"),
            how="hot_reload",
            higher="slow answers survive",
            lower="clients hear sooner",
            differ=(150, 240),
        ),
    ] = 150.0


@dataclass(frozen=True, slots=True)
class Safety:
    """When the router abstains."""

    abstention_enabled: Annotated[
        bool, Key("Whether an answer that is not sure enough is withheld.", Boolean(), what="security", differ=(True, False), safer=True)
    ] = True
    high_risk_fields: Annotated[
        tuple[str, ...],
        Key(
            "Fields in which wrong answers do harm, besides those that the registry marks.",
            ListOf(NAME_KIND),
            what="security",
            differ=([], ["general"]),
            safer="more",
            names="field",
        ),
    ] = ()
    require_arbiter_for_high_risk: Annotated[
        bool,
        Key(
            "Whether the arbiter looks at every answer in a high-risk field.", Boolean(), what="security", differ=(True, False), safer=True
        ),
    ] = False
    min_confidence_for_direct_answer: Annotated[
        float,
        Key(
            "Least confidence of an answer that is returned as it is; 0 asks for none.",
            Number(0, 1),
            how="hot_reload",
            higher="more abstentions",
            lower="more answers returned as they are",
            differ=(0.1, 0.2),
            safer="higher",
        ),
    ] = 0.0


def _text(doc: str, differ: tuple[str, str] = ("medical_safe_v1", "legal_safe_v1")) -> Key:
    return Key(doc, NAME_KIND, differ=differ, names="prompt")


def _file(doc: str) -> Key:
    return Key(doc, PATH, differ=("a.txt", "b.txt"), names="file")


@dataclass(frozen=True, slots=True)
class Prompts:
    """Texts that the router uses. `<use>_template` names one from the registry, `<use>_template_path` a file of the project."""

    arbiter_template: Annotated[
        str | None, _text("Registered text for the arbiter.", ("arbiter_balanced_v1", "arbiter_conservative_v1"))
    ] = None
    abstention_template: Annotated[str | None, _text("Registered text of an abstention.", ("abstention_v1", "medical_safe_v1"))] = None
    medical_safe_template: Annotated[str | None, _text("Registered text added to medical prompts.")] = None
    legal_safe_template: Annotated[str | None, _text("Registered text added to legal prompts.")] = None
    arbiter_template_path: Annotated[str | None, _file("File with the text for the arbiter.")] = None
    abstention_template_path: Annotated[str | None, _file("File with the text of an abstention.")] = None
    medical_safe_template_path: Annotated[str | None, _file("File with the text added to medical prompts.")] = None
    legal_safe_template_path: Annotated[str | None, _file("File with the text added to legal prompts.")] = None
