"""`plan.md`: the plan as a person reads it before it runs. It shows what plan.json holds; secrets are named, never shown."""

import re
from collections.abc import Iterator

from aua_runtime.contract.prices import amount

from aua_compile.graph.placement import placement
from aua_compile.observe.alert import Alert, runbook_path
from aua_compile.observe.features import has_judge
from aua_compile.plan.model import Estimate, Instance, Patch, Plan, Specialist
from aua_compile.render import markdown
from aua_compile.targets.docs.markdown import bullets, fenced, page, section, table
from aua_compile.targets.docs.memory_bars import bars, terms
from aua_compile.targets.docs.route_diagram import route_diagram

PICTURE = "placement.svg"
"""Beside `plan.md`, where the plan places anything."""


def plan_page(plan: Plan, alerts: tuple[Alert, ...]) -> str:
    project = plan.project
    made = ", ".join(
        [
            *([f"preset `{project.preset}`"] if project.preset else []),
            f"tier `{project.tier}`",
            f"profile `{project.profile}`",
            f"targets {', '.join(f'`{target}`' for target in plan.targets)}",
        ]
    )
    return page(
        plan,
        f"Plan of {project.name}",
        markdown(project.description),
        f"Made from {markdown(project.config)}: {made}.",
        fenced(project.recreate, "sh"),
        section("Warnings", bullets(f"`{warned.code}` {markdown(warned.message)}" for warned in plan.warnings)),
        section("Secrets it needs", *_secrets(plan)),
        section("What runs where", *_runs(plan)),
        section("Memory", *_memory(plan)),
        section("Routes", *_routes(plan)),
        section("Specialists", *_specialists(plan)),
        section("Models that were not taken", _rejected(plan)),
        section("Estimates", *_estimates(plan)),
        section("Costs", *_costs(plan)),
        section("Limits", *_limits(plan)),
        section("Patches", bullets(map(_patch, plan.patches))),
        section("Alerts", _alerts(plan, alerts)),
    )


def _patch(patch: Patch) -> str:
    at = patch.target
    objects = [at.kind or "", at.name or "", *(f"{name}={value}" for name, value in at.labels.items())]
    what = " of ".join(filter(None, (" ".join(filter(None, objects)), at.file)))
    how = "merges" if patch.merge is not None else f"{len(patch.json)} operation{'s' * (len(patch.json) != 1)}"
    return f"{markdown(what)}: {how} (`{patch.path}` of {markdown(patch.file)})"


def _secrets(plan: Plan) -> Iterator[str]:
    uses: dict[str, list[str]] = {}
    if plan.api.api_key_env:
        uses.setdefault(plan.api.api_key_env, []).append("the bearer key that clients send")
    if plan.state.dsn_env:
        uses.setdefault(plan.state.dsn_env, []).append("the address of the Postgres database")
    for specialist in plan.called:
        if specialist.auth_env:
            uses.setdefault(specialist.auth_env, []).append(f"the key of `{specialist.name}`'s model server")
    for fetch in plan.fetches:
        if fetch.secret_env:
            uses.setdefault(fetch.secret_env, []).append(f"the download of `{fetch.instance}`'s weights, which their licence gates")
    if uses:
        yield "Environment variables that must be set; their values are in no file of ours."
        yield table(("variable", "is for"), [(f"`{name}`", "; ".join(what)) for name, what in sorted(uses.items())])
    if not plan.api.api_key_env:
        yield f"The router asks for no key. It is published at {_address(plan)}."


def _address(plan: Plan) -> str:
    public = plan.api.public
    if public.socket:
        return f"the socket {markdown(public.socket)}"
    host = f"[{public.host}]" if ":" in public.host else public.host
    return f"`http://{host}:{public.port}`"


