"""Each engine as it sees itself."""

from collections.abc import Iterator

from aua_runtime.contract.engine_metrics import EngineMetric, Meaning

from aua_compile.observe import scrape
from aua_compile.observe.dashboards.forms import OF_SERVICE, REACHED, WINDOW
from aua_compile.observe.panel import SERVICE, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import quantile, select, total
from aua_compile.plan.model import Plan


def page(plan: Plan) -> Dashboard:
    """One row per kind of engine, of the panels that this version exports the metrics for."""
    rows = []
    for engine, title in (("vllm", "vLLM"), ("sglang", "SGLang"), ("llamacpp", "llama.cpp")):
        panels = tuple(_engine_panels(plan, engine))
        if panels:
            rows.append(Row(title, panels))
    if rows:
        rows.insert(0, Row("All", (_reached(plan),)))
    return Dashboard(
        "engines",
        "Engines",
        "Each engine as it sees itself: queue, cache, speed. plan.md has the memory of each GPU.",
        tuple(rows),
        (SERVICE,),
    )


def _reached(plan: Plan) -> Panel:
    up = Query(f"max by (service) ({select('up', scrape.engine_job(plan), OF_SERVICE)})", "{{service}}")
    return Panel("Reached", "Whether an engine answers Prometheus.", "states", "none", (up,), 24, states=REACHED, alert="AUA_EngineDown")


def _engine_panels(plan: Plan, engine: str) -> Iterator[Panel]:
    def of(meaning: Meaning, part: str = "") -> str | None:
        found: EngineMetric | None = scrape.engine_metric(plan, engine, meaning)
        return select(found.name + part, scrape.engine_job(plan), OF_SERVICE) if found else None

    service = "{{service}}"
    places = min((instance.max_num_seqs for instance in plan.instances if instance.engine == engine), default=None)
    if running := of("requests_running"):
        yield Panel(
            "Running",
            f"Requests that an engine serves; the smallest takes {places} at once.",
            "lines",
            "none",
            (Query(total(running, "service"), service),),
            8,
            warn_from=places,
        )
    if waiting := of("requests_waiting"):
        yield Panel(
            "Waiting", "Requests that wait for a place in an engine.", "lines", "none", (Query(total(waiting, "service"), service),), 8
        )
    if usage := of("kv_cache_usage"):
        yield Panel(
            "KV cache in use",
            "Share of the KV cache that running requests hold.",
            "lines",
            "percentunit",
            (Query(f"max by (service) ({usage})", service),),
            8,
            maximum=1,
            alert="AUA_EnginePreempting",
        )
    if preemptions := of("preemptions"):
        yield Panel(
            "Preemptions",
            "Requests put back for lack of KV cache, per second.",
            "lines",
            "reqps",
            (Query(total(f"rate({preemptions}[{WINDOW}])", "service"), service),),
            8,
            alert="AUA_EnginePreempting",
        )
    hits, asked = of("prefix_cache_hits"), of("prefix_cache_queries")
    if hits and asked:
        yield Panel(
            "Prefix cache hits",
            "Share of prompt tokens that were found in the cache.",
            "lines",
            "percentunit",
            (Query(f"{total(f'rate({hits}[{WINDOW}])', 'service')} / {total(f'rate({asked}[{WINDOW}])', 'service')}", service),),
            8,
            maximum=1,
        )
    read, wrote = of("prompt_tokens"), of("generation_tokens")
    if read and wrote:
        yield Panel(
            "Tokens of the engine",
            "Tokens read and written, per second.",
            "lines",
            "cps",
            (
                Query(total(f"rate({read}[{WINDOW}])", "service"), f"{service} read"),
                Query(total(f"rate({wrote}[{WINDOW}])", "service"), f"{service} written"),
            ),
            8,
        )
    timings: tuple[tuple[Meaning, str, str], ...] = (
        ("queue_time", "Time in the queue", "95 of 100 requests wait less."),
        ("time_to_first_token", "Time to first token", "95 of 100 answers begin earlier, counted from the engine's receipt."),
        ("inter_token_latency", "Time between tokens", "95 of 100 gaps are shorter."),
    )
    for meaning, title, description in timings:
        if buckets := of(meaning, "_bucket"):
            yield Panel(title, description, "lines", "s", (Query(quantile(0.95, buckets, WINDOW, "service"), service),), 8)
