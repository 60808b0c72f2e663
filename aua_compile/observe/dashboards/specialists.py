"""Each model as the router sees it, and the GPUs that the plan puts it on."""

from collections.abc import Iterator

from aua_runtime.contract import metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_SPECIALIST, REACHED, each, mean, of, quantile_of, rate_of_each
from aua_compile.observe.panel import SPECIALIST, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import select, total
from aua_compile.plan.model import Plan


def page(plan: Plan) -> Dashboard:
    rows = [Row("Health", _health(plan)), Row("Load", tuple(_load(plan))), Row("Speed", _speed(plan)), Row("Answers", _answers(plan))]
    if any(specialist.replicas for specialist in plan.specialists):
        rows.insert(1, Row("Servers", _servers(plan)))
    if plan.instances:
        rows.append(Row("GPUs", tuple(_memory(plan))))
    return Dashboard(
        "specialists",
        "Specialists and GPUs",
        "Each model as the router sees it: reached, loaded, fast, good; and the memory that the plan gives it.",
        tuple(rows),
        (SPECIALIST,),
    )


def _health(plan: Plan) -> tuple[Panel, ...]:
    return (
        Panel(
            "Reached",
            "Whether the latest call or probe reached a server of the specialist.",
            "states",
            "none",
            (each(plan, f"max by ({SPECIALIST}) ({of(plan, metrics.SPECIALIST_UP, OF_SPECIALIST)})"),),
            states=REACHED,
            alert="AUA_SpecialistDown",
        ),
        Panel(
            "Failed calls",
            "Share of each specialist's calls that failed.",
            "lines",
            "percentunit",
            (each(plan, select(recording.upstream_error_ratio(plan).name, scrape.router_job(plan), OF_SPECIALIST)),),
            bad_from=plan.observability.thresholds.failed_share,
        ),
    )


def _servers(plan: Plan) -> tuple[Panel, ...]:
    """Of the specialists that have several servers, each of them."""
    return (
        Panel(
            "Servers reached",
            "Of specialists with several servers: whether the latest call or probe reached each, counted from 0 in the plan's order.",
            "states",
            "none",
            (Query(f"max by (server) ({of(plan, metrics.SERVER_UP)})", "{{server}}"),),
            states=REACHED,
        ),
        Panel(
            "Open calls by server",
            "Of specialists with several servers: calls that wait for an answer of each.",
            "lines",
            "none",
            (Query(total(of(plan, metrics.SERVER_IN_FLIGHT), "server"), "{{server}}"),),
        ),
    )


def _load(plan: Plan) -> Iterator[Panel]:
    limits = [specialist.limits for specialist in plan.specialists if specialist.limits is not None]
    places = min((limit.concurrency for limit in limits), default=None)
    queue = min((limit.queue for limit in limits), default=None)
    yield Panel("Calls", "Calls that ended, per second.", "lines", "reqps", (rate_of_each(plan, metrics.UPSTREAM_CALLS),))
    yield Panel(
        "Open calls",
        "Calls that wait for an answer."
        + (f" From {places} at each of its servers more wait in line, in each process of a router." if places is not None else ""),
        "lines",
        "none",
        (each(plan, total(of(plan, metrics.UPSTREAM_IN_FLIGHT, OF_SPECIALIST), SPECIALIST)),),
        warn_from=places,
    )
    if limits:
        waiting = "No call has had to wait for a place."
        yield Panel(
            "Waiting calls",
            f"Calls in line for a place at a specialist; beyond {queue}, in each process of a router, calls are refused.",
            "lines",
            "none",
            (each(plan, total(of(plan, metrics.UPSTREAM_QUEUED, OF_SPECIALIST), SPECIALIST)),),
            bad_from=queue or None,
            alert="AUA_QueueSaturated",
            until=waiting,
        )
        yield Panel(
            "Time in line",
            "Of the calls that had to wait for a place, 95 of 100 waited less.",
            "lines",
            "s",
            (
                each(
                    plan,
                    quantile_of(plan, 0.95, metrics.UPSTREAM_WAIT, SPECIALIST, matchers=(OF_SPECIALIST,), most=plan.routing.deadline_s),
                ),
            ),
            until=waiting,
        )
    hedging = [specialist.hedge for specialist in plan.specialists if specialist.hedge is not None]
    if hedging:
        yield Panel(
            "Second calls",
            f"Calls per second that were sent because the first had no answer after {min(hedge.after_s for hedge in hedging):g} s or more,"
            " and those that answered first.",
            "lines",
            "reqps",
            (rate_of_each(plan, metrics.UPSTREAM_HEDGES, "sent"), rate_of_each(plan, metrics.UPSTREAM_HEDGES_WON, "won")),
            24,
            until="No call has taken long enough for a second one.",
        )


