"""Commands for the person who was told: the same question for each way in which a plan is deployed, with its own names."""

from aua_compile.plan.model import Plan

_READ = "import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen('http://127.0.0.1:{port}{path}').read())"


def logs(plan: Plan, service: str) -> tuple[str, ...]:
    """The latest lines that a service wrote."""
    return _each(
        plan,
        compose=f"docker compose logs --since 15m {service}",
        kubernetes=f"logs --selector app.kubernetes.io/name={service} --since 15m --prefix",
    )


def state(plan: Plan, service: str) -> tuple[str, ...]:
    """Whether a service runs, and since when."""
    return _each(
        plan,
        compose=f"docker compose ps --all {service}",
        kubernetes=f"get pods --selector app.kubernetes.io/name={service} --output wide",
    )


def management(plan: Plan, path: str) -> tuple[str, ...]:
    """What the router's management listener answers on a path, asked from inside, because it is published nowhere."""
    if plan.api.management.socket is not None:
        return (f"curl --silent --unix-socket {plan.api.management.socket} http://localhost{path}",)
    port, service = plan.api.management.port, plan.router.service
    read = _READ.format(port=port, path=path)
    found = _each(
        plan,
        compose=f'docker compose exec {service} python -c "{read}"',
        kubernetes=f'exec deployment/{service} -- python -c "{read}"',
    )
    return found or (f"curl --silent http://127.0.0.1:{port}{path}",)


def _each(plan: Plan, *, compose: str, kubernetes: str) -> tuple[str, ...]:
    found = []
    if "compose" in plan.targets:
        found.append(compose)
    if "kubernetes" in plan.targets:
        found.append(f"kubectl --namespace {plan.kubernetes.namespace} {kubernetes}")
    return tuple(found)
