"""AUA_HighLatency: too many answers take nearly as long as they may."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands, recording
from aua_compile.observe.alert import VALUE, Alert, Case, Cause, Step, rising
from aua_compile.observe.enough import many, said, told
from aua_compile.observe.promql import quantile, select, total
from aua_compile.observe.scrape import engine_job, engine_metric, router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, long_s, short_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    bounds = plan.observability.thresholds
    job, window = router_job(plan), duration(short_s(plan))
    slow_s = recording.slow_bound_s(plan)
    hold = hold_s(plan, bounds.page_after_s)
    latency = metrics.QUERY_LATENCY.name
    within, count = select(f"{latency}_bucket", job, f'le="{slow_s}"'), select(f"{latency}_count", job)
    answered = select(metrics.QUERIES.name, job, 'outcome="answered"')
    waiting = engine_metric(plan, "vllm", "requests_waiting")
    queue = (total(select(waiting.name, engine_job(plan)), "service"),) if waiting else ()
    return Alert(
        name="AUA_HighLatency",
        severity="page",
        expr=told(
            plan,
            recording.slow_ratio,
            f"> {bounds.slow_share}",
            recording.settled,
            (short_s(plan), long_s(plan)),
            "job",
            counted=True,
        ),
        hold_s=hold,
        ends_s=short_s(plan),
        summary=f"{VALUE} of the answers of {plan.project.name} take longer than {slow_s:g} s of {plan.routing.deadline_s:g} s allowed.",
        query=select(recording.slow_ratio(plan, short_s(plan)).name, job),
        fires=Case({answered: many(plan), count: many(plan), within: rising(0)}, {"job": job}, "100%"),
        silent=Case({answered: many(plan), count: many(plan), within: many(plan)}),
        meaning=(
            f"More than {bounds.slow_share:.0%} of the responses of the last {window} took longer than {slow_s:g} s, the bucket of"
            f" `{latency}` next below {bounds.slow_deadline_share:.0%} of `routing.deadline_s`. A little slower, and they are cut off. "
            + said(plan, "responses", long_s(plan), bad="slow ones")
        ),
        causes=(
            Cause(
                "More questions at once than the engines were placed for, so that requests wait in line.",
                "Calls wait, and the same specialist has many open.",
                queries=(*queue, select(metrics.UPSTREAM_QUEUED.name, job), select(metrics.UPSTREAM_IN_FLIGHT.name, job)),
            ),
            Cause(
                "Longer prompts or answers than usual: prefill grows with the prompt, decode with the answer.",
                "One specialist is slower than an hour ago, and has more tokens to a call.",
                queries=(
                    quantile(0.95, select(f"{metrics.UPSTREAM_LATENCY.name}_bucket", job), window, "specialist"),
                    _tokens_per_call(job, window, " offset 1h"),
                    _tokens_per_call(job, window),
                ),
            ),
            Cause(
                "More questions that need several answers: fan-out waits for the slowest candidate, and then for the verdict.",
                "The mode `fanout` is slow and `single` is not.",
                queries=(quantile(0.95, select(f"{latency}_bucket", job), window, "mode"),),
            ),
        ),
        steps=(
            Step("If calls wait, lower the load or give the specialist another server (`replicas` of its backend), and compile again."),
            Step(
                f"If it is fan-out, raise `routing.fanout_threshold` (now {plan.routing.fanout_threshold:g}) or lower `routing.max_fanout`"
                f" (now {plan.routing.max_fanout}); a reload takes the threshold over.",
                commands.reload(plan),
            ),
        ),
    )


def _tokens_per_call(job: str, window: str, ago: str = "") -> str:
    """How many tokens a call of each specialist reads and writes."""
    tokens, calls = (
        " + ".join(total(f"rate({select(metric.name, job)}[{window}]{ago})", "specialist") for metric in counted)
        for counted in ((metrics.PROMPT_TOKENS, metrics.COMPLETION_TOKENS), (metrics.UPSTREAM_CALLS,))
    )
    return f"({tokens}) / {calls}"
