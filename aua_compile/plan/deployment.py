"""The parts of the plan that follow from the config alone: the router, its listeners, state, limits, prompts, images."""

from collections.abc import Iterable
from shlex import quote

from aua_runtime.contract.notices import NAMES

from aua_compile.config.model import Config
from aua_compile.config.model.alerts import Alerts, Slo
from aua_compile.config.model.alerts import Webhook as SaidWebhook
from aua_compile.config.model.observability import TraceExport as SaidExport
from aua_compile.config.model.specialists import Specialist as SaidSpecialist
from aua_compile.config.prompts import prompt_choices
from aua_compile.config.resolve import Resolved
from aua_compile.config.serving import Spec
from aua_compile.names import dns_label
from aua_compile.plan.images import ROUTER_BASE
from aua_compile.plan.model import (
    AlertThresholds,
    Api,
    Collector,
    Costs,
    Images,
    Kubernetes,
    Limits,
    Listener,
    Objectives,
    Observability,
    Patch,
    PatchTarget,
    Project,
    Prompt,
    Router,
    Routing,
    Safety,
    Specialist,
    State,
    TraceExport,
    Tracing,
    Volume,
    Webhook,
)
from aua_compile.plan.ports import COLLECTOR, OTLP_PORT
from aua_compile.registry.model import GIB
from aua_compile.registry.pins import Pins

STATE_GIB = 2.0  # a request's rows take about 1 kB: two million requests
ROUTER_SERVICE = "router"
BASE_IMAGE = "docker.io/library/python:3.12.8-slim-bookworm"
PROMETHEUS_IMAGE = "docker.io/prom/prometheus:v2.55.1"
COLLECTOR_IMAGE = "docker.io/otel/opentelemetry-collector-contrib:0.155.0"
GRAFANA_IMAGE = "docker.io/grafana/grafana:11.4.0"


def field_of(spec: Spec) -> str | None:
    """The field that a specialist answers; None for the arbiter."""
    return spec.field if isinstance(spec, SaidSpecialist) else None


def project(resolved: Resolved) -> Project:
    """What is deployed, and the command that makes it again."""
    config, choices = resolved.config, resolved.bundle.choices
    name = choices.file_name
    words = ["aua", "compile", name]
    if choices.tier is not None:
        words += ["--tier", config.tier or choices.tier]
    if choices.env is not None:
        words += ["--env", choices.env]
    settings = [word for setting in choices.settings for word in ("--set", setting)]
    command = " ".join(map(quote, [*words, *settings]))
    hint = "the command in plan.json" if settings else command
    return Project(config.project.name, config.project.description, config.preset, config.tier or "", config.profile, name, command, hint)


def routing(config: Config) -> Routing:
    """The thresholds."""
    given = config.routing
    return Routing(given.single_threshold, given.fanout_threshold, given.max_fanout, given.deadline_s)


def safety(config: Config) -> Safety:
    """When the router abstains."""
    given = config.safety
    return Safety(given.abstention_enabled, given.require_arbiter_for_high_risk, given.min_confidence_for_direct_answer)


def prompts(resolved: Resolved) -> tuple[Prompt, ...]:
    """The text of each use that the config names one for: a file of the project, or a registered text."""
    found = []
    for choice in prompt_choices(resolved):
        if choice.path is not None:
            found.append(Prompt(choice.use, resolved.bundle.texts[choice.path]))
        elif choice.template is not None:
            found.append(Prompt(choice.use, resolved.catalog.prompt(choice.template)))
    return tuple(found)


def api(config: Config) -> Api:
    """Both listeners and what clients may do."""
    given = config.api
    limits = Limits(given.limits.body, given.limits.header, given.limits.connections, given.limits.streams)
    management = Listener(given.management.host, given.management.port, given.management.socket)
    return Api(
        public=Listener(given.host, given.port),
        management=management,
        api_key_env=given.api_key_secret,
        cors_origins=given.cors_origins,
        cors_credentials=given.cors_credentials,
        allowed_hosts=given.allowed_hosts,
        forwarded_allow_ips=given.forwarded_allow_ips,
        limits=limits,
    )


def state(config: Config) -> State:
    """The store."""
    given = config.state
    shared = given.backend == "postgres"
    return State(
        "postgres" if shared else "sqlite",
        None if shared else given.path,
        given.dsn_secret if shared else None,
        given.durability,
    )


def observability(config: Config, costs: Costs, pins: Pins) -> Observability:
    """What the deployment tells about itself."""
    given = config.observability
    return Observability(
        log_level=given.logging.level,
        log_sample=given.logging.sample,
        log_format=given.logging.format,
        log_prompts=given.logging.prompts,
        metrics=given.metrics.enabled,
        dashboards=given.dashboards.enabled,
        alerts=given.alerts.enabled,
        runbook_base_url=(given.runbook_base_url or "").rstrip("/"),
        scrape_interval_s=given.metrics.scrape_interval,
        costs=costs,
        webhooks=tuple(_webhook(name, webhook) for name, webhook in sorted(given.webhooks.items())),
        objectives=_objectives(given.slo),
        tracing=_tracing(config, pins) if given.tracing.enabled else None,
        thresholds=thresholds(given.alerts),
    )


