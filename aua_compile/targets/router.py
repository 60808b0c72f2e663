"""The router: a small Python package that says what this plan's router does, and the runtime sources that know how."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from posixpath import dirname

from aua_runtime.contract.environment import SETTINGS_FOLDER, TRACES_URL, specialist_url
from aua_runtime.contract.prices import prices
from aua_runtime.contract.settings import (
    CorsSettings,
    FieldSettings,
    RoutingSettings,
    Settings,
    TracingSettings,
    WebhookSettings,
    Weights,
    WelfareSettings,
    to_data,
)

from aua_compile.artifact import Artifact
from aua_compile.frozen import dataclass
from aua_compile.names import constant
from aua_compile.plan.costs import in_force
from aua_compile.plan.digest import router_structure
from aua_compile.plan.model import Breaker, CallLimits, Field, Hedge, Plan, Prompt, Retry, Specialist, Timeouts
from aua_compile.plan.once import once_per_plan
from aua_compile.render import from_template, python_literal, to_json
from aua_compile.shipped import runtime_sources, runtime_version
from aua_compile.targets import plan_file
from aua_compile.targets.header import header
from aua_compile.targets.image import USER_ID

PACKAGE = "aua_router"

_FOLDER = f"router/{PACKAGE}"
_LINE_WIDTH = 140
_PIECE_WIDTH = 100
_RESERVED = frozenset(
    {
        "VLLM",
        "OLLAMA",
        "LLAMACPP",
        "SGLANG",
        "OPENAI",
        "SPECIALISTS",
        "FIELDS",
        "STRUCTURE",
        "DEPLOYMENT",
        "JUDGE",
        "ABSTENTION",
        "ARBITER_PROMPT",
    }
)
_INSTRUCTED = {"medical_safe": "medicine", "legal_safe": "law"}  # a prompt's use -> the field whose conversations it precedes


@dataclass(frozen=True, slots=True)
class _Entry:
    """A specialist as the templates see it."""

    constant: str
    name: str
    field: str | None
    url: str
    model: str
    engine: str
    timeouts: Timeouts
    retry: Retry
    breaker: Breaker
    replicas: tuple[str, ...]
    limits: CallLimits | None
    probe_interval_s: float | None
    hedge: Hedge | None
    fallback: tuple[str, ...]
    key_env: str | None
    headers: Mapping[str, str]
    tls_verify: bool
    private: bool
    embeddings: bool


@dataclass(frozen=True, slots=True)
class _FieldEntry:
    """A field as the templates see it."""

    field: Field
    specialists: tuple[str, ...]
    instruction: str | None


@dataclass(frozen=True, slots=True)
class _Text:
    """A prompt as a constant; `pieces` are the lines of its literal."""

    constant: str
    pieces: tuple[str, ...]


def emit(plan: Plan) -> Iterator[Artifact]:
    """Everything under `router/`."""
    code = _modules(plan)
    structure = _structure(plan)
    names = {"header": header(plan), "name": plan.project.name, "package": PACKAGE}
    yield Artifact(f"{_FOLDER}/__init__.py", from_template("router/package.py.j2", structure=structure, **names))
    yield Artifact(f"{_FOLDER}/__main__.py", from_template("router/main.py.j2", **names))
    for name, text in code.items():
        yield Artifact(f"{_FOLDER}/{name}", text)
    yield Artifact(f"{_FOLDER}/settings.json", settings_text(plan))
    for artifact in plan_file.emit(plan):
        yield Artifact(f"{_FOLDER}/{artifact.path}", artifact.text)
    yield Artifact("router/Dockerfile", _dockerfile(plan, names))
    yield Artifact("router/README.md", _readme(plan, names))
    packages = "requirements-postgres.txt" if plan.state.backend == "postgres" else "requirements.txt"
    yield Artifact("router/requirements.txt", from_template(f"router/{packages}"))
    yield Artifact("router/ruff.toml", from_template("router/ruff.toml.j2"))
    if plan.router.runtime == "carried":
        for path, text in runtime_sources():
            yield Artifact(f"router/aua_runtime/{path}", text)


def settings_text(plan: Plan) -> str:
    """The content of `settings.json`, for targets that mount it."""
    return to_json(to_data(_settings(plan, _structure(plan))))


@once_per_plan
def _modules(plan: Plan) -> Mapping[str, str]:
    return dict(_code(plan))


@once_per_plan
def _structure(plan: Plan) -> str:
    """The digest of what a reload cannot swap: the code without its headers, and what of the plan needs another container."""
    code = _modules(plan)
    text = "\0".join(code[name].partition("\n")[2] for name in sorted(code))
    return sha256(text.encode() + router_structure(plan)).hexdigest()


def _laid_tuple(words: Sequence[str], indent: int, before: str) -> str:
    """A tuple as a formatter lays it out behind `before` in a call's arguments: on one line if it fits, else one item per line."""
    items = list(words)
    whole = "(" + ", ".join(items) + (",)" if len(items) == 1 else ")")
    if indent + len(before) + len(whole) + 1 <= _LINE_WIDTH or len(items) <= 1:
        return whole
    pad = " " * indent
    return "(\n" + "".join(f"{pad}    {item},\n" for item in items) + f"{pad})"


