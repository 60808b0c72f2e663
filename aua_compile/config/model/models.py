"""`models` and `backends`: models under names of the user's own, and what serves them."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from aua_compile.config.declare import (
    ENVIRONMENT_KIND,
    HEADERS,
    NAME_KIND,
    URL,
    Block,
    Boolean,
    Choice,
    Integer,
    Key,
    ListOf,
    Number,
    Pattern,
)
from aua_compile.frozen import dataclass

BASE_URLS = ListOf(URL, single=True, minimum=1, maximum=64)
REPOSITORY = Pattern(
    r"[A-Za-z0-9_.-]{1,96}(/[A-Za-z0-9_.-]{1,96}){0,2}(:[A-Za-z0-9_.-]{1,64})?",
    "a model id such as `Qwen/Qwen2.5-7B-Instruct`, or an Ollama tag such as `qwen2.5:7b`",
)
REVISION = Pattern(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}", "a commit hash, tag or branch")
FILE_NAME = Pattern(r"[A-Za-z0-9_.-]{1,128}\.gguf", "the name of a `.gguf` file in the repository")

BackendKind = Literal["vllm", "ollama", "llamacpp", "sglang", "openai"]
ENGINE_KINDS: tuple[BackendKind, ...] = ("vllm", "ollama", "llamacpp", "sglang", "openai")
QUANTIZATIONS = ("bf16", "fp8", "awq", "gptq-int4", "gptq-int8", "mxfp4", "q4-k-m", "q8-0")

_MINE = {"models.<name>.id": "acme/mine", "models.<name>.vram_gib": 5, "specialists[].model": "mine"}
_SHAPED = {
    "models.<name>.id": "acme/mine",
    "specialists[].model": "mine",
    "specialists[].max_num_seqs": 256,
    "specialists[].tensor_parallel": 2,
    "models.<name>.shape.parameters": 7_000_000_000,
    "models.<name>.shape.layers": 28,
    "models.<name>.shape.hidden": 3584,
    "models.<name>.shape.intermediate": 18944,
    "models.<name>.shape.heads": 28,
    "models.<name>.shape.kv_heads": 4,
    "models.<name>.shape.head_dim": 128,
    "models.<name>.shape.vocabulary": 152064,
}
_OUTSIDE = {"backends.<name>.kind": "openai", "backends.<name>.base_url": "https://llm.example.org", "specialists[].backend": "mine"}


def _of_shape(doc: str, maximum: int, differ: tuple[int, int], minimum: int = 1) -> Key:
    return Key(doc, Integer(minimum, maximum), how="recreate", differ=differ, given=_SHAPED)


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The shape of a model that the registry does not know, from its `config.json`."""

    parameters: Annotated[int, _of_shape("Number of parameters.", 10**13, (7_000_000_000, 8_000_000_000), minimum=1_000_000)]
    layers: Annotated[int, _of_shape("`num_hidden_layers`.", 1024, (28, 56))]
    hidden: Annotated[int, _of_shape("`hidden_size`.", 10**6, (3584, 65536))]
    intermediate: Annotated[int, _of_shape("`intermediate_size`.", 10**7, (18944, 189440))]
    heads: Annotated[int, _of_shape("`num_attention_heads`.", 4096, (28, 27))]
    kv_heads: Annotated[int, _of_shape("`num_key_value_heads`.", 4096, (4, 8))]
    head_dim: Annotated[int, _of_shape("`head_dim`.", 4096, (128, 256))]
    vocabulary: Annotated[int, _of_shape("`vocab_size`.", 10**7, (152064, 304128))]


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model under a name of the user's choice."""

    alias: Annotated[
        str | None,
        Key(
            "Another model's name that this one stands for.",
            NAME_KIND,
            how="recreate",
            differ=("qwen-3b-awq", "qwen-7b-awq"),
            given={"specialists[].model": "mine"},
            names="model",
        ),
    ] = None
    id: Annotated[
        str | None,
        Key(
            "Repository on Hugging Face, or tag for Ollama.",
            REPOSITORY,
            how="recreate",
            differ=("acme/one", "acme/two"),
            given={"models.<name>.vram_gib": 5, "specialists[].model": "mine"},
            example="Qwen/Qwen2.5-7B-Instruct-AWQ",
            names="repository",
        ),
    ] = None
    revision: Annotated[
        str | None,
        Key(
            "Commit of the repository; without it the registry's, else the default branch with a warning.",
            REVISION,
            how="recreate",
            differ=("a1b2c3d", "d4c3b2a"),
            given=_MINE,
        ),
    ] = None
    backend: Annotated[
        str | None,
        Key(
            "The backend that runs it; without it the first engine of the tier that can.",
            NAME_KIND,
            how="recreate",
            differ=("vllm", "ollama"),
            given=_MINE,
            names="backend",
        ),
    ] = None
    quantization: Annotated[
        str | None, Key("How the weights are stored.", Choice(QUANTIZATIONS), how="recreate", differ=("awq", "fp8"), given=_MINE)
    ] = None
    gguf_file: Annotated[
        str | None,
        Key(
            "The file of a GGUF repository.",
            FILE_NAME,
            how="recreate",
            differ=("a.gguf", "b.gguf"),
            given={**_MINE, "models.<name>.backend": "llamacpp", "specialists[].concurrency": 1},
        ),
    ] = None
    context: Annotated[
        int | None,
        Key("Longest context of the model, in tokens.", Integer(256, 10_000_000), how="recreate", differ=(4096, 8192), given=_MINE),
    ] = None
    vram_gib: Annotated[
        float | None,
        Key(
            "Memory that the weights take, in GiB, for a model of unknown shape.",
            Number(above=0, maximum=10_000, unit="GiB"),
            how="recreate",
            differ=(5.2, 9.5),
            given={"models.<name>.id": "acme/mine", "specialists[].model": "mine"},
        ),
    ] = None
    shape: Annotated[
        ModelShape | None, Key("The model's shape, for a model that the registry does not know.", Block(ModelShape), how="recreate")
    ] = None


@dataclass(frozen=True, slots=True)
class Backend:
    """Something that serves models."""

    kind: Annotated[BackendKind, Key("What it speaks.", Choice(ENGINE_KINDS), how="recreate", differ=("vllm", "openai"), given=_OUTSIDE)]
    base_url: Annotated[
        tuple[str, ...] | None,
        Key(
            "Where an external backend is reached, without `/v1`; a backend with one is not started by this deployment. Several are"
            " servers of the same models: calls are spread over them, and those of one session stay together.",
            BASE_URLS,
            what="breaking",
            differ=("https://a.example.org", ["https://a.example.org", "https://b.example.org"]),
            given=_OUTSIDE,
        ),
    ] = None
    auth_secret: Annotated[
        str | None,
        Key(
            "Environment variable that holds the bearer key for it.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("KEY_A", "KEY_B"),
            given=_OUTSIDE,
        ),
    ] = None
    headers: Annotated[
        Mapping[str, str],
        Key("Headers sent with every call to it; never a secret.", HEADERS, differ=({}, {"X-Team": "search"}), given=_OUTSIDE),
    ] = field(default_factory=dict)
    allow_private: Annotated[
        bool,
        Key(
            "Whether its address may be a private one. Link-local and metadata addresses are refused even so.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=_OUTSIDE,
            safer=False,
        ),
    ] = False
