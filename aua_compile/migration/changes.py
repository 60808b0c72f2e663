"""What changed between versions of the language, one function for each change; its docstring shows a config before and after.

Versions 0.5 and 0.6 are the language of the roadmap before presets: keys as the public package spells them, in a file that says
`config_version`. Version 1.0 is today's.
"""

from typing import Any

from aua_compile.index import aliases
from aua_compile.migration.tree import Tree, block, drop_empty, like, move, rename, rewrite, services


def canonical_tier(tree: Tree) -> None:
    """Tiers are called after what they are.

    Before::

        tier: rtx4090  # the box under the desk

    After::

        tier: single-4090 # the box under the desk
    """
    if isinstance(tree.get("tier"), str) and tree["tier"] in aliases("tiers"):
        rewrite(tree, "tier", aliases("tiers")[tree["tier"]])


def engine_keys(tree: Tree) -> None:
    """Specialists and the arbiter name devices and memory without the words of one engine.

    Before::

        specialists:
          - name: swe
            gpu: 0  # the first card
            gpu_memory_utilization: 0.34
            max_model_len: 2048
            tensor_parallel_size: 1

    After::

        specialists:
          - name: swe
            gpus: [0] # the first card
            memory: 0.34
            context: 2048
            tensor_parallel: 1
    """
    for service in services(tree):
        if isinstance(service.get("gpu"), int) and "gpu_ids" not in service:
            service["gpu"] = _flow([service["gpu"]])
            rename(service, "gpu", "gpus")
        rename(service, "gpu_ids", "gpus")
        rename(service, "gpu_memory_utilization", "memory")
        rename(service, "max_model_len", "context")
        rename(service, "tensor_parallel_size", "tensor_parallel")


def router_block(tree: Tree) -> None:
    """What `router` held lies where it belongs: its address under `api`, thresholds under `routing`, bounds on calls under `resilience`.

    Before::

        router:
          port: 8000
          single_domain_threshold: 0.75  # sure enough
          fanout_threshold: 0.30
          specialist_timeout: 45.5
        arbiter: {model: qwen-3b-awq}

    After::

        api:
          port: 8000
        routing:
          single_threshold: 0.75  # sure enough
          fanout_threshold: 0.30
        resilience:
          timeouts:
            total: 45500ms
        arbiter: {model: qwen-3b-awq}
    """
    router = tree.get("router")
    if not isinstance(router, dict):
        return
    if router.get("arbitration_mode") is not None:
        move(router, "arbitration_mode", block(tree, "arbiter"), "mode")
    last = "router"
    for old, path in ROUTER_KEYS:
        inside, _, key = old.rpartition(".")
        source = router.get(inside) if inside else router
        if isinstance(source, dict) and key in source:
            target, _, new = path.rpartition(".")
            if old in UNITS:
                source[key] = _duration(source[key], UNITS[old])
            move(source, key, block(tree, target, after=last), new)
            last = target.partition(".")[0]
            drop_empty(router, inside)
    rename(tree, "router", "api")
    for key in list(tree.get("router") or ()):
        move(router, key, tree["api"], key)
    drop_empty(tree, "router")
    drop_empty(tree, "api")


ROUTER_KEYS = (
    ("single_domain_threshold", "routing.single_threshold"),
    ("fanout_threshold", "routing.fanout_threshold"),
    ("specialist_timeout", "resilience.timeouts.total"),
    ("retry.max_retries", "resilience.retry.max"),
    ("retry.base_delay_ms", "resilience.retry.base"),
    ("retry.max_delay_ms", "resilience.retry.cap"),
    ("circuit_breaker.failure_threshold", "resilience.breaker.threshold"),
    ("circuit_breaker.recovery_timeout_s", "resilience.breaker.recovery_s"),
)
UNITS = {"specialist_timeout": 1000, "retry.base_delay_ms": 1, "retry.max_delay_ms": 1}
"""Keys that were bare numbers -> the milliseconds that one of them is."""


def logging_block(tree: Tree) -> None:
    """Logs are part of `observability`, and their level is written small.

    Before::

        logging:
          level: INFO  # enough for us

    After::

        observability:
          logging:
            level: info # enough for us
    """
    logging = tree.get("logging")
    if not isinstance(logging, dict):
        return
    if isinstance(logging.get("level"), str):
        logging["level"] = like(logging["level"], logging["level"].lower())
        move(logging, "level", block(tree, "observability.logging", after="logging"), "level")
    drop_empty(tree, "logging")


def canonical_fields(tree: Tree) -> None:
    """Fields are called by the registry's own names. Aliases mean the same; this tidies, within one version.

    Before::

        fields: [swe, math]
        specialists:
          - {name: code, field: "coding"}

    After::

        fields: [software_engineering, mathematics]
        specialists:
          - {name: code, field: "software_engineering"}
    """
    known = aliases("fields")
    safety = tree.get("safety")
    for names in (tree.get("fields"), safety.get("high_risk_fields") if isinstance(safety, dict) else None):
        if not isinstance(names, list):
            continue
        for index, item in enumerate(names):
            if isinstance(item, str) and item in known:
                names[index] = like(item, known[item])
            elif isinstance(item, dict) and item.get("name") in known:
                rewrite(item, "name", known[item["name"]])
    for service in services(tree):
        if isinstance(service.get("field"), str) and service["field"] in known:
            rewrite(service, "field", known[service["field"]])


def _duration(value: Any, thousandths: int) -> Any:
    """A bare number as a duration with its unit; anything else as it is, to be refused."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    whole = round(value * thousandths)
    return f"{whole // 1000}s" if whole % 1000 == 0 else f"{whole}ms"


def _flow(items: list[Any]) -> Any:
    """A list that is written on one line."""
    from ruamel.yaml.comments import CommentedSeq

    listed = CommentedSeq(items)
    listed.fa.set_flow_style()
    return listed
