"""`specialists` and `arbiter`: the models that answer, and the one that decides between their answers."""

from dataclasses import field
from typing import Annotated, Any, Literal

from aua_compile.config.declare import DECIMAL, HOST, NAME_KIND, PORT, Block, Boolean, Choice, Integer, Key, ListOf, Number, Pattern, Share
from aua_compile.config.model.resilience import CallLimits, CircuitBreaker
from aua_compile.config.model.routing import Policy
from aua_compile.frozen import dataclass

SPECIALIST_NAMES = ListOf(NAME_KIND)
MODEL_LADDER = ListOf(Pattern(r"[a-z][a-z0-9_-]{0,62}|[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", "a model's name"), single=True, minimum=1)

_VCG_MODE = {"arbiter.mode": "vcg"}
_ELSEWHERE = {
    f"{who}.{key}": value for who in ("specialists[]", "arbiter") for key, value in (("host", "a.example.org"), ("scheme", "https"))
}

_AT_SERVICE = {**_ELSEWHERE, "specialists[].backend": "openai"}


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost, per million, in the currency of `observability.costs`. The router accounts with it."""

    input: Annotated[
        str, Key("For a million tokens that it reads.", DECIMAL, how="hot_reload", differ=("2.50", "3.00"), example="2.50")
    ] = "0"
    output: Annotated[
        str, Key("For a million tokens that it writes.", DECIMAL, how="hot_reload", differ=("10.00", "12"), example="10.00")
    ] = "0"
    cached_input: Annotated[
        str | None,
        Key(
            "For a million tokens that it reads from its cache, where it tells them; without it they cost what others do.",
            DECIMAL,
            how="hot_reload",
            differ=("0.25", "0.50"),
            given={"specialists[].price.input": "2.50", "arbiter.price.input": "2.50"},
            example="0.25",
        ),
    ] = None


# What is said of a specialist and of the arbiter in the same words.
_BackendName = Annotated[
    str | None,
    Key(
        "The backend that serves it; without it the first engine of the tier that can.",
        NAME_KIND,
        how="recreate",
        differ=("vllm", "ollama"),
        names="backend",
    ),
]
_Host = Annotated[
    str | None,
    Key("Where it runs; absent or loopback: this deployment starts it.", HOST, what="breaking", differ=("a.example.org", "b.example.org")),
]
_Port = Annotated[int | None, Key("Port it listens on; chosen when absent.", PORT, how="recreate", differ=(9101, 9102))]
_Scheme = Annotated[
    Literal["http", "https"] | None,
    Key(
        "How an external host is called.",
        Choice(("http", "https")),
        what="security",
        differ=("http", "https"),
        given=_ELSEWHERE,
        safer="https",
    ),
]
_Gpus = Annotated[
    tuple[int, ...] | None,
    Key(
        "GPUs of the tier it must use; the planner chooses when absent.",
        ListOf(Integer(0, 1023), minimum=1),
        how="recreate",
        differ=([0], [1]),
    ),
]
_KvCache = Literal["16bit", "8bit"]
_TlsVerify = Annotated[
    bool,
    Key(
        "Whether the certificate of an https host is checked.",
        Boolean(),
        what="security",
        differ=(True, False),
        given=_ELSEWHERE,
        safer=True,
    ),
]
_OwnPrice = Annotated[
    Price | None, Key("What its tokens cost; without it a model that runs here costs its part of the GPUs' hours.", Block(Price))
]


@dataclass(frozen=True, slots=True)
class Specialist:
    """A model that answers one field."""

    name: Annotated[
        str, Key("The specialist's name: requests may pin it, services carry it.", NAME_KIND, what="breaking", differ=("one", "two"))
    ]
    model: Annotated[
        tuple[str, ...],
        Key(
            "The model, or a ladder of models best first: the best rung that fits is taken.",
            MODEL_LADDER,
            how="recreate",
            differ=("qwen-7b-awq", "qwen-3b-awq"),
            example=["qwen-coder-14b-awq", "qwen-coder-7b-awq"],
            names="model",
        ),
    ]
    field: Annotated[str, Key("The field it answers.", NAME_KIND, differ=("mathematics", "general"), names="field")]
    backend: _BackendName = None
    host: _Host = None
    port: _Port = None
    scheme: _Scheme = None
    gpus: _Gpus = None
    memory: Annotated[
        Any,
        Key(
            "What it may take of each GPU: a fraction or a size; the planner chooses when absent.",
            Share(),
            how="recreate",
            differ=(0.5, 0.6),
            example="10GiB",
        ),
    ] = None
    context: Annotated[
        int,
        Key(
            "Tokens of prompt and answer that one request may need.",
            Integer(256, 10_000_000),
            how="recreate",
            higher="longer conversations, more KV cache",
            lower="room for more requests at once",
            differ=(4096, 8192),
        ),
    ] = 8192
    concurrency: Annotated[
        int,
        Key(
            "Requests of full context that must be served at once.",
            Integer(1, 100_000),
            how="recreate",
            higher="needs more KV cache",
            lower="fits smaller cards",
            differ=(2, 4),
        ),
    ] = 8
    max_num_seqs: Annotated[
        int | None,
        Key(
            "Most requests that the engine batches; the planner chooses when absent.", Integer(1, 100_000), how="recreate", differ=(16, 32)
        ),
    ] = None
    tensor_parallel: Annotated[
        int | None,
        Key("GPUs that share each layer of the model; the planner chooses when absent.", Integer(1, 1024), how="recreate", differ=(1, 2)),
    ] = None
    pipeline_parallel: Annotated[
        int | None,
        Key(
            "Stages of layers that vLLM runs on GPUs one after another; the planner chooses when absent.",
            Integer(1, 1024),
            how="recreate",
            differ=(1, 2),
        ),
    ] = None
    kv_cache: Annotated[
        _KvCache,
        Key(
            "What the KV cache keeps of each value: bf16 or f16, or with `8bit` fp8 in vLLM and q8_0 in llama.cpp and Ollama.",
            Choice(("16bit", "8bit")),
            how="recreate",
            differ=("16bit", "8bit"),
        ),
    ] = "16bit"
    timeout_s: Annotated[
        float | None,
        Key(
            "Longest one call may take, in seconds; wins over `resilience.timeouts.total`.",
            Number(above=0, maximum=86400, unit="s"),
            higher="slow answers survive",
            lower="fails over sooner",
            differ=(60, 30),
        ),
    ] = None
    retries: Annotated[
        int | None,
        Key(
            "Repeats of a failed call; wins over `resilience.retry.max`.",
            Integer(0, 10),
            higher="survives more hiccups",
            lower="answers sooner when it is down",
            differ=(0, 2),
        ),
    ] = None
    fallback: Annotated[
        tuple[str, ...],
        Key("Specialists to call instead when this one fails, in order.", SPECIALIST_NAMES, differ=([], ["other"]), names="specialist"),
    ] = ()
    circuit_breaker: Annotated[
        CircuitBreaker | None, Key("Breaker of this specialist; wins over `resilience.breaker`.", Block(CircuitBreaker))
    ] = None
    limits: Annotated[
        CallLimits | None, Key("Calls that this specialist gets at once; wins over `resilience.limits`.", Block(CallLimits))
    ] = None
    tls_verify: _TlsVerify = True
    embeddings: Annotated[
        bool,
        Key(
            "Whether its server, which runs elsewhere, answers `/v1/embeddings` too; the router then offers them.",
            Boolean(),
            differ=(True, False),
            given=_ELSEWHERE,
        ),
    ] = False
    log_probabilities: Annotated[
        bool,
        Key(
            "Whether its server of the kind `openai` is asked how likely its words are, where answers are compared or may be withheld; "
            "some models refuse such requests. Servers of other kinds are always asked.",
            Boolean(),
            differ=(True, False),
            given=_AT_SERVICE,
        ),
    ] = False
    price: _OwnPrice = None


@dataclass(frozen=True, slots=True)
class Vcg:
    """The arbiter's mode `vcg`: the candidate of greatest expected utility over the likely fields is given; see docs/scoring.md."""

    prior: Annotated[
        float,
        Key(
            "Expected utility of a specialist of which nothing has been seen.",
            Number(0, 1),
            how="hot_reload",
            differ=(0.65, 0.6),
            given=_VCG_MODE,
        ),
    ] = 0.65
    prior_weight: Annotated[
        float,
        Key(
            "Answers that the prior counts as much as.",
            Number(0, 1_000_000),
            how="hot_reload",
            higher="records matter later",
            lower="this answer and the last ones matter more",
            differ=(10, 20),
            given=_VCG_MODE,
        ),
    ] = 10.0
    margin: Annotated[
        float,
        Key(
            "Difference in welfare up to which two candidates count as equally good.",
            Number(0, 1),
            how="hot_reload",
            higher="more verdicts `both`",
            lower="fewer verdicts `both`",
            differ=(0.005, 0.01),
            given=_VCG_MODE,
        ),
    ] = 0.005
    least_welfare: Annotated[
        float,
        Key(
            "Welfare below which no candidate is given.",
            Number(0, 1),
            how="hot_reload",
            higher="more abstentions",
            lower="fewer abstentions",
            differ=(0.5, 0.4),
            given=_VCG_MODE,
            safer="higher",
        ),
    ] = 0.5


