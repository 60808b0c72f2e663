"""Plans made by hand, one per shape of deployment, that the tests of the targets share.

They are made as the planner would make them: names, ports and memory are those of the tiers, ledgers sum, every reference resolves. They
are functions, so that a test may `replace` parts without touching another's. `PLANS` names them all.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from aua_runtime.contract.notices import NAMES
from aua_runtime.contract.settings import Code

from aua_compile.config.model.alerts import Alerts
from aua_compile.plan.deployment import thresholds
from aua_compile.plan.model import (
    Api,
    Arbiter,
    BackendKind,
    BookFacts,
    Breaker,
    CallLimits,
    Collector,
    Costs,
    DevicePrice,
    EngineName,
    Estimate,
    Fetch,
    Field,
    Hardware,
    Hedge,
    Images,
    Instance,
    Keyword,
    Kubernetes,
    Ledger,
    LedgerEntry,
    Limits,
    Listener,
    Objectives,
    Observability,
    Patch,
    PatchTarget,
    Plan,
    Price,
    Project,
    Prompt,
    Rent,
    Retry,
    Router,
    Routing,
    Rung,
    Safety,
    ServedModel,
    Specialist,
    State,
    StreamMode,
    Timeouts,
    TraceExport,
    Tracing,
    Volume,
    Warned,
    Webhook,
    Weights,
    Welfare,
)

ALL_TARGETS = ("router", "compose", "kubernetes", "prometheus", "grafana", "docs")

TIMEOUTS = Timeouts(connect_s=2.0, first_token_s=20.0, idle_s=15.0, total_s=60.0)
RETRY = Retry(max=1, base_s=0.2, cap_s=2.0, budget=0.1)
BREAKER = Breaker(threshold=5, recovery_s=30.0, half_open_max=1, window=20, failing_share=0.5, slow_share=0.8)

NASTY = (
    "First line with \"double\" and 'single' quotes, a back\\slash and a `tick`.\n"
    "{{ x }} {% raw %} ${y} $(id) $$ %(z)s <b>&amp;</b> | pipe | [link](http://a) # hash: *star* _under_\n"
    "\n"
    "- yes\n"
    "--- no: 1e3\n"
    "Zähler für Größe → 漢字 🦉; ends with a backslash \\"
)
"""Printable text with what YAML, JSON, Jinja, Go templates, shells, Compose, Markdown and HTML could take for their own."""


def single_4090() -> Plan:
    """Three vLLM instances with AWQ weights on one GPU, fan-out with an arbiter, SQLite state, all targets."""
    coder = _vllm("swe", 9001, "qwen2.5-coder-7b-instruct", "Qwen/Qwen2.5-Coder-7B-Instruct-AWQ", utilization=0.34, start_after=())
    general = _vllm("math", 9002, "qwen2.5-7b-instruct", "Qwen/Qwen2.5-7B-Instruct-AWQ", utilization=0.34, start_after=("swe",))
    judge = _vllm("arbiter", 9003, "qwen2.5-3b-instruct", "Qwen/Qwen2.5-3B-Instruct-AWQ", utilization=0.18, start_after=("swe", "math"))
    instances = (coder, general, judge)
    return Plan(
        schema_version="1",
        project=_project("coding", "single-4090", preset="coding"),
        hardware=Hardware(
            accelerator="rtx-4090",
            accelerators=1,
            vendor="nvidia",
            node_selector={"nvidia.com/gpu.product": "NVIDIA-GeForce-RTX-4090"},
            host_ram_gib=64.0,
            cpu_cores=16,
            engines_run="container",
        ),
        fields=(
            _field("software_engineering", ("swe", "math"), aliases=("swe", "coding"), stream_mode="decided"),
            _field("mathematics", ("math",), stream_mode="decided"),
            _field("general", ("math", "swe"), stream_mode="decided"),
        ),
        specialists=(
            _managed(
                "swe", "software_engineering", coder, rejected=(Rung("qwen2.5-coder-32b-instruct", "needs 20.9 GiB, 7.9 GiB are free"),)
            ),
            _managed("math", "mathematics", general, fallback=("swe",)),
        ),
        arbiter=Arbiter(
            _managed("arbiter", None, judge), policy="balanced", confidence_threshold=0.6, welfare=Welfare(0.65, 10.0, 0.005, 0.5)
        ),
        routing=Routing(single_threshold=0.75, fanout_threshold=0.3, max_fanout=2, deadline_s=150.0),
        safety=Safety(abstention_enabled=True, require_arbiter_for_high_risk=True, min_confidence_for_direct_answer=0.0),
        prompts=_prompts(),
        api=_api(),
        state=_sqlite(),
        observability=_observability(),
        router=_router(state_volume="coding-state"),
        images=_images(),
        kubernetes=Kubernetes(namespace="coding", storage_class=None),
        instances=instances,
        fetches=tuple(_fetch(instance) for instance in instances),
        volumes=(
            *(Volume(instance.cache_volume, "weights", 12.0, None) for instance in instances),
            Volume("coding-state", "state", 10.0, None),
        ),
        ledgers=(
            _ledger(
                0,
                "rtx-4090",
                23.53,
                (
                    LedgerEntry("swe", 5.24, 0.56, 0.25, 0.0, 1.95, 0.48),
                    LedgerEntry("math", 5.24, 0.56, 0.25, 0.0, 1.95, 0.48),
                    LedgerEntry("arbiter", 1.97, 0.56, 0.25, 0.0, 1.46, 0.48),
                ),
            ),
        ),
        estimates=(
            Estimate("swe", 4.5, 152.0, None, 8.0, 760.0, 0.4),
            Estimate("math", 4.5, 152.0, None, 8.0, 760.0, 0.4),
            Estimate("arbiter", 5.2, 290.0, None, 8.0, 1450.0, 0.4),
        ),
        targets=ALL_TARGETS,
        warnings=(),
    )


def macbook() -> Plan:
    """Host engines: one Ollama on the machine serves two models, the containers hold only the router; no arbiter."""
    ollama = Instance(
        name="ollama",
        engine="ollama",
        engine_version="0.12.6",
        image="ollama/ollama:0.12.6",
        entrypoint=(),
        command=("serve",),
        env={"OLLAMA_HOST": "127.0.0.1:11434", "OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_NUM_PARALLEL": "2", "OLLAMA_KEEP_ALIVE": "-1"},
        port=11434,
        health_path="/api/version",
        metrics_path=None,
        models=(
            _ollama_model("qwen2.5-coder:7b-instruct-q4_K_M", "qwen2.5-coder-7b-instruct"),
            _ollama_model("qwen2.5:7b-instruct-q4_K_M", "qwen2.5-7b-instruct"),
        ),
        devices=(0,),
        tensor_parallel=1,
        gpu_memory_utilization=None,
        context_tokens=8192,
        max_num_seqs=2,
        start_after=(),
        startup_s=120.0,
        shm_gib=0.0,
        cpus=4.0,
        memory_gib=16.0,
        cache_volume="ollama-models",
        cache_path="/models",
    )
    return Plan(
        schema_version="1",
        project=_project("laptop", "macbook", preset="local-ollama"),
        hardware=Hardware(
            accelerator="apple-m3-pro",
            accelerators=1,
            vendor="apple",
            node_selector={},
            host_ram_gib=36.0,
            cpu_cores=12,
            engines_run="host",
        ),
        fields=(_field("software_engineering", ("swe",), aliases=("swe", "coding")), _field("general", ("general",))),
        specialists=(_managed("swe", "software_engineering", ollama), _managed("general", "general", ollama, model=1)),
        arbiter=None,
        routing=Routing(single_threshold=0.75, fanout_threshold=0.75, max_fanout=1, deadline_s=150.0),
        safety=Safety(abstention_enabled=False, require_arbiter_for_high_risk=False, min_confidence_for_direct_answer=0.0),
        prompts=_prompts(),
        api=_api(),
        state=_sqlite(),
        observability=_observability(dashboards=False),
        router=_router(state_volume="laptop-state"),
        images=_images(),
        kubernetes=Kubernetes(namespace="laptop", storage_class=None),
        instances=(ollama,),
        fetches=(),
        volumes=(Volume("laptop-state", "state", 10.0, None),),
        ledgers=(_ledger(0, "apple-m3-pro", 24.0, (LedgerEntry("ollama", 8.72, 0.58, 0.0, 0.0, 1.75, 0.3),), confidence="modelled"),),
        estimates=(Estimate("swe", 2.0, 26.0, None, 8.0, 130.0, 0.4), Estimate("general", 2.0, 26.0, None, 8.0, 130.0, 0.4)),
        targets=("router", "compose", "prometheus", "docs"),
        warnings=(),
    )


def external_only() -> Plan:
    """Two models that others run, one behind a key in an environment variable; nothing is placed and nothing has a device."""
    return Plan(
        schema_version="1",
        project=_project("front", "cpu", preset=None),
        hardware=Hardware(
            accelerator="cpu", accelerators=0, vendor="cpu", node_selector={}, host_ram_gib=32.0, cpu_cores=8, engines_run="container"
        ),
        fields=(_field("software_engineering", ("hosted",), aliases=("swe", "coding")), _field("general", ("office", "hosted"))),
        specialists=(
            _external(
                "hosted",
                "software_engineering",
                "openai",
                "https://llm.example.org",
                "coder-large",
                auth_env="HOSTED_API_KEY",
                embeddings=True,
                price=Price(2_500_000, 10_000_000, 250_000),
            ),
            _external("office", "general", "vllm", "http://10.1.2.3:8080", "general-small", allow_private=True, fallback=("hosted",)),
        ),
        arbiter=None,
        routing=Routing(single_threshold=0.75, fanout_threshold=0.75, max_fanout=1, deadline_s=150.0),
        safety=Safety(abstention_enabled=False, require_arbiter_for_high_risk=False, min_confidence_for_direct_answer=0.0),
        prompts=_prompts(),
        api=_api(api_key_env="FRONT_API_KEY"),
        state=State(backend="postgres", path=None, dsn_env="FRONT_DSN", durability="normal"),
        observability=_observability(runbook_base_url="https://runbooks.example.org/front"),
        router=replace(_router(state_volume=None), replicas=2, secret_env=("FRONT_API_KEY", "FRONT_DSN", "HOSTED_API_KEY")),
        images=_images(),
        kubernetes=Kubernetes(namespace="front", storage_class=None),
        instances=(),
        fetches=(),
        volumes=(),
        ledgers=(),
        estimates=(),
        targets=ALL_TARGETS,
        warnings=(),
    )


def everything() -> Plan:
    """What one plan can hold at once: every engine, two GPUs, a gated model, a high-risk field, keys, own environment, nasty text."""
    plan = single_4090()
    law = replace(
        _vllm("law", 9004, "llama-3.1-8b-instruct", "meta-llama/Llama-3.1-8B-Instruct", utilization=0.9, start_after=()),
        devices=(1, 2),
        tensor_parallel=2,
        shm_gib=2.0,
        models=(
            ServedModel(
                served_name="law",
                model="llama-3.1-8b-instruct",
                variant="bf16",
                repository="meta-llama/Llama-3.1-8B-Instruct",
                revision="0e9e39f249a16976918f6564b8830bc894c89659",
                gguf_file=None,
                ollama_tag=None,
                weights_gib=14.96,
                gated=True,
                license="llama3.1",
            ),
        ),
    )
    writer = _llamacpp("writer", 9005)
    tutor = replace(
        macbook().instances[0], name="tutor", env={"OLLAMA_HOST": "0.0.0.0:9006"}, port=9006, devices=(), cache_volume="tutor-cache"
    )
    added = (law, writer, tutor)
    instances = (*plan.instances, *added)
    return replace(
        plan,
        project=replace(_project("all-of-it", "quad-4090", preset="research"), description=NASTY, profile="team"),
        hardware=replace(plan.hardware, accelerators=4),
        fields=(
            *plan.fields,
            replace(_field("law", ("law",), high_risk=True, stream_mode="decided"), arbiter_policy="conservative", description=NASTY),
            replace(_field("creative_writing", ("writer",)), weights=Weights(0.8, 0.05, 0.15), confidence_threshold=0.05),
            _field("education", ("tutor", "hosted")),
            replace(
                _field("my-own_field", ("hosted",)),
                description="{{ x }} ${y}",
                keywords=(Keyword('say "{{ x }}"', 0.5), Keyword("größe", 1.0)),
            ),
        ),
        specialists=(
            *plan.specialists,
            _managed("law", "law", law),
            _managed("writer", "creative_writing", writer),
            _managed("tutor", "education", tutor),
            replace(
                _external(
                    "hosted",
                    "my-own_field",
                    "openai",
                    "https://llm.example.org",
                    "coder-large",
                    auth_env="HOSTED_API_KEY",
                    replicas=("https://llm.example.net:8443/team",),
                ),
                headers={"X-Team": 'a "quoted" {{ value }}'},
            ),
        ),
        safety=Safety(abstention_enabled=True, require_arbiter_for_high_risk=True, min_confidence_for_direct_answer=0.9),
        prompts=(*_prompts(), Prompt("legal_safe", NASTY)),
        api=replace(
            _api(api_key_env="AUA_API_KEY"),
            cors_origins=("https://app.example.org",),
            allowed_hosts=("aua.example.org",),
            forwarded_allow_ips=("10.0.0.0/8",),
        ),
        observability=replace(
            _observability(runbook_base_url="https://runbooks.example.org/aua", objectives=Objectives(0.995, 0.9, 10.0)),
            webhooks=(
                Webhook("chat", "slack", None, "SLACK_WEBHOOK_URL", None, False, ("specialist_down",), "error", 60.0),
                Webhook("ops", "generic", "https://hooks.example.org:8443/aua", None, "HOOK_KEY", True, NAMES, "info", 300.0),
            ),
        ),
        router=replace(
            _router(state_volume="all-of-it-state"),
            env={"GREETING": NASTY, "HTTP_PROXY": "http://egress.example.org:3128", "EMPTY": ""},
            secret_env=("AUA_API_KEY", "HOOK_KEY", "HOSTED_API_KEY", "SLACK_WEBHOOK_URL"),
        ),
        kubernetes=Kubernetes(namespace="all-of-it", storage_class="fast-ssd"),
        instances=instances,
        fetches=tuple(_fetch(instance) for instance in instances),
        volumes=(
            *(Volume(instance.cache_volume, "weights", 24.0, "fast-ssd") for instance in instances),
            Volume("all-of-it-state", "state", 10.0, "fast-ssd"),
            Volume("shared-files", "user", 5.0, None),
        ),
        ledgers=(
            *plan.ledgers,
            _ledger(1, "rtx-4090", 23.53, (LedgerEntry("law", 7.5, 0.5, 0.6, 0.4, 12.1, 1.5),), confidence="extrapolated"),
            _ledger(2, "rtx-4090", 23.53, (LedgerEntry("law", 7.5, 0.5, 0.6, 0.4, 12.1, 1.5),), confidence="extrapolated"),
            _ledger(3, "rtx-4090", 23.53, (LedgerEntry("writer", 8.37, 0.4, 0.0, 0.0, 3.0, 0.4),), confidence="modelled"),
        ),
        estimates=(
            *plan.estimates,
            Estimate("law", 3.2, 61.0, 0.42, 8.0, 305.0, 0.4),
            Estimate("writer", 4.0, 70.5, 1.25, 8.0, 352.5, 0.4),
            Estimate("tutor", 2.0, 9.0, None, 8.0, 45.0, 0.4),
        ),
        warnings=(
            Warned("AUA0317", "The image `vllm/vllm-openai:v0.33.0` is pinned by tag only; give a digest in `deploy.images.vllm`."),
            Warned("AUA0230", NASTY),
        ),
        patches=(
            Patch(
                "aua.yaml",
                "patches[0]",
                PatchTarget("kubernetes/base/router.yaml", "Deployment", "router", {"app.kubernetes.io/name": "router"}),
                {"metadata": {"annotations": {"note": NASTY}}},
                (),
                {"spec": {"replicas": 2}},
            ),
            Patch("base.yaml", "patches[1]", PatchTarget("compose.yaml", None, None, {}), None, ({"op": "remove", "path": "/x"},), None),
        ),
    )


def traced_elsewhere() -> Plan:
    """One that sends its spans to somebody else's collector."""
    plan = single_4090()
    tracing = Tracing(
        url="https://traces.example.org",
        container_url="https://traces.example.org",
        headers={"X-Scope-OrgID": "team"},
        header_env={"Authorization": "TRACES_AUTHORIZATION"},
        content=True,
        sample_ratio=0.01,
        max_per_s=50.0,
        trust_caller=True,
    )
    router = replace(plan.router, secret_env=("TRACES_AUTHORIZATION",))
    return replace(plan, observability=replace(plan.observability, tracing=tracing), router=router)


