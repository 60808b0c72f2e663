"""Bounds on upstream calls: what `resilience` says for all, under what a specialist says for itself."""

from aua_compile.config.model import Config
from aua_compile.config.model.resilience import CallLimits as SaidLimits
from aua_compile.config.model.resilience import CircuitBreaker
from aua_compile.config.model.specialists import Arbiter, Specialist
from aua_compile.plan.model import Breaker, CallLimits, Hedge, Retry, Timeouts

QUEUE_PER_PLACE = 2
"""Calls that may wait for each that is open: the last in line waits for about two whole answers, which people bear and deadlines allow."""
QUEUE_MIN = 16
"""A client that sends a small batch at once is not refused by the smallest of engines; the deadline bounds the wait."""


def timeouts(spec: Specialist | Arbiter, config: Config) -> Timeouts:
    """`timeout_s` is the total; the other bounds never exceed it."""
    common = config.resilience.timeouts
    total = spec.timeout_s if spec.timeout_s is not None else common.total
    return Timeouts(min(common.connect, total), min(common.first_token, total), min(common.idle, total), total)


def retry(spec: Specialist | Arbiter, config: Config) -> Retry:
    """`retries` wins over `resilience.retry.max`."""
    common = config.resilience.retry
    return Retry(common.max if spec.retries is None else spec.retries, common.base, common.cap, common.budget)


def breaker(spec: Specialist | Arbiter, config: Config) -> Breaker:
    """Each value of `circuit_breaker` wins over that of `resilience.breaker`."""
    common, own = config.resilience.breaker, spec.circuit_breaker or CircuitBreaker()
    return Breaker(
        common.threshold if own.threshold is None else own.threshold,
        common.recovery_s if own.recovery_s is None else own.recovery_s,
        common.half_open_max if own.half_open_max is None else own.half_open_max,
        common.window if own.window is None else own.window,
        common.failing_share if own.failing_share is None else own.failing_share,
        common.slow_share if own.slow_share is None else own.slow_share,
    )


def limits(spec: Specialist | Arbiter, config: Config, sequences: int | None) -> CallLimits | None:
    """Each value of the specialist's `limits` wins over that of `resilience.limits`; without either the engine's `sequences` are the bound.

    None where there are none of these: a server that runs elsewhere knows best what it can take.
    """
    common, own = config.resilience.limits, spec.limits or SaidLimits()
    concurrency = common.concurrency if own.concurrency is None else own.concurrency
    concurrency = sequences if concurrency is None else concurrency
    if concurrency is None:
        return None
    queue = common.queue if own.queue is None else own.queue
    return CallLimits(concurrency, max(QUEUE_MIN, QUEUE_PER_PLACE * concurrency) if queue is None else queue)


def probe_interval_s(config: Config) -> float | None:
    """The interval, unless probes are off."""
    return config.resilience.probe.interval if config.resilience.probe.enabled else None


def hedge(config: Config) -> Hedge | None:
    """The same for all."""
    given = config.resilience.hedge
    return None if given is None else Hedge(given.after, given.budget)
