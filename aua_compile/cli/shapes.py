"""What each command prints with `--json`: the types from which schemas/commands.json is made. No command imports this module.

A command prints one of these, or what another schema describes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aua_runtime.cli.doctor import Examination
from aua_runtime.loadtest.comparison import Difference
from aua_runtime.loadtest.report import Held
from aua_runtime.loadtest.summary import Part, Spread
from aua_runtime.status.told import Told

from aua_compile.diagnostic import Remedy

Json = Any
"""Any value of JSON."""


@dataclass
class Lock:
    """`aua lock`: the entries of aua.lock by name, whether the file was written, and what became of which entry.

    `diff` is what `aua diff` would say of the plans before and after; null where no commit and no image was upgraded.
    """

    file: str
    written: bool
    entries: Mapping[str, str]
    added: list[str]
    upgraded: list[str]
    dropped: list[str]
    held: list[str]
    stale: list[str]
    diff: dict[str, Json] | None


@dataclass
class Fit:
    """`aua fit`: a variant of a model on an engine; how it would run, or with `reasons` why it does not."""

    variant: str
    engine: str
    fits: bool
    accelerator: str | None = None
    devices: int | None = None
    weights_gib: float | None = None
    used_gib: float | None = None
    kv_pool_gib: float | None = None
    context_tokens: int | None = None
    kv_tokens: int | None = None
    requests_at_full_context: float | None = None
    typical_requests: float | None = None
    first_token_s: float | None = None
    decode_tokens_per_s: float | None = None
    batch_tokens_per_s: float | None = None
    usd_per_million_tokens: float | None = None
    settings: Mapping[str, Json] | None = None
    reasons: list[str] | None = None


@dataclass
class Started:
    """A file that `aua init` wrote, kept or would change, and how."""

    path: str
    status: str
    difference: str


@dataclass
class Init:
    """`aua init`: the project that was started."""

    folder: str
    name: str
    preset: str
    tier: str
    next: list[str]
    files: list[Started]


@dataclass
class ImportedKey:
    """A key of the imported file, and what became of it."""

    path: str
    line: int
    fate: str
    here: str
    note: str


@dataclass
class Import:
    """`aua import`: the new config, what became of each key, and what the compiler finds in it (schemas/diagnostics.json)."""

    written: str | None
    config: str
    keys: list[ImportedKey]
    compiles: bool | None
    findings: Mapping[str, Json]


@dataclass
class Service:
    """What serves one specialist on proposed hardware."""

    model: str
    engine: str
    devices: list[int]


@dataclass
class Design:
    """`aua tiers design`: hardware that serves a config."""

    accelerator: str
    accelerators: int
    also: dict[str, int]
    usd_per_hour: float
    steps_down: int
    free_gib: float
    services: Mapping[str, Service]


@dataclass
class Shown:
    """`aua config show`: a final value, and the layer that set it."""

    key: str
    value: Json
    layer: str


@dataclass
class Differs:
    """`aua config diff`: a value that two configs do not share."""

    key: str
    old: Json
    new: Json


@dataclass
class MigratedFile:
    """A file of a config: its version before, and what changes in it."""

    file: str
    version: str
    changed: bool
    written: bool
    difference: str


@dataclass
class Migrate:
    """`aua config migrate`: each file, and the digest of the plan on each tier where it was proven to stay."""

    files: list[MigratedFile]
    proven: Mapping[str, str]


@dataclass
class Cell:
    """`aua presets matrix`: what runs of a preset on a tier, or the refusal."""

    preset: str
    tier: str
    runs: list[str]
    refusal: str
    advice: str
    fixes: list[Remedy]


@dataclass
class Script:
    """`aua completion`: a shell's script."""

    shell: Literal["bash", "zsh", "fish"]
    script: str


@dataclass
class Version:
    """`aua --version`."""

    aua: str
    runtime: str
    config_version: str
    python: str


@dataclass
class Model:
    """`aua models list`: a registered model."""

    name: str
    parameters_billion: float
    context_tokens: int
    license: str | None
    variants_gib: Mapping[str, float]
    repository: str | None


@dataclass
class Field:
    """`aua fields list`: a subject that requests are about."""

    name: str
    aliases: list[str]
    utility_weights: Mapping[Literal["efficacy", "confidence", "curiosity"], float]
    confidence_threshold: float
    arbiter_policy: str
    high_risk: bool


@dataclass
class Engine:
    """`aua engines list`: a server of models."""

    name: str
    version: str
    image: str
    quantizations: list[str]
    devices: list[str]


@dataclass
class Tier:
    """`aua tiers list`: hardware that deployments run on. `file` is where the project describes one of its own."""

    name: str
    accelerator: str
    accelerators: int
    also: dict[str, int]
    host_ram_gib: float
    engines: list[str]
    engines_run: str
    aliases: list[str]
    file: str | None