def collected() -> Plan:
    """One with a collector beside the router, which sends in all ways that there are."""
    plan = single_4090()
    exports = (
        TraceExport("datadog", "https://otlp.datadoghq.com", "http", {"X-Cost": "$5 ${env:HOME}"}, {"DD-API-KEY": "DATADOG_KEY"}),
        TraceExport("jaeger", "http://jaeger.tracing.svc:4317", "grpc", {}, {}),
        TraceExport("tempo", "https://[2001:db8::7]:4317", "grpc", {"X-Scope-OrgID": "team"}, {}),
    )
    tracing = Tracing(
        url="http://127.0.0.1:4318",
        container_url="http://collector:4318",
        headers={},
        header_env={},
        content=False,
        sample_ratio=0.1,
        max_per_s=20.0,
        trust_caller=False,
        collector=Collector("docker.io/otel/opentelemetry-collector-contrib:0.155.0", exports),
        trace_url="https://traces.example.org/trace/{trace_id}",
    )
    return replace(plan, observability=replace(plan.observability, tracing=tracing))


PLANS: Mapping[str, Callable[[], Plan]] = {
    "single_4090": single_4090,
    "macbook": macbook,
    "external_only": external_only,
    "everything": everything,
}


def _project(name: str, tier: str, preset: str | None) -> Project:
    config = f"{name}.yaml"
    return Project(
        name=name,
        description=f"Example deployment on {tier}.",
        preset=preset,
        tier=tier,
        profile="local-dev",
        config=config,
        command=f"aua compile {config} --tier {tier}",
        recreate=f"aua compile {config} --tier {tier}",
    )