def _literals(words: Sequence[str], indent: int, before: str) -> str:
    return _laid_tuple([python_literal(word) for word in words], indent, before)


def _code(plan: Plan) -> Iterator[tuple[str, str]]:
    """The modules whose text decides the structure digest: all but the one that holds the digest."""
    made = header(plan)
    entries = _entries(plan)
    texts = _texts(plan)
    fields = [_field(field, plan, entries, texts) for field in plan.fields if field.specialists]
    judge = entries[plan.arbiter.specialist.name].constant if plan.arbiter is not None else None
    modes = _modes(plan)
    abstains = plan.safety.abstention_enabled and bool({"checked", "fanout"} & set(modes))
    instructs = any(field.instruction for field in fields)
    used = ({"ARBITER_PROMPT"} if judge else set()) | ({"ABSTENTION"} if abstains else set())
    stages = ["classify", "reply", "route", "score", "state", "upstream"]
    stages += ["arbitrate"] if judge else []
    stages += ["safety"] if abstains or instructs else []
    traced = plan.observability.tracing is not None
    stages += ["tracing"] if traced else []
    yield (
        "specialists.py",
        from_template(
            "router/specialists.py.j2",
            header=made,
            literals=_literals,
            specialists=list(entries.values()),
            engines=sorted({entry.engine for entry in entries.values()}),
            nouns=sorted(_nouns(entries.values())),
            arbiter=judge,
        ),
    )
    yield (
        "fields.py",
        from_template(
            "router/fields.py.j2",
            header=made,
            literals=_literals,
            laid=_laid_tuple,
            fields=[_as_mapping(field) for field in fields],
            instructions=sorted({field.instruction for field in fields if field.instruction}),
            imported=sorted({name for field in fields for name in field.specialists}),
        ),
    )
    if texts:
        yield "prompts.py", from_template("router/prompts.py.j2", header=made, prompts=list(texts.values()))
    yield (
        "pipeline.py",
        from_template(
            "router/pipeline.py.j2",
            header=made,
            stages=sorted(stages),
            modes=modes,
            judge=judge,
            prompts=sorted(used & {text.constant for text in texts.values()}),
            built_in=sorted(used - {text.constant for text in texts.values()}),
            abstains=abstains,
            instructs=instructs,
            traced=traced,
            inner="    " if traced else "",
            always_for_high_risk=plan.safety.require_arbiter_for_high_risk,
            mode=_mode(plan),
            max_fanout=plan.routing.max_fanout,
            unfielded=_unfielded(plan),
            imported=sorted({"SPECIALISTS", *([judge] if judge else [])}),
        ),
    )
    yield "app.py", _app(plan, made)


def _app(plan: Plan, made: str) -> str:
    store = "PostgresStore" if plan.state.backend == "postgres" else "SqliteStore"
    nouns = ["Api", "Deployment", "Limits", "Listener", "Logs", store]
    nouns += ["Tracing"] if plan.observability.tracing is not None else []
    nouns += ["Webhook"] if plan.observability.webhooks else []
    return from_template("router/app.py.j2", header=made, plan=plan, literals=_literals, nouns=nouns, store=store, mode=_mode(plan))


