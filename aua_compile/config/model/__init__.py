"""The Config: what the user, the preset and the tier said, every value final, typed and in units. Its declarations are the config language.

One module holds one section of the language, or a few that belong together. An absent optional value is None. Times are seconds, sizes
are bytes, shares are fractions. What a config needs so that a key matters (`Key.given`) lies in constants above it.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from aua_compile.config.declare import NAME_KIND, PATH, Block, Choice, Key, ListOf, MapOf, Pattern, Text
from aua_compile.config.model.api import Api
from aua_compile.config.model.deploy import Deploy, Patch, State
from aua_compile.config.model.models import Backend, ModelUse
from aua_compile.config.model.observability import Observability
from aua_compile.config.model.resilience import Resilience
from aua_compile.config.model.routing import FieldUse, Prompts, Routing, Safety, Utility
from aua_compile.config.model.specialists import Arbiter, Specialist
from aua_compile.frozen import dataclass

CONFIG_VERSION = "1.0"
TARGETS = ("router", "compose", "kubernetes", "prometheus", "grafana", "docs")

RESERVED = frozenset(
    {
        "security",
        "rate_limits",
        "budgets",
        "secrets",
        "tenants",
        "policies",
        "hooks",
        "middleware",
        "plugins",
        "promotion",
        "sessions",
        "guards",
        "presets",
        "observability.audit",
        "prompts.classifier_template",
        "prompts.classifier_template_path",
    }
)
"""Keys that a later release implements; until then they are refused by name."""


@dataclass(frozen=True, slots=True)
class Project:
    """What is deployed."""

    name: Annotated[
        str,
        Key(
            "Name of the deployment; services, volumes and the namespace carry it.",
            NAME_KIND,
            what="breaking",
            how="recreate",
            differ=("alpha", "beta"),
        ),
    ]
    description: Annotated[
        str, Key("What this deployment is for, in the user's words.", Text(lines=True), what="metadata", how="none", differ=("one", "two"))
    ] = ""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    config_version: Annotated[
        str, Key("Version of this language.", Text(), what="metadata", how="none", example="1.0", differ=("1.0", "0.9"))
    ]
    project: Annotated[Project, Key("What is deployed.", Block(Project))]
    preset: Annotated[
        str | None, Key("The preset whose values lie under these.", NAME_KIND, what="breaking", differ=("coding", "math"), names="preset")
    ] = None
    tier: Annotated[
        str | None,
        Key("The hardware it runs on.", NAME_KIND, what="breaking", how="recreate", differ=("single-4090", "quad-4090"), names="tier"),
    ] = None
    profile: Annotated[
        Literal["local-dev", "workstation", "team", "enterprise"],
        Key(
            "How strict the checks are.",
            Choice(("local-dev", "workstation", "team", "enterprise")),
            what="security",
            how="none",
            differ=("local-dev", "team"),
        ),
    ] = "local-dev"
    extends: Annotated[
        str | None, Key("A file of the project whose keys lie under this one's.", PATH, differ=("base.yaml", "other.yaml"), names="file")
    ] = None
    locked: Annotated[
        tuple[str, ...],
        Key(
            "Keys that no stronger layer may make less safe; for presets.",
            ListOf(Pattern(r"[a-z_]+(\.[a-z_]+)*", "a key's dotted path")),
            what="security",
            how="none",
            differ=([], ["routing.single_threshold"]),
            names="key",
        ),
    ] = ()
    fields: Annotated[
        tuple[FieldUse, ...],
        Key(
            "The fields this deployment serves; without it those of the specialists.",
            ListOf(Block(FieldUse, shorthand="name"), minimum=1),
            what="breaking",
        ),
    ] = ()
    models: Annotated[Mapping[str, ModelUse], Key("Models under names of your own.", MapOf(Block(ModelUse), NAME_KIND), how="recreate")] = (
        field(default_factory=dict)
    )
    backends: Annotated[
        Mapping[str, Backend], Key("What serves the models. Every kind is declared under its own name.", MapOf(Block(Backend), NAME_KIND))
    ] = field(default_factory=dict)
    specialists: Annotated[
        tuple[Specialist, ...], Key("The models that answer.", ListOf(Block(Specialist), minimum=1), what="breaking")
    ] = ()
    arbiter: Annotated[Arbiter, Key("The model that decides between candidates.", Block(Arbiter))] = field(default_factory=Arbiter)
    routing: Annotated[Routing, Key("How prompts find specialists.", Block(Routing))] = field(default_factory=Routing)
    utility: Annotated[Utility, Key("How answers are scored.", Block(Utility))] = field(default_factory=Utility)
    safety: Annotated[Safety, Key("When the router abstains.", Block(Safety))] = field(default_factory=Safety)
    prompts: Annotated[Prompts, Key("Texts that the router uses.", Block(Prompts))] = field(default_factory=Prompts)
    api: Annotated[Api, Key("The router's public face.", Block(Api))] = field(default_factory=Api)
    resilience: Annotated[Resilience, Key("Timeouts, retries and breakers.", Block(Resilience))] = field(default_factory=Resilience)
    state: Annotated[State, Key("Where the router records what it did.", Block(State))] = field(default_factory=State)
    observability: Annotated[Observability, Key("What the deployment tells about itself.", Block(Observability))] = field(
        default_factory=Observability
    )
    deploy: Annotated[Deploy, Key("How the parts are deployed.", Block(Deploy))] = field(default_factory=Deploy)
    targets: Annotated[
        tuple[str, ...],
        Key(
            "Which artifacts are written; without it all that the tier supports.",
            ListOf(Choice(TARGETS), minimum=1),
            what="breaking",
            differ=(["router"], ["router", "compose"]),
        ),
    ] = ()
    patches: Annotated[
        tuple[Patch, ...],
        Key("Changes to the artifacts that no other key can say, in order.", ListOf(Block(Patch)), what="security", how="manual"),
    ] = ()