def _runs(plan: Plan) -> Iterator[str]:
    hardware, router = plan.hardware, plan.router
    devices = " + ".join(f"{kind.accelerators} x {kind.accelerator}" if kind.accelerators else "no accelerator" for kind in hardware.kinds)
    yield (
        f"The machine: {devices}, {hardware.cpu_cores} CPU cores, {hardware.host_ram_gib:g} GiB RAM."
        f" Engines run {'in containers' if hardware.engines_run == 'container' else 'on the machine itself'}."
    )
    state = f"SQLite in {markdown(plan.state.path or '')}" if plan.state.backend == "sqlite" else "Postgres"
    routers = f"replicas: {router.replicas}" + (f" of {router.workers} workers" if router.workers > 1 else "")
    yield (
        f"The router `{router.service}` answers at {_address(plan)}; {routers}, for each {router.cpus:g} CPU cores and"
        f" {router.memory_gib:g} GiB. Its state is in {state}."
    )
    yield table(
        ("instance", "engine", "models", "devices", "port", "context", "sequences", "starts after"),
        [
            (
                f"`{instance.name}`",
                markdown(f"{instance.engine} {instance.engine_version}"),
                "<br>".join(f"{markdown(f'{model.model}, {model.variant}')}" for model in instance.models),
                _devices(instance),
                str(instance.port),
                f"{instance.context_tokens}",
                f"{instance.max_num_seqs}",
                ", ".join(f"`{name}`" for name in instance.start_after),
            )
            for instance in plan.instances
        ],
    )
    yield table(
        ("external specialist", "model", "model server"),
        [
            (f"`{specialist.name}`", markdown(specialist.served_model), "<br>".join(map(markdown, (specialist.url, *specialist.replicas))))
            for specialist in plan.called
            if specialist.instance is None
        ],
    )


def _devices(instance: Instance) -> str:
    if not instance.devices:
        return "CPU"
    ways = {"tensor parallel": instance.tensor_parallel, "pipeline parallel": instance.pipeline_parallel}
    split = ", ".join(f"{name} {count}" for name, count in ways.items() if count > 1)
    return ", ".join(map(str, instance.devices)) + (f" ({split})" if split else "")


def _memory(plan: Plan) -> Iterator[str]:
    devices = placement(plan).devices
    yield from map(bars, devices)
    if plan.instances:
        yield plan.search.words
    if devices:
        yield terms(devices)
        yield f"The same to scale: [{PICTURE}]({PICTURE})."
        if any(ledger.confidence != "measured" for ledger in plan.ledgers):
            yield (
                "`measured`: the model of memory was checked against this engine version. `modelled`: it follows from formulas that were"
                " checked elsewhere. `extrapolated`: from an older version, with a margin added."
            )


def _routes(plan: Plan) -> Iterator[str]:
    routing, safety = plan.routing, plan.safety
    yield route_diagram(plan)
    yield table(
        ("field", "asked for as", "specialists", "efficacy", "confidence", "curiosity", "sure from", "arbiter", "high risk", "streams"),
        [
            (
                f"`{field.name}`",
                ", ".join(f"`{alias}`" for alias in field.aliases),
                ", ".join(f"`{name}`" for name in field.specialists),
                f"{field.weights.efficacy:g}",
                f"{field.weights.confidence:g}",
                f"{field.weights.curiosity:g}",
                f"{field.confidence_threshold:g}",
                field.arbiter_policy,
                "yes" if field.high_risk else "",
                field.stream_mode,
            )
            for field in plan.fields
        ],
    )
    described = [field for field in plan.fields if field.description]
    yield bullets(f"`{field.name}`: {markdown(field.description)}" for field in described)
    found = [f"A field with a probability of {routing.single_threshold:g} or more answers alone."]
    if routing.max_fanout > 1:
        found.append(f"Else every field from {routing.fanout_threshold:g} is asked, at most {routing.max_fanout} specialists.")
    found.append(f"A request ends after {routing.deadline_s:g} s, answered or not.")
    if plan.arbiter:
        arbiter = plan.arbiter
        found.append(
            f"The arbiter is `{arbiter.specialist.name}` with {markdown(arbiter.specialist.model)}, policy {arbiter.policy}; a verdict that"
            f" is less than {arbiter.confidence_threshold:g} sure is not used."
        )
        if arbiter.welfare is not None:
            found.append(
                "Between candidates the greatest welfare decides (mode `vcg`): within"
                f" {arbiter.welfare.margin:g} two are equally good, below {arbiter.welfare.least:g} none is given."
            )
    if safety.require_arbiter_for_high_risk and any(field.high_risk for field in plan.fields):
        found.append("In fields of high risk the arbiter looks at every answer.")
    if safety.abstention_enabled:
        least = safety.min_confidence_for_direct_answer
        reasons = [*([f"is less than {least:g} sure"] if least else []), *(["the arbiter rejects"] if has_judge(plan) else [])]
        if reasons:
            found.append(f"The router abstains rather than give an answer that {' or that '.join(reasons)}.")
    yield bullets(found)
    yield (
        "A `direct` stream is relayed as it comes. A `decided` one begins when the answer has been judged."
        if any(field.stream_mode == "decided" for field in plan.fields)
        else ""
    )