@dataclass
class Preset:
    """`aua presets list`: what can be run."""

    name: str
    fields: list[str]
    specialists: int
    arbiter: str
    locked: list[str]


@dataclass
class Word:
    """A word of a question that spoke for a field, and how loudly."""

    word: str
    weight: float


@dataclass
class Thresholds:
    """From which probability on a specialist answers alone, and joins a fan-out."""

    single: float
    fanout: float


@dataclass
class Route:
    """`aua route`: who would answer, and why. The ids are those of the request to a running router; `--dir` sends none."""

    mode: Literal["single", "checked", "fanout"]
    stream_mode: Literal["direct", "decided"]
    reason: str
    field: str
    specialists: list[str]
    probabilities: Mapping[str, float]
    thresholds: Thresholds
    words: Mapping[str, list[Word]]
    request_id: str = ""
    trace_id: str = ""


@dataclass
class Reloaded:
    """`aua config reload`: whether the settings of the file differ from those that the router had, and the digest of their plan."""

    outcome: Literal["applied", "unchanged"]
    plan: str


@dataclass
class Refused:
    """What a router says where it does not do what it was asked: a code of docs/router.md, and what else is known."""

    error: str
    message: str
    details: Mapping[str, Json]
    trace_id: str = ""


@dataclass
class LoadTest:
    """`aua loadtest`: what was asked for, what came of it, and what it was held to. Times are seconds."""

    schema_version: int
    asked: Mapping[str, Json]
    kept_up: bool
    requests: int
    answered: int
    unfinished: int
    error_share: float
    errors: Mapping[str, int]
    duration_s: float
    sent_per_s: float
    answered_per_s: float
    tokens_in: int
    tokens_out: int
    tokens_out_per_s: float
    ttft: Spread
    itl: Spread
    total: Spread
    late: Spread
    by_field: Mapping[str, Part]
    by_specialist: Mapping[str, Part]
    expectations: list[Held]
    ended: str
    compared: list[Difference] | None


@dataclass
class SpecialistCost:
    """What the calls to one specialist cost; amounts in millionths of the currency."""

    specialist: str
    calls: int
    unpriced_calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_micro: int
    rent_micro: int | None
    estimated_per_million_micro: int | None
    measured_per_million_micro: int | None
    with_idle_per_million_micro: int | None


@dataclass
class FieldCost:
    """What the calls for requests in one field cost."""

    field: str
    cost_micro: int


@dataclass
class DayCost:
    """What the calls of one day cost, in UTC; known of a store only."""

    day: str
    calls: int
    unpriced_calls: int
    cost_micro: int


@dataclass
class Costs:
    """`aua costs`: what calls cost, in one currency; `other_calls` have prices in another."""

    currency: str
    prices: list[str]
    since: str | None
    seconds: float | None
    cost_micro: int
    unpriced_calls: int
    other_calls: Mapping[str, int]
    specialists: list[SpecialistCost]
    fields: list[FieldCost]
    days: list[DayCost]


SHAPES: Mapping[str, Any] = {
    "--version": Version,
    "compile": "diagnostics",
    "eject": "diagnostics",
    "verify": "diagnostics",
    "config validate": "diagnostics",
    "plan": "plan",
    "diff": "diff",
    "lock": Lock,
    "fit": list[Fit],
    "init": Init,
    "import": Import,
    "explain": "explanation",
    "completion": Script,
    "config show": list[Shown],
    "config expand": "config",
    "config diff": list[Differs],
    "config migrate": Migrate,
    "models list": list[Model],
    "models inspect": "model",
    "fields list": list[Field],
    "fields inspect": "field",
    "presets list": list[Preset],
    "presets inspect": "preset",
    "presets matrix": list[Cell],
    "tiers list": list[Tier],
    "tiers inspect": "tier",
    "tiers design": list[Design],
    "engines list": list[Engine],
    "engines inspect": "engine",
    "doctor": Examination,
    "doctor --placement": "placement-check",
    "top": Told,
    "status": Told,
    "costs": Costs,
    "route": Route | Refused,
    "loadtest": LoadTest,
    "config reload": Reloaded | Refused,
}
"""Command, with an option where that changes what it prints -> the type of it, or the name of the schema that describes it."""

WITHOUT: Mapping[str, str] = {
    "graph": "draws: an SVG, or Mermaid",
    "lsp": "speaks the Language Server Protocol",
    "demo": "is a tour that a person reads",
    "serve": "runs until it is stopped, and logs",
    "sim": "runs until it is stopped, and logs",
    "schema": "prints a JSON Schema, whose own schema is its dialect's",
    "attest": "prints an in-toto statement or a CycloneDX bill of materials, whose schemas are theirs",
}
"""Commands of which no schema is made here, each with the reason."""
