"""`state`, `deploy` and `patches`: how the parts are deployed, where the router keeps what it did, and changes to what was written."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from aua_compile.config.declare import (
    ENVIRONMENT_KIND,
    NAME_KIND,
    PATH,
    Apply,
    Block,
    Choice,
    Data,
    Integer,
    Key,
    ListOf,
    MapOf,
    Number,
    Pattern,
    Size,
    Text,
)
from aua_compile.config.model.observability import COLLECTED
from aua_compile.frozen import dataclass

IMAGE = Pattern(r"[a-z0-9][A-Za-z0-9_.:/@-]{0,254}", "an image reference such as `ghcr.io/org/name:1.2`")
QUANTITY = Pattern(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", "a Kubernetes name: lower-case letters, digits, `-` and `.`")

_GGUF = {"specialists[].model": "qwen-7b-q4-k-m"}
_STORAGE = {"deploy.volumes[].name": "extra", "deploy.volumes[].size": "1GiB"}
_PATCHED = {"patches[].merge": {"x-team": {"name": "core"}}}


@dataclass(frozen=True, slots=True)
class State:
    """Where the router records what it did."""

    backend: Annotated[
        Literal["sqlite", "postgres"],
        Key(
            "The store.",
            Choice(("sqlite", "postgres")),
            what="breaking",
            how="manual",
            differ=("sqlite", "postgres"),
            given={"state.dsn_secret": "DSN"},
        ),
    ] = "sqlite"
    path: Annotated[
        str, Key("SQLite file, relative to the project, no URI.", PATH, what="breaking", how="manual", differ=("state/a.db", "state/b.db"))
    ] = "state/aua.db"
    dsn_secret: Annotated[
        str | None,
        Key(
            "Environment variable with the Postgres DSN.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("DSN_A", "DSN_B"),
            given={"state.backend": "postgres"},
        ),
    ] = None
    durability: Annotated[
        Literal["normal", "full"],
        Key("`full` syncs every commit, `normal` at checkpoints.", Choice(("normal", "full")), differ=("normal", "full")),
    ] = "normal"


def _image(doc: str, name: str, given: Mapping[str, Any] | None = None, how: Apply = "recreate") -> Key:
    return Key(doc, IMAGE, how=how, differ=(f"a.example.org/{name}:1", f"a.example.org/{name}:2"), given=given or {})


@dataclass(frozen=True, slots=True)
class Images:
    """Image references that win over the registry's."""

    router: Annotated[str | None, _image("Image of the router.", "router", how="rolling_restart")] = None
    vllm: Annotated[str | None, _image("Image of vLLM.", "vllm")] = None
    sglang: Annotated[str | None, _image("Image of SGLang.", "sglang", {"specialists[].backend": "sglang"})] = None
    ollama: Annotated[str | None, _image("Image of Ollama.", "ollama", {**_GGUF, "specialists[].backend": "ollama"})] = None
    llamacpp: Annotated[str | None, _image("Image of llama.cpp's server.", "llama", {**_GGUF, "specialists[].backend": "llamacpp"})] = None
    prometheus: Annotated[str | None, _image("Image of Prometheus in compose.", "prom")] = None
    collector: Annotated[str | None, _image("Image of the OpenTelemetry collector.", "otel", COLLECTED)] = None
    grafana: Annotated[str | None, _image("Image of Grafana in compose.", "graf")] = None


@dataclass(frozen=True, slots=True)
class Resources:
    """What the router's container may take."""

    cpus: Annotated[float, Key("CPU cores.", Number(above=0, maximum=1024), how="recreate", differ=(1, 2))] = 1.0
    memory: Annotated[int, Key("Memory.", Size(64 * 2**20, 2**44), how="recreate", differ=("512MiB", "1GiB"))] = 512 * 2**20


@dataclass(frozen=True, slots=True)
class UserVolume:
    """Storage that is mounted into the router at `/volumes/<name>`."""

    name: Annotated[str, Key("The volume's name.", NAME_KIND, what="breaking", how="manual", differ=("one", "two"))]
    size: Annotated[int, Key("Its size.", Size(2**20, 2**50), how="manual", differ=("1GiB", "2GiB"), given=_STORAGE)]
    storage_class: Annotated[
        str | None, Key("Kubernetes storage class.", QUANTITY, how="manual", differ=("fast", "slow"), given=_STORAGE)
    ] = None


@dataclass(frozen=True, slots=True)
class KubernetesSettings:
    """What only Kubernetes needs."""

    namespace: Annotated[
        str | None,
        Key(
            "Namespace; without it the project's name.",
            Pattern(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "a namespace: lower-case letters, digits and `-`"),
            what="breaking",
            how="recreate",
            differ=("one", "two"),
        ),
    ] = None
    storage_class: Annotated[
        str | None, Key("Storage class of all volumes that name none.", QUANTITY, how="manual", differ=("fast", "slow"))
    ] = None