def _field(
    name: str,
    specialists: tuple[str, ...],
    *,
    aliases: tuple[str, ...] = (),
    high_risk: bool = False,
    stream_mode: StreamMode = "direct",
) -> Field:
    return Field(
        name=name,
        aliases=aliases,
        description=f"Questions of {name.replace('_', ' ')}.",
        keywords=(Keyword(name.split("_", maxsplit=1)[0], 0.8), Keyword("for example", 0.1)),
        weights=Weights(0.55, 0.35, 0.1),
        confidence_threshold=0.7,
        arbiter_policy="balanced",
        high_risk=high_risk,
        specialists=specialists,
        stream_mode=stream_mode,
    )


def _managed(
    name: str,
    field: str | None,
    instance: Instance,
    *,
    model: int = 0,
    rejected: tuple[Rung, ...] = (),
    fallback: tuple[str, ...] = (),
) -> Specialist:
    """The specialist that one of the models of `instance` answers for."""
    served = instance.models[model]
    return Specialist(
        name=name,
        field=field,
        backend=instance.engine,
        kind=instance.engine,
        instance=instance.name,
        url=f"http://127.0.0.1:{instance.port}",
        container_url=f"http://{instance.name}:{instance.port}"
        if instance.name != "ollama"
        else f"http://host.docker.internal:{instance.port}",
        replicas=(),
        served_model=served.served_name,
        model=served.model,
        rejected=rejected,
        context_tokens=instance.context_tokens,
        concurrency=4,
        timeouts=TIMEOUTS,
        retry=RETRY,
        breaker=BREAKER,
        limits=CallLimits(instance.max_num_seqs, 2 * instance.max_num_seqs),
        probe_interval_s=15.0,
        hedge=None,
        fallback=fallback,
        auth_env=None,
        headers={},
        tls_verify=True,
        allow_private=True,
        embeddings=False,
        log_probabilities=True,
        price=None,
        rent=Rent(170_000, 2_656_250_000),
    )