def _speed(plan: Plan) -> tuple[Panel, ...]:
    def p95(metric: metrics.Metric, most: float | None = None) -> tuple[Query, ...]:
        return (each(plan, quantile_of(plan, 0.95, metric, SPECIALIST, matchers=(OF_SPECIALIST,), most=most)),)

    totals = [specialist.timeouts.total_s for specialist in plan.called]
    streamed = "No answer has been streamed."
    return (
        Panel(
            "Latency of calls",
            f"95 of 100 calls take less; red from {min(totals):g} s, after which a call is given up.",
            "lines",
            "s",
            p95(metrics.UPSTREAM_LATENCY, max(totals)),
            8,
            bad_from=min(totals),
        ),
        Panel(
            "Time to first token",
            "95 of 100 streamed answers begin earlier, counted from the request: waiting in line and calls before it included.",
            "lines",
            "s",
            p95(metrics.FIRST_TOKEN, plan.routing.deadline_s),
            8,
            until=streamed,
        ),
        Panel(
            "Time between tokens",
            "The mean time between two tokens of an answer; 95 of 100 streamed answers are faster.",
            "lines",
            "s",
            p95(metrics.INTER_TOKEN),
            8,
            until=streamed,
        ),
    )


def _answers(plan: Plan) -> tuple[Panel, ...]:
    def mean_of(metric: metrics.Metric) -> tuple[Query, ...]:
        return (each(plan, mean(plan, metric, SPECIALIST, matchers=(OF_SPECIALIST,))),)

    return (
        Panel("Tokens written", "Per second.", "lines", "cps", (rate_of_each(plan, metrics.COMPLETION_TOKENS),)),
        Panel("Tokens read", "Per second.", "lines", "cps", (rate_of_each(plan, metrics.PROMPT_TOKENS),)),
        Panel(
            "Efficacy", "Mean of E: finished answers that pass their checks.", "lines", "percentunit", mean_of(metrics.EFFICACY), maximum=1
        ),
        Panel(
            "Confidence",
            "Mean of C: how sure the answers are, where a model server or a second answer tells.",
            "lines",
            "percentunit",
            mean_of(metrics.CONFIDENCE),
            maximum=1,
            until="No model server and no second answer has told how sure an answer is.",
        ),
    )


def _memory(plan: Plan) -> Iterator[Panel]:
    planned, memory = (f"max by (device) ({of(plan, metric)})" for metric in (metrics.DEVICE_PLANNED, metrics.DEVICE_MEMORY))
    usage = scrape.engine_metric(plan, "vllm", "kv_cache_usage")
    width = 8 if usage else 12
    yield Panel(
        "Planned memory",
        "Share of each device's memory that the plan gives to engines; what they leave is told in plan.md.",
        "bars",
        "percentunit",
        (Query(f"{planned} / {memory}", "device {{device}}"),),
        width,
        bad_from=1.0,
        maximum=1,
    )
    yield Panel(
        "Planned memory by engine",
        "Memory that the plan gives to each engine: weights, KV cache and what it needs besides.",
        "bars",
        "bytes",
        (Query(f"max by (engine) ({of(plan, metrics.ENGINE_PLANNED)})", "{{engine}}"),),
        width,
    )
    if usage:
        yield Panel(
            "KV cache in use",
            "Share of the planned KV cache that requests hold now, as the engines tell.",
            "bars",
            "percentunit",
            (Query(f"max by (service) ({select(usage.name, scrape.engine_job(plan))})", "{{service}}"),),
            width,
            maximum=1,
            alert="AUA_EnginePreempting",
        )