def _modes(plan: Plan) -> list[str]:
    """The route modes that this plan can come to, in the order in which a reader meets them."""
    found = {"checked" if field.stream_mode == "decided" else "single" for field in plan.fields if field.specialists}
    if plan.arbiter is not None:
        found.add(_unfielded(plan))  # its model answers what belongs to no field, and can be asked by name
    if plan.routing.max_fanout > 1 and len(plan.specialists) + (plan.arbiter is not None) > 1:
        found.add("fanout")
    return [mode for mode in ("single", "checked", "fanout") if mode in found]


def _unfielded(plan: Plan) -> str:
    """How the arbiter's model answers itself: as carefully as the fields do, where all of them are decided on."""
    return "checked" if all(field.stream_mode == "decided" for field in plan.fields if field.specialists) else "single"


def _entries(plan: Plan) -> dict[str, _Entry]:
    """All specialists by name, the arbiter's last."""
    return {specialist.name: _entry(specialist) for specialist in plan.called}


def _nouns(entries: Iterable[_Entry]) -> set[str]:
    """What the specialists are written in, of `aua_runtime.plan`."""
    found = {"Retries", "Specialist", "Timeouts"}
    for entry in entries:
        found |= {name for name, used in (("CallLimits", entry.limits), ("Hedge", entry.hedge)) if used is not None}
    return found


def _entry(specialist: Specialist) -> _Entry:
    name = constant(specialist.name)
    return _Entry(
        constant=f"{name}_SPECIALIST" if name in _RESERVED else name,
        name=specialist.name,
        field=specialist.field,
        url=specialist.url,
        model=specialist.served_model,
        engine="OPENAI_WITH_LOG_PROBABILITIES" if specialist.kind == "openai" and specialist.log_probabilities else specialist.kind.upper(),
        timeouts=specialist.timeouts,
        retry=specialist.retry,
        breaker=specialist.breaker,
        replicas=specialist.replicas,
        limits=specialist.limits,
        probe_interval_s=specialist.probe_interval_s,
        hedge=specialist.hedge,
        fallback=specialist.fallback,
        key_env=specialist.auth_env,
        headers=specialist.headers,
        tls_verify=specialist.tls_verify,
        private=specialist.allow_private or specialist.instance is not None,
        embeddings=specialist.embeddings,
    )


def _field(field: Field, plan: Plan, entries: Mapping[str, _Entry], texts: Mapping[str, _Text]) -> _FieldEntry:
    use = next((prompt.use for prompt in plan.prompts if _INSTRUCTED.get(prompt.use) == field.name), None)
    return _FieldEntry(field, tuple(entries[name].constant for name in field.specialists), texts[use].constant if use else None)


def _as_mapping(entry: _FieldEntry) -> dict[str, object]:
    field = entry.field
    return {
        "name": field.name,
        "aliases": field.aliases,
        "keywords": field.keywords,
        "specialists": entry.specialists,
        "stream_mode": field.stream_mode,
        "high_risk": field.high_risk,
        "arbiter_policy": field.arbiter_policy,
        "instruction": entry.instruction,
    }


def _texts(plan: Plan) -> dict[str, _Text]:
    """The prompts that some stage of this plan uses."""
    names = {"medical_safe": "MEDICAL_SAFE", "legal_safe": "LEGAL_SAFE"}
    served = {field.name for field in plan.fields if field.specialists}
    found = {use: name for use, name in names.items() if _INSTRUCTED[use] in served}
    modes = _modes(plan)
    if plan.arbiter is not None:
        found["arbiter"] = "ARBITER_PROMPT"
    if plan.safety.abstention_enabled and {"checked", "fanout"} & set(modes):
        found["abstention"] = "ABSTENTION"
    return {prompt.use: _text(prompt, found[prompt.use]) for prompt in plan.prompts if prompt.use in found}


