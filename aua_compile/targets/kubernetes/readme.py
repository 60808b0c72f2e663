"""What a person needs to know before and after applying the manifests."""

from aua_compile.observe import scrape
from aua_compile.observe.collector import collector_of
from aua_compile.plan.model import Plan
from aua_compile.render import from_template
from aua_compile.targets.header import header
from aua_compile.targets.kubernetes.engines import GPU_CLASS, GPU_RESOURCE, Group
from aua_compile.targets.kubernetes.network import is_loopback, named_hosts
from aua_compile.targets.kubernetes.overlays import most_replicas
from aua_compile.targets.kubernetes.pod import COLLECTOR_SECRET, FETCH_SECRET, SECRET
from aua_compile.targets.kubernetes.router import shares_state
from aua_compile.targets.kubernetes.weights import claim_objects


def readme(plan: Plan, found: tuple[Group, ...], *, claims: bool, monitored: bool, plan_mounted: bool) -> str:
    """The README. `found` are the pods of engines. The flags say what was emitted: GPU claims, the monitoring component, plan.json."""
    on_gpus = any(group.devices for group in found)
    return from_template(
        "kubernetes/README.md.j2",
        header=header(plan),
        project=plan.project.name,
        namespace=plan.kubernetes.namespace,
        service=plan.router.service,
        port=plan.api.public.port,
        image=plan.router.image,
        local_image="/" not in plan.router.image,
        replicas=plan.router.replicas,
        most_replicas=most_replicas(plan),
        shared_state=shares_state(plan),
        monitored=monitored,
        plan_mounted=plan_mounted,
        metrics=scrape.router_is_scraped(plan) or bool(scrape.engine_targets(plan)),
        loopback=is_loopback(plan.api.public.host),
        claims=claims,
        device_class=GPU_CLASS.get(plan.hardware.vendor),
        device_resource=GPU_RESOURCE.get(plan.hardware.vendor) if on_gpus else None,
        node_labels=list(dict.fromkeys(label for kind in plan.hardware.kinds for label in kind.node_selector.items())) if on_gpus else [],
        volumes=[
            (claim["metadata"]["name"], claim["spec"]["resources"]["requests"]["storage"], claim["spec"]["accessModes"][0])
            for claim in claim_objects(plan, found)
        ],
        secret=SECRET,
        secrets=plan.router.secret_env,
        collector_secret=COLLECTOR_SECRET,
        collector_secrets=() if (collector := collector_of(plan)) is None else collector.secret_env,
        fetch_secret=FETCH_SECRET,
        fetch_secrets=sorted({fetch.secret_env for fetch in plan.fetches if fetch.secret_env is not None}),
        engines=bool(found),
        fetches=bool(plan.fetches),
        external=any(specialist.instance is None for specialist in plan.specialists),
        hosts=named_hosts(plan),
    )
