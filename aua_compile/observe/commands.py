"""Commands for the person who was told: the same question for each way in which a plan is deployed, with its own names."""

from aua_compile.plan.model import Plan

_READ = "import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen('http://127.0.0.1:{port}{path}').read())"


def logs(plan: Plan, service: str) -> tuple[str, ...]:
    """The latest lines that a service wrote; none for an engine that runs on the machine itself."""
    if plan.hardware.engines_run == "host" and service != plan.router.service:
        return ()
    return _each(
        plan,
        compose=f"docker compose logs --since 15m {service}",
        kubernetes=f"logs service/{service} --all-containers --prefix --since 15m",
    )


def state(plan: Plan) -> tuple[str, ...]:
    """What runs, since when, and how often it was restarted."""
    return _each(plan, compose="docker compose ps --all", kubernetes="get pods --output wide")


def management(plan: Plan, path: str) -> tuple[str, ...]:
    """What the router's management listener answers on a path, asked from inside, which works wherever it is published."""
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