def _external(
    name: str,
    field: str,
    kind: BackendKind,
    url: str,
    served_model: str,
    *,
    auth_env: str | None = None,
    allow_private: bool = False,
    fallback: tuple[str, ...] = (),
    embeddings: bool = False,
    price: Price | None = None,
    replicas: tuple[str, ...] = (),
) -> Specialist:
    return Specialist(
        name=name,
        field=field,
        backend=name,
        kind=kind,
        instance=None,
        url=url,
        container_url=url,
        replicas=replicas,
        served_model=served_model,
        model=served_model,
        rejected=(),
        context_tokens=32768,
        concurrency=8,
        timeouts=TIMEOUTS,
        retry=RETRY,
        breaker=BREAKER,
        limits=None,
        probe_interval_s=15.0,
        hedge=Hedge(2.0, 0.05),
        fallback=fallback,
        auth_env=auth_env,
        headers={},
        tls_verify=True,
        allow_private=allow_private,
        embeddings=embeddings,
        log_probabilities=kind != "openai",
        price=price,
        rent=None,
    )


def _vllm(name: str, port: int, model: str, repository: str, *, utilization: float, start_after: tuple[str, ...]) -> Instance:
    command = (
        repository,
        "--served-model-name",
        name,
        "--revision",
        "b25037543e9394b818fdfca67ab2a00ecc7dd641",
        "--max-model-len",
        "8192",
        "--max-num-seqs",
        "64",
        "--gpu-memory-utilization",
        str(utilization),
        "--enforce-eager",
        "--host",
        "0.0.0.0",
        "--port",
        str(port),
    )
    served = ServedModel(
        served_name=name,
        model=model,
        variant="awq",
        repository=repository,
        revision="b25037543e9394b818fdfca67ab2a00ecc7dd641",
        gguf_file=None,
        ollama_tag=None,
        weights_gib=5.2,
        gated=False,
        license="apache-2.0",
    )
    return _instance(
        name,
        port,
        served,
        engine="vllm",
        version="0.33.0",
        image="vllm/vllm-openai:v0.33.0",
        command=command,
        utilization=utilization,
        start_after=start_after,
    )


