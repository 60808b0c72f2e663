"""Bounds on upstream calls: what `resilience` says for all, under what a specialist says for itself. And what its tokens cost."""

from decimal import Decimal

from aua_compile.config.model import Arbiter, Config, Specialist
from aua_compile.plan.model import Breaker, Price, Retry, Timeouts


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
    common, own = config.resilience.breaker, spec.circuit_breaker
    if own is None:
        return Breaker(common.threshold, common.recovery_s, common.half_open_max)
    return Breaker(
        common.threshold if own.threshold is None else own.threshold,
        common.recovery_s if own.recovery_s is None else own.recovery_s,
        common.half_open_max if own.half_open_max is None else own.half_open_max,
    )


def price(spec: Specialist | Arbiter) -> Price | None:
    """Exact: a price has at most 6 decimals."""
    if spec.price is None:
        return None
    return Price(int(Decimal(spec.price.input) * 10**6), int(Decimal(spec.price.output) * 10**6))