def _webhook(name: str, given: SaidWebhook) -> Webhook:
    events = given.events or NAMES
    url, signing = given.url, given.signing_secret if given.kind == "generic" else None
    return Webhook(name, given.kind, url, given.url_secret, signing, given.allow_private, events, given.min_severity, given.quiet)


def _tracing(config: Config, pins: Pins) -> Tracing:
    given = config.observability.tracing
    beside = given.collector.enabled
    endpoint = f"http://127.0.0.1:{OTLP_PORT}" if beside else (given.endpoint or "").rstrip("/")
    return Tracing(
        url=endpoint,
        container_url=f"http://{COLLECTOR}:{OTLP_PORT}" if beside else endpoint,
        headers={} if beside else dict(sorted(given.headers.items())),
        header_env={} if beside else dict(sorted(given.header_secrets.items())),
        content=given.content,
        sample_ratio=given.sample_ratio,
        max_per_s=given.max_per_s,
        trust_caller=given.trust_caller,
        collector=_collector(config, pins) if beside else None,
        trace_url=given.trace_url or "",
    )


def _collector(config: Config, pins: Pins) -> Collector:
    exports = config.observability.tracing.collector.exports
    image = config.deploy.images.collector or pins.images.get("collector", COLLECTOR_IMAGE)
    return Collector(image, tuple(_export(name, given) for name, given in sorted(exports.items())))


def _export(name: str, given: SaidExport) -> TraceExport:
    headers, secrets = dict(sorted(given.headers.items())), dict(sorted(given.header_secrets.items()))
    return TraceExport(name, given.endpoint.rstrip("/"), given.protocol, headers, secrets)


def thresholds(given: Alerts) -> AlertThresholds:
    """From where on alerts tell someone."""
    return AlertThresholds(
        min_samples=given.min_samples,
        min_failures=given.min_failures,
        failed_share=given.failed_share,
        slow_share=given.slow_share,
        slow_deadline_share=given.slow_deadline_share,
        contradiction_share=given.contradiction_share,
        neither_share=given.neither_share,
        utility_floor_share=given.utility_floor_share,
        queue_share=given.queue_share,
        backlog_share=given.backlog_share,
        preemptions=given.preemptions,
        router_down_s=given.router_down_after,
        page_after_s=given.page_after,
        ticket_after_s=given.ticket_after,
    )


def _objectives(given: Slo) -> Objectives:
    fast = given.latency
    return Objectives(given.availability) if fast is None else Objectives(given.availability, fast.target, fast.within)


def router(config: Config, served: Iterable[Specialist], pins: Pins, tracing: Tracing | None) -> Router:
    """How the router itself runs."""
    given = config.deploy
    keys = {specialist.auth_env for specialist in served} | {
        config.api.api_key_secret,
        config.state.dsn_secret if config.state.backend == "postgres" else None,
        *(tracing.header_env.values() if tracing is not None else ()),
        *(name for one in config.observability.webhooks.values() for name in (one.url_secret, one.signing_secret)),
    }
    return Router(
        service=ROUTER_SERVICE,
        image=given.images.router or f"{config.project.name}-router:local",
        base_image=pins.images.get(ROUTER_BASE, BASE_IMAGE),
        replicas=given.replicas,
        workers=given.workers,
        runtime=given.runtime,
        drain_s=given.drain_s,
        grace_s=given.grace_s,
        cpus=given.resources.cpus,
        memory_gib=given.resources.memory / GIB,
        env=dict(sorted(given.env.items())),
        secret_env=tuple(sorted(key for key in keys if key)),
        state_volume="state" if config.state.backend == "sqlite" else None,
    )


def images(config: Config, pins: Pins) -> Images:
    """Images of Prometheus and Grafana in compose."""
    given, held = config.deploy.images, pins.images
    return Images(given.prometheus or held.get("prometheus", PROMETHEUS_IMAGE), given.grafana or held.get("grafana", GRAFANA_IMAGE))


def kubernetes(config: Config) -> Kubernetes:
    """The namespace, by default the project's name."""
    given = config.deploy.kubernetes
    return Kubernetes(given.namespace or dns_label(config.project.name), given.storage_class)


def patches(resolved: Resolved) -> tuple[Patch, ...]:
    """The changes to artifacts, each with the file and key that say it; the file as the project names it, wherever the project lies."""
    folder = resolved.bundle.choices.config.removesuffix(resolved.bundle.choices.file_name)
    found = []
    for index, given in enumerate(resolved.config.patches):
        said_by = resolved.origin(f"patches.{index}")
        at = given.target
        found.append(
            Patch(
                said_by.span.file.removeprefix(folder),
                said_by.written,
                PatchTarget(at.file, at.kind, at.name, at.labels),
                given.merge,
                given.json or (),
                given.expects,
            )
        )
    return tuple(found)


def volumes(config: Config) -> tuple[Volume, ...]:
    """Storage of the router: its state, and what the user added."""
    common = config.deploy.kubernetes.storage_class
    own = tuple(Volume(volume.name, "user", volume.size / GIB, volume.storage_class or common) for volume in config.deploy.volumes)
    return (Volume("state", "state", STATE_GIB, common), *own) if config.state.backend == "sqlite" else own