def _llamacpp(name: str, port: int) -> Instance:
    command = ("-m", "/cache/model.gguf", "-a", name, "-c", "32768", "-np", "4", "--metrics", "--host", "0.0.0.0", "--port", str(port))
    served = ServedModel(
        served_name=name,
        model="qwen2.5-14b-instruct",
        variant="q4-k-m",
        repository="Qwen/Qwen2.5-14B-Instruct-GGUF",
        revision="8d2f8bdd0b1f4d1f1c0a4f1c2a3d5a6e7f8091a2",
        gguf_file="qwen2.5-14b-instruct-q4_k_m.gguf",
        ollama_tag=None,
        weights_gib=8.37,
        gated=False,
        license="apache-2.0",
    )
    instance = _instance(
        name,
        port,
        served,
        engine="llamacpp",
        version="b6800",
        image="ghcr.io/ggml-org/llama.cpp:server-cuda-b6800",
        command=command,
        utilization=None,
        start_after=(),
    )
    return replace(instance, devices=(3,))


def _instance(
    name: str,
    port: int,
    served: ServedModel,
    *,
    engine: EngineName,
    version: str,
    image: str,
    command: tuple[str, ...],
    utilization: float | None,
    start_after: tuple[str, ...],
) -> Instance:
    return Instance(
        name=name,
        engine=engine,
        engine_version=version,
        image=image,
        entrypoint=(),
        command=command,
        env={"HF_HOME": "/cache", "HF_HUB_OFFLINE": "1", "HOME": "/cache"},
        port=port,
        health_path="/health",
        metrics_path="/metrics",
        models=(served,),
        devices=(0,),
        tensor_parallel=1,
        gpu_memory_utilization=utilization,
        context_tokens=8192,
        max_num_seqs=64,
        start_after=start_after,
        startup_s=600.0,
        shm_gib=1.0,
        cpus=2.0,
        memory_gib=16.0,
        cache_volume=f"{name}-cache",
        cache_path="/cache",
    )


