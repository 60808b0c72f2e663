"""What a config asks of placement: a want for every managed service, and the machine of its tier."""

from aua_compile.config.ladders import ladder
from aua_compile.config.read import Bytes, Fraction
from aua_compile.config.resolve import Resolved
from aua_compile.config.serving import Spec, backend_name, backend_of, external, specs
from aua_compile.plan.wants import Machine, Want
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import GIB, TierFacts


def machine_of(tier: TierFacts, catalog: Catalog) -> Machine:
    """A tier with the facts of what it names."""
    accelerators = tuple(catalog.accelerator(kind.accelerator) for kind in tier.kinds)
    return Machine(tier, accelerators, {name: catalog.engine(name) for name in tier.engines})


def wants_of(resolved: Resolved) -> tuple[Want, ...]:
    """What the services that are not external ask of the hardware, in the order of the config."""
    return tuple(_want(spec, resolved) for _, spec in specs(resolved.config) if external(spec, resolved.config) is None)


def _want(spec: Spec, resolved: Resolved) -> Want:
    backend = backend_of(backend_name(spec, resolved.config), resolved.config)
    return Want(
        service=spec.name,
        ladder=ladder(spec, resolved),
        context_tokens=spec.context,
        concurrency=spec.concurrency,
        engine=backend.kind if backend else None,
        gpus=spec.gpus,
        share=spec.memory.value if isinstance(spec.memory, Fraction) else None,
        memory_gib=spec.memory.value / GIB if isinstance(spec.memory, Bytes) else None,
        tensor_parallel=spec.tensor_parallel,
        pipeline_parallel=spec.pipeline_parallel,
        max_num_seqs=spec.max_num_seqs,
        kv_cache=spec.kv_cache,
    )
