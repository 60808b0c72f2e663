"""Makes the plan: each decision in its own module, called here in order."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from aua_compile.checked import Checked
from aua_compile.config.ladders import served_name
from aua_compile.config.model.specialists import Specialist as SaidSpecialist
from aua_compile.config.resolve import Resolved
from aua_compile.config.serving import External, Spec, backend_name, external, has_arbiter, specs
from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass
from aua_compile.plan import calls, costs, deployment, refusals
from aua_compile.plan.asked import machine_of, wants_of
from aua_compile.plan.digest import PLAN_SCHEMA_VERSION
from aua_compile.plan.engines import engines_of
from aua_compile.plan.fields import served_fields
from aua_compile.plan.model import Arbiter, DeviceKind, Hardware, Instance, Plan, Specialist, Warned, Welfare
from aua_compile.plan.placement import place
from aua_compile.plan.ports import assign_ports
from aua_compile.plan.wants import Machine, Placement, Refused
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import PRODUCT_LABEL, AcceleratorFacts


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the config it came from, so that what only the plan shows can point at the user's file."""

    plan: Plan
    resolved: Resolved


def plan(resolved: Resolved, catalog: Catalog) -> Checked[Planned]:
    """The plan of a config, or why its models cannot be had or do not fit."""
    config = resolved.config
    services = specs(config)
    outside = {spec.name: where for _, spec in services if (where := external(spec, config)) is not None}
    machine = machine_of(resolved.tier, catalog)
    managed = [(path, spec) for path, spec in services if spec.name not in outside]
    answer = place(wants_of(resolved), machine)
    if isinstance(answer, Refused):
        from aua_compile.plan.fixes import fixes  # a compile that succeeds needs none

        return Checked(None, (refusals.does_not_fit(answer, resolved, tuple(fixes(answer, resolved, catalog))),))
    ports = assign_ports(managed, answer.placements, config)
    engines = engines_of(answer, ports, resolved)
    by_name = {instance.name: instance for instance in engines.instances}
    by_service = {placement.service: placement for placement in answer.placements}
    served = {
        spec.name: _external(spec, outside[spec.name], resolved)
        if spec.name in outside
        else _managed(spec, by_service[spec.name], by_name, resolved)
        for _, spec in services
    }
    devices = costs.device_prices(config, machine)
    rents = costs.rents(answer.ledgers, devices)
    served |= costs.rented(served, engines.instances, rents)
    watching = deployment.observability(config, costs.costs(resolved, devices, served.values()), catalog.pins)
    complete = Plan(
        schema_version=PLAN_SCHEMA_VERSION,
        project=deployment.project(resolved),
        hardware=_hardware(resolved, machine),
        fields=served_fields(config),
        specialists=tuple(served[spec.name] for spec in config.specialists),
        arbiter=_arbiter(served, config.arbiter.name, resolved),
        routing=deployment.routing(config),
        safety=deployment.safety(config),
        prompts=deployment.prompts(resolved),
        api=deployment.api(config),
        state=deployment.state(config),
        observability=watching,
        router=deployment.router(config, served.values(), catalog.pins, watching.tracing),
        images=deployment.images(config, catalog.pins),
        kubernetes=deployment.kubernetes(config),
        instances=engines.instances,
        fetches=engines.fetches,
        volumes=(*engines.volumes, *deployment.volumes(config)),
        ledgers=answer.ledgers,
        estimates=costs.estimated(answer.estimates, served, engines.instances, rents),
        search=answer.search,
        targets=config.targets,
        warnings=(),
        patches=deployment.patches(resolved),
    )
    return Checked.of(Planned(complete, resolved))


def with_warnings(planned: Planned, findings: Iterable[Diagnostic]) -> Plan:
    """The plan with the warnings that were found on the way, for people who read it."""
    return replace(
        planned.plan, warnings=tuple(Warned(finding.code, finding.message) for finding in findings if finding.severity == "warning")
    )