def _ollama_model(tag: str, model: str) -> ServedModel:
    return ServedModel(
        served_name=tag,
        model=model,
        variant="q4-k-m",
        repository=None,
        revision=None,
        gguf_file=None,
        ollama_tag=tag,
        weights_gib=4.36,
        gated=False,
        license="apache-2.0",
    )


def _fetch(instance: Instance) -> Fetch:
    """What brings the weights of `instance`, of the first model where there are several."""
    served = instance.models[0]
    command = (
        ("pull", str(served.ollama_tag)) if served.ollama_tag else ("download", str(served.repository), "--revision", str(served.revision))
    )
    return Fetch(
        name=f"fetch-{instance.name}",
        instance=instance.name,
        image=instance.image,
        entrypoint=("ollama",) if served.ollama_tag else ("hf",),
        command=command,
        env={"HOME": instance.cache_path},
        secret_env="HF_TOKEN" if served.gated else None,
        volume=instance.cache_volume,
        mount_path=instance.cache_path,
    )


def _ledger(
    device: int,
    accelerator: str,
    total_gib: float,
    entries: tuple[LedgerEntry, ...],
    confidence: Literal["measured", "modelled", "extrapolated"] = "measured",
) -> Ledger:
    free = round(total_gib - sum(entry.total_gib for entry in entries), 6)
    return Ledger(device, accelerator, total_gib, entries, free, confidence)