def _specialists(plan: Plan) -> Iterator[str]:
    yield table(
        (
            "specialist",
            "model",
            "context",
            "at once",
            "calls",
            "connect (s)",
            "first token (s)",
            "silence (s)",
            "total (s)",
            "retries",
            "breaker",
            "fallback",
        ),
        [
            (
                f"`{specialist.name}`",
                markdown(specialist.model),
                f"{specialist.context_tokens}",
                f"{specialist.concurrency}",
                _calls(specialist),
                f"{specialist.timeouts.connect_s:g}",
                f"{specialist.timeouts.first_token_s:g}",
                f"{specialist.timeouts.idle_s:g}",
                f"{specialist.timeouts.total_s:g}",
                f"{specialist.retry.max}",
                _breaker(specialist),
                ", ".join(f"`{name}`" for name in specialist.fallback),
            )
            for specialist in plan.called
        ],
    )
    probed_s = next((specialist.probe_interval_s for specialist in plan.called), None)
    if probed_s is not None:
        yield f"A model server without calls is asked every {probed_s:g} s whether it is there."
    hedge = next((specialist.hedge for specialist in plan.called if specialist.hedge is not None), None)
    if hedge is not None:
        yield (
            f"A call without an answer after {hedge.after_s:g} s gets a second one, for at most {hedge.budget:.0%} of the calls;"
            " the first to answer wins."
        )
    unverified = [specialist.name for specialist in plan.called if not specialist.tls_verify]
    if unverified:
        yield f"Certificates are not checked for {', '.join(f'`{name}`' for name in unverified)}."


def _calls(specialist: Specialist) -> str:
    if specialist.limits is None:
        return "as they come"
    each = " at each server" if specialist.replicas else ""
    return f"at most {specialist.limits.concurrency}{each}, {specialist.limits.queue} wait"


def _breaker(specialist: Specialist) -> str:
    breaker = specialist.breaker
    share = f" or {breaker.failing_share:.0%} of {breaker.window}" if breaker.window else ""
    return f"opens after {breaker.threshold} in a row{share}, probes after {breaker.recovery_s:g} s"


def _rejected(plan: Plan) -> str:
    return table(
        ("specialist", "model", "why not"),
        [
            (f"`{specialist.name}`", markdown(rung.model), markdown(rung.reason))
            for specialist in plan.called
            for rung in specialist.rejected
        ],
    )


def _estimates(plan: Plan) -> Iterator[str]:
    if not plan.estimates:
        return
    yield (
        "From formulas, not measured. Requests at once = tokens in the KV pool / context; typical ones hold at most 4,096 tokens. Tokens"
        " per second = batch x memory bandwidth x efficiency / (bytes of the weights that a step reads + batch x bytes of the cache). First"
        " token = the slower of 2 x active parameters x tokens / (peak x efficiency) and reading the weights, with no queue. Cost = what"
        " the engine's devices cost per hour / its models / (tokens per second of all x 3600) x 1,000,000; `aua costs` shows it beside what"
        " was measured."
    )
    yield table(
        (
            "specialist",
            "requests at once, full context",
            "typical ones",
            "one stream (tokens/s)",
            "all (tokens/s)",
            "first token (s)",
            f"a million tokens ({plan.observability.costs.currency})",
        ),
        [(f"`{estimate.specialist}`", *_figures(estimate)) for estimate in plan.estimates],
    )


