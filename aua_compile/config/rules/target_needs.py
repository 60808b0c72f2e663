"""Every target that is asked for has what it is made of."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def target_lacks(subject: Subject, target: str, why: str, *deciding: str) -> Diagnostic:
    """A target that lacks what it is made of.

    What it checks: where `targets` is given, prometheus and grafana go with metrics, grafana with dashboards, and compose and kubernetes
    with the router's sources or an image of it.
    Why: the artifacts would be empty: nothing to scrape, nothing to draw, nothing to build.
    Example: `targets: [router, grafana]` with `observability: {metrics: {enabled: false}}`.
    Instead: enable metrics, or leave `grafana` out.
    """
    index = subject.config.targets.index(target)
    place = subject.place(f"targets.{index}", "targets")
    message = f"The target `{target}` is asked for, but {why}."
    return Diagnostic(
        "AUA0286",
        "error",
        message,
        place.span,
        place.path,
        f"Leave `{target}` out, or give it what it needs.",
        subject.related("decides too", *deciding, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    config = subject.config
    if not subject.says("targets"):
        return
    metrics = "observability.metrics.enabled"
    for target in ("prometheus", "grafana"):
        if target in config.targets and not config.observability.metrics.enabled:
            yield target_lacks(subject, target, "metrics are off", metrics)
    if "grafana" in config.targets and config.observability.metrics.enabled and not config.observability.dashboards.enabled:
        yield target_lacks(subject, "grafana", "dashboards are off", "observability.dashboards.enabled")
    for target in ("compose", "kubernetes"):
        if target in config.targets and "router" not in config.targets and config.deploy.images.router is None:
            yield target_lacks(subject, target, "it builds the router from the target `router`, and `deploy.images.router` names no image")