def _text(prompt: Prompt, name: str) -> _Text:
    """A prompt as one literal if that fits on a line, else in pieces: at line feeds, and at spaces in long lines."""
    if len(f"{name} = {python_literal(prompt.text)}") <= _LINE_WIDTH:
        return _Text(name, (prompt.text,))
    pieces: list[str] = []
    for line in prompt.text.splitlines(keepends=True):
        rest = line
        while len(rest) > _PIECE_WIDTH and (cut := rest.rfind(" ", 0, _PIECE_WIDTH) + 1) > 0 and cut < len(rest):
            pieces.append(rest[:cut])
            rest = rest[cut:]
        pieces.append(rest)
    return _Text(name, tuple(pieces))


def _settings(plan: Plan, structure: str) -> Settings:
    """Every value that may change without a restart, and no other."""
    costs = plan.observability.costs
    return Settings(
        structure=structure,
        routing=RoutingSettings(plan.routing.single_threshold, plan.routing.fanout_threshold, plan.routing.deadline_s),
        fields={
            field.name: FieldSettings(
                Weights(field.weights.efficacy, field.weights.confidence, field.weights.curiosity), field.confidence_threshold
            )
            for field in plan.fields
            if field.specialists
        },
        min_confidence_for_direct_answer=plan.safety.min_confidence_for_direct_answer,
        arbiter_confidence_threshold=plan.arbiter.confidence_threshold if plan.arbiter is not None else None,
        welfare=_welfare(plan),
        log_level=plan.observability.log_level,
        log_sample=plan.observability.log_sample,
        cors=CorsSettings(plan.api.cors_origins, plan.api.cors_credentials),
        tracing=_recording(plan),
        prices=prices(costs.currency, costs.book, in_force(plan.called)),
        webhooks={one.name: WebhookSettings(one.events, one.min_severity, one.quiet_s) for one in plan.observability.webhooks},
    )


def _recording(plan: Plan) -> TracingSettings | None:
    found = plan.observability.tracing
    return TracingSettings(found.sample_ratio, found.max_per_s, found.trust_caller) if found is not None else None


def _welfare(plan: Plan) -> WelfareSettings | None:
    found = plan.arbiter.welfare if plan.arbiter is not None else None
    return WelfareSettings(found.prior, found.prior_weight, found.margin, found.least) if found is not None else None


def _mode(plan: Plan) -> str | None:
    """The arbiter's mode; None without an arbiter."""
    if plan.arbiter is None:
        return None
    return "pairwise" if plan.arbiter.welfare is None else "vcg"


def _dockerfile(plan: Plan, names: Mapping[str, str]) -> str:
    return from_template(
        "router/Dockerfile.j2",
        plan=plan,
        carried=plan.router.runtime == "carried",
        runtime_version=runtime_version(),
        state_folder=dirname(plan.state.path) if plan.state.path is not None else None,
        traces_env=TRACES_URL,
        traces_url=_traced_from_inside(plan),
        urls={specialist_url(specialist.name): _dockerfile_word(" ".join(specialist.container_urls)) for specialist in plan.called},
        settings_env=SETTINGS_FOLDER,
        uid=USER_ID,
        **names,
    )


def _traced_from_inside(plan: Plan) -> str | None:
    """Where a container sends spans, if elsewhere than its host does."""
    tracing = plan.observability.tracing
    return None if tracing is None or tracing.container_url == tracing.url else _dockerfile_word(tracing.container_url)


def _dockerfile_word(text: str) -> str:
    """`text` as one word of a Dockerfile instruction, without any of it expanded."""
    return '"' + "".join(f"\\{character}" if character in '\\"$' else character for character in text) + '"'


def _readme(plan: Plan, names: Mapping[str, str]) -> str:
    management = plan.api.management
    entries = _entries(plan)
    return from_template(
        "router/README.md.j2",
        recreate=plan.project.recreate,
        specialists=list(entries.values()),
        fields=[field for field in plan.fields if field.specialists],
        prompts=bool(_texts(plan)),
        carried=plan.router.runtime == "carried",
        runtime_version=runtime_version(),
        public=f"http://{_host(plan.api.public.host)}:{plan.api.public.port}",
        management=f"the Unix socket `{management.socket}`" if management.socket else f"http://{_host(management.host)}:{management.port}",
        secrets=plan.router.secret_env,
        key=plan.api.api_key_env,
        variables=[specialist_url(entry.name) for entry in entries.values()],
        **{key: value for key, value in names.items() if key != "header"},
    )


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