@dataclass(frozen=True, slots=True)
class Deploy:
    """How the parts are deployed."""

    replicas: Annotated[
        int,
        Key(
            "Routers that run at once; more than one needs shared state.",
            Integer(1, 1000),
            differ=(2, 3),
            given={"state.backend": "postgres", "state.dsn_secret": "DSN"},
        ),
    ] = 1
    workers: Annotated[
        int, Key("Processes of each router, which share its port and its state; about one per core.", Integer(1, 64), differ=(1, 3))
    ] = 1
    images: Annotated[Images, Key("Image references that win over the registry's.", Block(Images))] = field(default_factory=Images)
    resources: Annotated[Resources, Key("What the router's container may take.", Block(Resources))] = field(default_factory=Resources)
    env: Annotated[
        Mapping[str, str],
        Key(
            "Literal environment of the router; never a secret.",
            MapOf(Text(), Pattern(r"[A-Z_][A-Z0-9_]*", "an environment variable's name")),
            differ=({}, {"TZ": "UTC"}),
        ),
    ] = field(default_factory=dict)
    volumes: Annotated[tuple[UserVolume, ...], Key("More storage for the router.", ListOf(Block(UserVolume)))] = ()
    runtime: Annotated[
        Literal["carried", "index"],
        Key(
            "`carried` puts the runtime's sources beside the router, `index` installs the pinned package.",
            Choice(("carried", "index")),
            differ=("carried", "index"),
        ),
    ] = "carried"
    drain_s: Annotated[
        float, Key("Seconds that open requests get to finish when the router stops.", Number(0, 3600, unit="s"), differ=(10, 20))
    ] = 20.0
    grace_s: Annotated[
        float, Key("Seconds until a stopping router is killed; not less than `drain_s`.", Number(1, 7200, unit="s"), differ=(30, 40))
    ] = 30.0
    kubernetes: Annotated[KubernetesSettings, Key("What only Kubernetes needs.", Block(KubernetesSettings))] = field(
        default_factory=KubernetesSettings
    )


@dataclass(frozen=True, slots=True)
class PatchTarget:
    """What a patch changes: one file, or every Kubernetes object that has all of what is given."""

    file: Annotated[
        str | None,
        Key(
            "A file below the output folder, or the end of its path where only one file ends so.",
            PATH,
            how="manual",
            example="compose/compose.yaml",
            differ=("compose/compose.yaml", "prometheus/prometheus.yaml"),
            given=_PATCHED,
        ),
    ] = None
    kind: Annotated[
        str | None,
        Key(
            "The kind of Kubernetes objects.",
            Pattern(r"[A-Z][A-Za-z0-9]{0,62}", "a kind such as `Deployment`"),
            how="manual",
            example="Deployment",
            differ=("Deployment", "Service"),
            given=_PATCHED | {"patches[].target.name": "router"},
        ),
    ] = None
    name: Annotated[
        str | None,
        Key(
            "The name of Kubernetes objects.",
            QUANTITY,
            how="manual",
            example="router",
            differ=("router", "swe"),
            given=_PATCHED | {"patches[].target.kind": "Service"},
        ),
    ] = None
    labels: Annotated[
        Mapping[str, str],
        Key(
            "Labels that Kubernetes objects carry, all of them.",
            MapOf(Text(), Pattern(r"[A-Za-z0-9._/-]{1,317}", "the name of a label")),
            how="manual",
            differ=({"app.kubernetes.io/name": "router"}, {"app.kubernetes.io/component": "engine"}),
            given=_PATCHED | {"patches[].target.kind": "Service"},
        ),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patch:
    """A change to structured artifacts after they are made: a merge patch, or operations of a JSON Patch."""

    target: Annotated[PatchTarget, Key("What is changed.", Block(PatchTarget), how="manual")]
    merge: Annotated[
        Mapping[str, Any] | None,
        Key(
            "What to lay over it (RFC 7396): mappings merge, null removes, lists and all else replace.",
            Data("mapping"),
            what="security",
            how="manual",
            differ=({"x-a": 1}, {"x-a": 2}),
            given={"patches[].target.file": "compose/compose.yaml"},
        ),
    ] = None
    json: Annotated[
        tuple[Mapping[str, Any], ...] | None,
        Key(
            "Operations on it in order (RFC 6902): add, remove, replace, move, copy, test.",
            Data("operations"),
            what="security",
            how="manual",
            differ=([{"op": "remove", "path": "/services/router/cap_drop"}], [{"op": "remove", "path": "/services/router/healthcheck"}]),
            given={"patches[].target.file": "compose/compose.yaml"},
        ),
    ] = None
    expects: Annotated[
        Mapping[str, Any] | None,
        Key(
            "What it must hold before, in the shape of `merge`; null says absent. The compiler refuses the patch when it no longer does.",
            Data("mapping"),
            what="metadata",
            how="none",
            differ=({"name": "shop"}, {"name": "other"}),
            given={**_PATCHED, "patches[].target.file": "compose/compose.yaml"},
        ),
    ] = None