def _prompts() -> tuple[Prompt, ...]:
    return (
        Prompt("classifier", "Name the field of this question."),
        Prompt("arbiter", "Compare the two answers and name the better one."),
        Prompt("abstention", "I am not sure enough of an answer to give one."),
    )


def _api(api_key_env: str | None = None) -> Api:
    return Api(
        public=Listener("127.0.0.1", 8000),
        management=Listener("127.0.0.1", 8001),
        api_key_env=api_key_env,
        cors_origins=(),
        cors_credentials=False,
        allowed_hosts=("localhost", "127.0.0.1"),
        forwarded_allow_ips=(),
        limits=Limits(body_bytes=4 * 2**20, header_bytes=32 * 2**10, connections=1024, streams=256),
    )


def _sqlite() -> State:
    return State(backend="sqlite", path="state/aua.db", dsn_env=None, durability="normal")


def _observability(*, dashboards: bool = True, runbook_base_url: str = "", objectives: Objectives | None = None) -> Observability:
    return Observability(
        log_level="info",
        log_sample=1.0,
        log_format="json",
        log_prompts=False,
        metrics=True,
        dashboards=dashboards,
        alerts=True,
        runbook_base_url=runbook_base_url,
        scrape_interval_s=15.0,
        costs=Costs(
            "USD", "registry", "registry/USD/00000000", (DevicePrice("rtx-4090", 340_000, "a page"),), BookFacts(NASTY, "2026-11-01", None)
        ),
        thresholds=thresholds(Alerts()),
        objectives=objectives or Objectives(),
    )


def _router(state_volume: str | None) -> Router:
    return Router(
        service="router",
        image="coding-router:local",
        base_image="docker.io/library/python:3.13-slim-bookworm",
        replicas=1,
        workers=1,
        runtime="carried",
        drain_s=30.0,
        grace_s=40.0,
        cpus=1.0,
        memory_gib=0.5,
        env={},
        secret_env=(),
        state_volume=state_volume,
    )


def _images() -> Images:
    return Images(prometheus="docker.io/prom/prometheus:v3.7.3", grafana="docker.io/grafana/grafana:12.2.1")


def code_of(plan: Plan, structure: str) -> Code:
    """What settings of this plan's router must fit."""
    return Code(
        structure,
        tuple(field.name for field in plan.fields if field.specialists),
        tuple(one.name for one in plan.called),
        None if plan.arbiter is None else "pairwise" if plan.arbiter.welfare is None else "vcg",
        plan.observability.costs.currency,
        plan.observability.tracing is not None,
        tuple(one.name for one in plan.observability.webhooks),
    )