@dataclass(frozen=True, slots=True)
class Arbiter:
    """The model that decides between candidates. A specialist without a field."""

    enabled: Annotated[
        bool, Key("Whether candidates are compared at all.", Boolean(), what="breaking", differ=(True, False), safer=True)
    ] = True
    name: Annotated[str, Key("The arbiter's name.", NAME_KIND, what="breaking", differ=("arbiter", "judge"))] = "arbiter"
    model: Annotated[
        tuple[str, ...] | None,
        Key(
            "The model, or a ladder of models best first.",
            MODEL_LADDER,
            how="recreate",
            differ=("qwen-3b-awq", "qwen-1-5b-awq"),
            names="model",
        ),
    ] = None
    policy: Annotated[
        Policy, Key("How it decides.", Choice(("balanced", "conservative")), differ=("balanced", "conservative"), safer="conservative")
    ] = "balanced"
    mode: Annotated[
        Literal["pairwise", "vcg"],
        Key(
            "What decides after the checks: `pairwise` asks the model about two answers in either order, `vcg` takes the greatest welfare.",
            Choice(("pairwise", "vcg")),
            differ=("pairwise", "vcg"),
        ),
    ] = "pairwise"
    vcg: Annotated[Vcg, Key("How welfare is reckoned in the mode `vcg`.", Block(Vcg))] = field(default_factory=Vcg)
    confidence_threshold: Annotated[
        float,
        Key(
            "Least confidence of a verdict that is followed.",
            Number(0, 1),
            how="hot_reload",
            higher="more abstentions",
            lower="more verdicts followed",
            differ=(0.6, 0.8),
            safer="higher",
        ),
    ] = 0.6
    backend: _BackendName = None
    host: _Host = None
    port: _Port = None
    scheme: _Scheme = None
    gpus: _Gpus = None
    memory: Annotated[Any, Key("What it may take of each GPU: a fraction or a size.", Share(), how="recreate", differ=(0.2, 0.25))] = None
    context: Annotated[
        int,
        Key(
            "Tokens of prompt, candidates and verdict that one decision may need.",
            Integer(256, 10_000_000),
            how="recreate",
            differ=(8192, 40000),
        ),
    ] = 8192
    concurrency: Annotated[int, Key("Decisions that must be served at once.", Integer(1, 100_000), how="recreate", differ=(2, 4))] = 4
    max_num_seqs: Annotated[
        int | None, Key("Most requests that the engine batches.", Integer(1, 100_000), how="recreate", differ=(16, 32))
    ] = None
    tensor_parallel: Annotated[
        int | None, Key("GPUs that share each layer of the model.", Integer(1, 1024), how="recreate", differ=(1, 2))
    ] = None
    pipeline_parallel: Annotated[
        int | None, Key("Stages of layers that vLLM runs on GPUs one after another.", Integer(1, 1024), how="recreate", differ=(1, 2))
    ] = None
    kv_cache: Annotated[
        _KvCache, Key("What the KV cache keeps of each value.", Choice(("16bit", "8bit")), how="recreate", differ=("16bit", "8bit"))
    ] = "16bit"
    timeout_s: Annotated[
        float | None, Key("Longest one decision may take, in seconds.", Number(above=0, maximum=86400, unit="s"), differ=(60, 30))
    ] = None
    retries: Annotated[int | None, Key("Repeats of a failed call.", Integer(0, 10), differ=(0, 2))] = None
    fallback: Annotated[
        tuple[str, ...],
        Key("Specialists to ask instead when the arbiter fails, in order.", SPECIALIST_NAMES, differ=([], ["other"]), names="specialist"),
    ] = ()
    circuit_breaker: Annotated[
        CircuitBreaker | None, Key("Breaker of the arbiter; wins over `resilience.breaker`.", Block(CircuitBreaker))
    ] = None
    limits: Annotated[CallLimits | None, Key("Calls that the arbiter gets at once; wins over `resilience.limits`.", Block(CallLimits))] = (
        None
    )
    tls_verify: _TlsVerify = True
    price: _OwnPrice = None