def _hardware(resolved: Resolved, machine: Machine) -> Hardware:
    tier = resolved.tier
    return Hardware(
        accelerator=tier.accelerator,
        accelerators=tier.accelerators,
        vendor=machine.accelerator.vendor,
        node_selector=_node_selector(tier.node_selector, machine.accelerator),
        host_ram_gib=tier.host_ram_gib,
        cpu_cores=tier.cpu_cores,
        engines_run=tier.engines_run,
        also=tuple(
            DeviceKind(facts.name, like.accelerators, facts.vendor, _node_selector(like.node_selector, facts))
            for facts, like in zip(machine.accelerators[1:], tier.also, strict=True)
        ),
    )


def _node_selector(said: Mapping[str, str], facts: AcceleratorFacts) -> Mapping[str, str]:
    """The labels of the Kubernetes nodes that have a kind of GPU: what the tier says, else what GPU feature discovery writes there."""
    if said or facts.node_label is None:
        return dict(sorted(said.items()))
    return {PRODUCT_LABEL: facts.node_label}


def _managed(spec: Spec, placement: Placement, instances: Mapping[str, Instance], resolved: Resolved) -> Specialist:
    instance = instances[placement.instance]
    served = next(model for model in instance.models if model.model == placement.candidate.reference)
    config = resolved.config
    in_container = "host.docker.internal" if resolved.tier.engines_run == "host" else instance.name
    kind = placement.engine.name
    return Specialist(
        name=spec.name,
        field=deployment.field_of(spec),
        backend=backend_name(spec, config) or kind,
        kind=instance.engine,
        instance=instance.name,
        url=f"http://127.0.0.1:{instance.port}",
        container_url=f"http://{in_container}:{instance.port}",
        replicas=(),
        served_model=served.served_name,
        model=placement.candidate.reference,
        rejected=placement.rejected,
        context_tokens=placement.context_tokens,
        concurrency=spec.concurrency,
        timeouts=calls.timeouts(spec, config),
        retry=calls.retry(spec, config),
        breaker=calls.breaker(spec, config),
        limits=calls.limits(spec, config, instance.max_num_seqs),
        probe_interval_s=calls.probe_interval_s(config),
        hedge=calls.hedge(config),
        fallback=spec.fallback,
        auth_env=None,
        headers={},
        tls_verify=True,
        allow_private=True,
        embeddings=False,
        log_probabilities=True,
        price=costs.price(spec),
        rent=None,
    )


def _external(spec: Spec, where: External, resolved: Resolved) -> Specialist:
    config = resolved.config
    return Specialist(
        name=spec.name,
        field=deployment.field_of(spec),
        backend=where.backend,
        kind=where.kind,
        instance=None,
        url=where.urls[0],
        container_url=where.urls[0],
        replicas=where.urls[1:],
        served_model=served_name(spec, where.kind, resolved),
        model=(spec.model or ("",))[0],
        rejected=(),
        context_tokens=spec.context,
        concurrency=spec.concurrency,
        timeouts=calls.timeouts(spec, config),
        retry=calls.retry(spec, config),
        breaker=calls.breaker(spec, config),
        limits=calls.limits(spec, config, None),
        probe_interval_s=calls.probe_interval_s(config),
        hedge=calls.hedge(config),
        fallback=spec.fallback,
        auth_env=where.settings.auth_secret,
        headers=dict(sorted(where.settings.headers.items())),
        tls_verify=spec.tls_verify,
        allow_private=where.settings.allow_private,
        embeddings=isinstance(spec, SaidSpecialist) and spec.embeddings,
        log_probabilities=where.kind != "openai" or (isinstance(spec, SaidSpecialist) and spec.log_probabilities),
        price=costs.price(spec),
        rent=None,
    )


def _arbiter(served: Mapping[str, Specialist], name: str, resolved: Resolved) -> Arbiter | None:
    if name not in served or not has_arbiter(resolved.config):
        return None
    arbiter = resolved.config.arbiter
    vcg = arbiter.vcg
    welfare = Welfare(vcg.prior, vcg.prior_weight, vcg.margin, vcg.least_welfare) if arbiter.mode == "vcg" else None
    return Arbiter(served[name], arbiter.policy, arbiter.confidence_threshold, welfare)
