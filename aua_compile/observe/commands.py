"""Commands for the person who was told: the same question for each way in which a plan is deployed, with its own names."""

from aua_compile.plan.model import Plan

_READ = (
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}); c.request('GET', '{path}'); print(c.getresponse().read().decode())"
)
"""Shows what is answered whatever its status is, with nothing but what the router's image has."""


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


def restart(plan: Plan) -> tuple[str, ...]:
    """Stop the router and start it again, as it is."""
    service = plan.router.service
    return _each(plan, compose=f"docker compose restart {service}", kubernetes=f"rollout restart deployment/{service}")


def roll_out(plan: Plan) -> tuple[str, ...]:
    """Replace what runs by what was compiled last."""
    return (*_again(plan, plan.router.service), *_applied(plan))


def reload(plan: Plan) -> tuple[str, ...]:
    """Have the router take over what was compiled last; where its image holds the settings, that is another image."""
    kubernetes = f"kubectl --namespace {plan.kubernetes.namespace}"
    pods = f"{kubernetes} get pods --selector app.kubernetes.io/component=router --output name"
    tell = f"{pods} | xargs -I POD {kubernetes} exec POD -- sh -c 'kill -HUP 1'"
    found = (*roll_out(plan), *((tell,) if "kubernetes" in plan.targets else ()))
    return found or (f"aua config reload --url http://127.0.0.1:{plan.api.management.port}",)


def rules_again(plan: Plan) -> tuple[str, ...]:
    """Have Prometheus read the rules that were compiled last."""
    compose = ("docker compose --profile observability up --detach --force-recreate --no-deps prometheus",)
    return (*(compose if "compose" in plan.targets else ()), *_applied(plan))


def _again(plan: Plan, service: str) -> tuple[str, ...]:
    return (f"docker compose up --detach --build {service}",) if "compose" in plan.targets else ()


def _applied(plan: Plan) -> tuple[str, ...]:
    return ("kubectl apply --kustomize ../kubernetes/overlays/production",) if "kubernetes" in plan.targets else ()


def room(plan: Plan) -> tuple[str, ...]:
    """How full the disk is on which the router keeps its state."""
    service, folder = plan.router.service, str(plan.state.path).rpartition("/")[0] or "."
    return _each(
        plan,
        compose=f"docker compose exec {service} df -h {folder}",
        kubernetes=f"exec deployment/{service} -- df -h {folder}",
    )


def _each(plan: Plan, *, compose: str, kubernetes: str) -> tuple[str, ...]:
    found = []
    if "compose" in plan.targets:
        found.append(compose)
    if "kubernetes" in plan.targets:
        found.append(f"kubectl --namespace {plan.kubernetes.namespace} {kubernetes}")
    return tuple(found)