def _figures(estimate: Estimate) -> tuple[str, ...]:
    return (
        f"{estimate.worst_case_concurrency:.1f}",
        f"{estimate.expected_concurrency:.0f}",
        f"{estimate.decode_tokens_per_s:.0f}",
        f"{estimate.batch_tokens_per_s:.0f}",
        "" if estimate.first_token_s is None else f"{estimate.first_token_s:.2f}",
        "" if estimate.cost_per_million_tokens is None else f"{estimate.cost_per_million_tokens:.2f}",
    )


def _costs(plan: Plan) -> Iterator[str]:
    costs = plan.observability.costs
    yield f"Prices `{costs.prices}`, in {costs.currency}. A call to a specialist that is not listed has no price, and is counted as such."
    if costs.book_facts is not None:
        facts = costs.book_facts
        until = f" to {facts.until}" if facts.until is not None else ""
        days = f"holds from {facts.effective}{until}"
        yield f"What the config does not say is from `prices/{costs.book}.yaml`, which {days}: {markdown(facts.source)}."
    yield table(
        ("specialist", "a million tokens read", "from its cache", "written", "devices per hour", "a place per hour"),
        [(f"`{one.name}`", *_prices(one)) for one in plan.called if one.price is not None or one.rent is not None],
    )
    yield table(
        ("device", "per hour", "who says so"),
        [(f"`{device.accelerator}`", amount(device.hour_micro), markdown(device.source)) for device in costs.devices],
    )


def _prices(one: Specialist) -> tuple[str, ...]:
    price, rent = one.price, one.rent
    read, cached, written = (
        ("", "", "") if price is None else map(amount, (price.input_micro, price.cached_input_micro, price.output_micro))
    )
    hour, place = ("", "") if rent is None else (amount(rent.hour_micro), f"{rent.place_pico / 10**12:.6f}")
    return read, cached, written, hour, place


def _limits(plan: Plan) -> Iterator[str]:
    limits, router = plan.api.limits, plan.router
    management = plan.api.management
    where = f"the socket {markdown(management.socket)}" if management.socket else f"port {management.port}"
    found = [
        f"A request body holds at most {limits.body_bytes} bytes, its headers {limits.header_bytes}.",
        f"At most {limits.connections} connections and {limits.streams} streamed answers are open at once.",
        f"When it stops, the router finishes what is open for {router.drain_s:g} s, and is ended after {router.grace_s:g} s.",
        f"Health, metrics and the plan are at {where} of the management listener.",
    ]
    if plan.api.allowed_hosts:
        found.append(f"Accepted Host headers: {', '.join(markdown(host) for host in plan.api.allowed_hosts)}.")
    if plan.api.cors_origins:
        credentials = "with" if plan.api.cors_credentials else "without"
        found.append(
            f"Web pages of {', '.join(markdown(origin) for origin in plan.api.cors_origins)} may call it, {credentials} credentials."
        )
    if plan.observability.log_prompts:
        found.append("Questions and answers are written to the log.")
    yield bullets(found)


def _alerts(plan: Plan, alerts: tuple[Alert, ...]) -> str:
    if "prometheus" not in plan.targets and "kubernetes" not in plan.targets:
        return ""
    return table(
        ("alert", "severity", "means"),
        [(f"[{alert.name}]({runbook_path(alert.name)})", alert.severity, _first_sentence(alert.meaning)) for alert in alerts],
    )


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.:])\s+(?=[A-Z])", text, maxsplit=1)[0]
