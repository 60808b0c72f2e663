"""AUA_EnginePreempting: an engine's KV cache is too small for its load."""

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert, Case, Cause, Step, label, rising
from aua_compile.observe.promql import quote, select, total
from aua_compile.observe.scrape import engine_job, engine_metric
from aua_compile.observe.window import duration, hold_s, long_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    preemptions, usage = engine_metric(plan, "vllm", "preemptions"), engine_metric(plan, "vllm", "kv_cache_usage")
    if preemptions is None or usage is None:
        return None
    bound = plan.observability.thresholds.preemptions
    job, window = engine_job(plan), duration(long_s(plan))
    hold = hold_s(plan, plan.observability.thresholds.ticket_after_s)
    engines = [instance for instance in plan.instances if instance.engine == "vllm" and instance.metrics_path]
    some = engines[0]
    of_some = select(preemptions.name, job, f"service={quote(some.name)}")
    running = engine_metric(plan, "vllm", "requests_running")
    query = total(f"increase({select(preemptions.name, job)}[{window}])", "job", "service")
    sizes = ", ".join(f"`{engine.name}` {engine.context_tokens} tokens x {engine.max_num_seqs} sequences" for engine in engines[:_SHOWN])
    return Alert(
        name="AUA_EnginePreempting",
        severity="ticket",
        expr=f"{query} > {bound}",
        hold_s=hold,
        ends_s=long_s(plan),
        summary=f"The engine {label('service')} of {plan.project.name} keeps putting requests back for lack of KV cache.",
        query=query,
        fires=Case({of_some: rising(bound)}, {"job": job, "service": some.name}),
        silent=Case({of_some: rising(0)}),
        meaning=(
            f"vLLM took the KV cache from running requests and computed it again more than {bound} times in {window}. Answers still"
            f" come, later. Bounds in this plan: {sizes}."
        ),
        causes=(
            Cause(
                "More long requests at once than the cache holds: the sum of their tokens exceeds the pool in plan.md's ledger.",
                "The cache is full (1) whenever requests are put back.",
                queries=(f"max by (service) ({select(usage.name, job)})",),
            ),
            Cause(
                "`max_num_seqs` lets more sequences in than the pool was planned for.",
                f"As many run as may ({', '.join(f'`{engine.name}` {engine.max_num_seqs}' for engine in engines[:_SHOWN])}).",
                queries=(total(select(running.name, job), "service"),) if running else (),
            ),
            Cause(
                "Another process takes memory of the same device, so the pool came out smaller than planned.",
                "The pool's size in its log (`GPU KV cache size`) is below that of plan.md's ledger.",
                commands.logs(plan, some.name),
            ),
        ),
        steps=(
            Step("See which engine it is, and how often.", queries=(query,)),
            Step("Lower `concurrency` or `context` of its specialists, or give them more memory, and compile again."),
        ),
    )


_SHOWN = 8  # as many engines as the largest shipped machine has devices
