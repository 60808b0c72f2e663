"""docker compose: the router, its engines with their weights, and what watches them, on one machine.

Networks decide who reaches whom: engines are on `engines`, which has no way out; only the jobs that fetch weights and the router have
one. Services of a profile start when it is named; the router is in none, so it always starts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import ceil
from posixpath import basename, dirname
from shlex import join, quote
from typing import Any, TypeAlias

from aua_runtime.contract.environment import TRACES_URL, specialist_url

from aua_compile.artifact import Artifact
from aua_compile.observe.collector import MEMORY_GIB, PORTS, collector_of, config
from aua_compile.observe.features import has_dashboards
from aua_compile.plan.model import EngineName, Fetch, Instance, Listener, Plan, ServedModel
from aua_compile.plan.ports import COLLECTOR, WATCHER_PORTS
from aua_compile.render import from_template, to_yaml
from aua_compile.targets.header import header
from aua_compile.targets.image import FOLDER, USER_ID, USER_VOLUMES

Tree: TypeAlias = dict[str, Any]

PREPARE = "prepare-volumes"
_HOST_WEIGHTS = "weights"  # where a person who starts engines by hand keeps what they load, below the working folder
PROMETHEUS, GRAFANA = "prometheus", "grafana"
EDGE, ENGINES, FETCHING, WATCHING = "edge", "engines", "fetching", "watching"

_OBSERVABILITY = "observability"
_COLLECTOR_CONFIG = "compose/collector.yaml"
_HOST_GATEWAY = {"host.docker.internal": "host-gateway"}
_OWN_USERS = {PROMETHEUS: "65534:65534", GRAFANA: "472:0"}  # of their images, whose data folders belong to them

_EXEMPLARS = "--enable-feature=exemplar-storage"  # the traces that latencies name
_DESCRIPTION = "x-description"  # of the whole file: as a label it would have compose recreate the router for other words
_HEALTH = {"interval": "10s", "timeout": "5s", "retries": 3}  # half a minute of silence is not load any more
_FETCH_ATTEMPTS = 5  # a download that broke off goes on where it was
# Not by urllib: it would ask the proxy that the environment may name.
_IS_200 = "import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}, timeout=4); c.request('GET', '{path}'); \
raise SystemExit(c.getresponse().status != 200)"


class Interpolated(str):
    """A text in which compose is to put in variables; in all others `$` stands for itself."""

    __slots__ = ()


def emit(plan: Plan) -> Iterator[Artifact]:
    """The compose file, the names of the variables it reads, and how to use them."""
    yield Artifact("compose/compose.yaml", to_yaml(literal(_file(plan)), header(plan)))
    collector = collector_of(plan)
    if collector is not None:
        yield Artifact(_COLLECTOR_CONFIG, to_yaml(config(collector), header(plan)))
    facts = _facts(plan)
    yield Artifact("compose/.env.example", from_template("compose/env.j2", **facts))
    yield Artifact("compose/README.md", from_template("compose/README.md.j2", **facts))


def literal(tree: object) -> object:
    """`tree` so that compose hands every text on unchanged: it reads `$$` as `$`, in values though not in keys.

    >>> literal({"command": ["echo", "$HOME"], "port": Interpolated("${PORT:-1}")})
    {'command': ['echo', '$$HOME'], 'port': '${PORT:-1}'}
    """
    match tree:
        case Interpolated():
            return str(tree)
        case str():
            return tree.replace("$", "$$")
        case dict():
            return {key: literal(value) for key, value in tree.items()}
        case list() | tuple():
            return [literal(item) for item in tree]
    return tree


def _file(plan: Plan) -> Tree:
    managed = _managed(plan)
    services = {
        plan.router.service: _router(plan),
        **({PREPARE: _prepare(plan)} if _prepared(plan) else {}),
        **{fetch.name: _fetch(fetch, instance) for fetch in plan.fetches for instance in managed if instance.name == fetch.instance},
        **{instance.name: _engine(plan, instance) for instance in managed},
        **_collector(plan),
        **_watchers(plan),
    }
    networks = {name for service in services.values() for name in service.get("networks", ())}
    volumes = [*_prepared(plan), *(_data(name) for name in WATCHER_PORTS if name in services)]
    return {
        "name": plan.project.name,
        **({_DESCRIPTION: plan.project.description} if plan.project.description else {}),
        "services": services,
        "networks": {name: {"internal": name == ENGINES} for name in (EDGE, ENGINES, FETCHING, WATCHING) if name in networks},
        **({"volumes": {name: {} for name in volumes}} if volumes else {}),
    }


def _managed(plan: Plan) -> tuple[Instance, ...]:
    """The engines that run in containers."""
    return plan.instances if plan.hardware.engines_run == "container" else ()


def _confined(user: str = f"{USER_ID}:{USER_ID}") -> Tree:
    """What every container gets: no root, no privileges and no way to more, an image that it cannot write to."""
    return {"user": user, "read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}


def _router(plan: Plan) -> Tree:
    router, public, management = plan.router, plan.api.public, plan.api.management
    mounts = [_mount(volume.name, f"{USER_VOLUMES}/{volume.name}") for volume in plan.volumes if volume.purpose == "user"]
    if router.state_volume is not None and plan.state.path is not None:
        mounts.insert(0, _mount(router.state_volume, f"{FOLDER}/{dirname(plan.state.path)}"))
    prepared = {PREPARE: "service_completed_successfully"} if mounts else {}
    engines = {instance.name: "service_started" for instance in _managed(plan)}  # so that it drains before they stop
    environment = _environment(plan)
    return {
        "image": router.image,
        "build": {"context": "../router"},
        **_confined(),
        "tmpfs": ["/tmp"],
        **({"environment": environment} if environment else {}),
        **({"env_file": [{"path": ".env", "required": False}]} if router.secret_env else {}),
        "ports": [_published(public), *([] if management.socket else [_published(Listener("127.0.0.1", management.port))])],
        **({"volumes": mounts} if mounts else {}),
        "networks": [EDGE, ENGINES] if engines else [EDGE],
        **_reaching_host(plan),
        **_after(prepared, optional=engines),
        **_health("python", "-m", "aua_runtime.probe", str(public.port), start_s=_ROUTER_START_S),
        "deploy": {"resources": {"limits": {"cpus": str(router.cpus), "memory": _mib(router.memory_gib)}}},
        "stop_grace_period": _seconds(router.grace_s),
        "restart": "unless-stopped",
    }


def _environment(plan: Plan) -> Mapping[str, str]:
    """Where containers reach the specialists and the collector, and what the user gave. Of the secrets in `.env` others' are blanked."""
    collector = collector_of(plan)
    urls = {specialist_url(each.name): each.container_url for each in plan.called if each.container_url != each.url}
    others = [fetch.secret_env for fetch in plan.fetches if fetch.secret_env] + list(collector.secret_env if collector else ())
    foreign = dict.fromkeys((name for name in others if name not in plan.router.secret_env), "")
    tracing = plan.observability.tracing
    if tracing is not None and tracing.container_url != tracing.url:
        urls[TRACES_URL] = tracing.container_url
    return {**urls, **plan.router.env, **(foreign if plan.router.secret_env else {})}


def _prepared(plan: Plan) -> tuple[str, ...]:
    """The volumes that our containers write to."""
    managed = bool(_managed(plan))
    return tuple(volume.name for volume in plan.volumes if managed or volume.purpose != "weights")


def _prepare(plan: Plan) -> Tree:
    """A new volume belongs to root; this hands it to the user that the other containers run as, and ends."""
    folders = {name: f"{USER_VOLUMES}/{name}" for name in _prepared(plan)}
    return {
        "image": plan.router.base_image,
        **_confined("0:0"),
        "cap_add": ["CHOWN"],
        **_run(("chown",), (f"{USER_ID}:{USER_ID}", *folders.values())),
        "volumes": [_mount(name, folder) for name, folder in folders.items()],
        "network_mode": "none",
        "restart": "no",
    }


def _fetch(fetch: Fetch, instance: Instance) -> Tree:
    secret = {fetch.secret_env: None} if fetch.secret_env else {}  # without value it is taken from `.env`, and nothing else is
    return {
        "image": fetch.image,
        "profiles": [_profile(instance)],
        **_confined(),
        "tmpfs": ["/tmp"],
        **_run(fetch.entrypoint, fetch.command),
        "environment": {**_WITHOUT_USER_NAME, **fetch.env, **secret},
        "volumes": [_mount(fetch.volume, fetch.mount_path)],
        "networks": [FETCHING],
        **_after({PREPARE: "service_completed_successfully"}),
        "restart": f"on-failure:{_FETCH_ATTEMPTS}",
    }


def _engine(plan: Plan, instance: Instance) -> Tree:
    fetched = {fetch.name: "service_completed_successfully" for fetch in plan.fetches if fetch.instance == instance.name}
    turns = dict.fromkeys(instance.start_after, "service_healthy")  # each takes its share of a device after the others have theirs
    gpus = plan.hardware.kind_of(instance.devices).vendor if instance.devices else None
    visible = {"ROCR_VISIBLE_DEVICES": ",".join(map(str, instance.devices))} if gpus == "amd" else {}
    return {
        "image": instance.image,
        "profiles": [_profile(instance)],
        **_confined(),
        "init": True,  # engines start worker processes; one that ends must be reaped
        "tmpfs": ["/tmp:exec"],  # compiled kernels are loaded from there
        **_run(instance.entrypoint, instance.command),
        "environment": {**_WITHOUT_USER_NAME, **instance.env, **visible},
        "volumes": [_mount(instance.cache_volume, instance.cache_path)],
        "networks": [ENGINES],
        **_after({PREPARE: "service_completed_successfully"} | fetched | turns),
        **_health(*_ASKS[instance.engine](instance), start_s=instance.startup_s),
        **({"shm_size": _mib(instance.shm_gib)} if instance.shm_gib else {}),
        **(_AMD if gpus == "amd" else {}),
        "deploy": {"resources": _resources(instance, nvidia=gpus == "nvidia")},
        "stop_grace_period": _seconds(plan.router.grace_s),
        "restart": "unless-stopped",
    }


_WITHOUT_USER_NAME: Mapping[str, str] = {"LOGNAME": "aua"}  # images know no user of our number, and some programs ask for its name
_AMD: Tree = {"devices": ["/dev/kfd", "/dev/dri"], "group_add": ["video", "render"]}

# What each image has on board to ask its own server.
_ASKS: Mapping[EngineName, Callable[[Instance], tuple[str, ...]]] = {
    "vllm": lambda instance: ("python3", "-c", _IS_200.format(port=instance.port, path=instance.health_path)),
    "sglang": lambda instance: ("python3", "-c", _IS_200.format(port=instance.port, path=instance.health_path)),
    "llamacpp": lambda instance: (
        "curl",
        "--fail",
        "--silent",
        "--noproxy",
        "*",
        f"http://127.0.0.1:{instance.port}{instance.health_path}",
    ),
    "ollama": lambda instance: (*(instance.entrypoint or ("ollama",)), "list"),  # asks the server that OLLAMA_HOST names
}


def _profile(instance: Instance) -> str:
    return "gpu" if instance.devices else "cpu"


def _resources(instance: Instance, *, nvidia: bool) -> Tree:
    """`/dev/shm` counts as memory. On a GPU, CPU time is not limited: throttling what feeds a GPU idles the GPU."""
    limits = {"memory": _mib(instance.memory_gib + instance.shm_gib)}
    if not instance.devices:
        return {"limits": {"cpus": str(instance.cpus)} | limits}
    devices = [{"driver": "nvidia", "device_ids": [str(device) for device in instance.devices], "capabilities": ["gpu"]}]
    return {"limits": limits} | ({"reservations": {"devices": devices}} if nvidia else {})


def _collector(plan: Plan) -> dict[str, Tree]:
    """Takes the router's spans, and sends them on."""
    collector = collector_of(plan)
    if collector is None:
        return {}
    port = PORTS["otlp-http"]
    return {
        COLLECTOR: {
            "image": collector.image,
            "profiles": [_OBSERVABILITY],
            **_confined(),
            "command": ["--config=/etc/otelcol/collector.yaml"],
            **({"environment": dict.fromkeys(collector.secret_env)} if collector.secret_env else {}),
            "volumes": [_folder("./collector.yaml", "/etc/otelcol/collector.yaml")],
            "networks": [EDGE, WATCHING],
            "extra_hosts": dict(_HOST_GATEWAY),  # where people first look at traces: a Jaeger on their own machine
            "ports": [_published(Listener("127.0.0.1", port)) | {"published": Interpolated(f"${{COLLECTOR_PORT:-{port}}}")}],
            "deploy": {"resources": {"limits": {"memory": _mib(MEMORY_GIB)}}},
            "restart": "unless-stopped",
        }
    }


def _watchers(plan: Plan) -> dict[str, Tree]:
    """Prometheus and Grafana, where this deployment has what they show."""
    found = {}
    if PROMETHEUS in plan.targets and plan.observability.metrics:
        found[PROMETHEUS] = _watcher(
            PROMETHEUS,
            plan.images.prometheus,
            command=[
                "--config.file=/etc/prometheus/prometheus.yaml",
                "--storage.tsdb.path=/prometheus",
                *([_EXEMPLARS] if plan.observability.tracing is not None else []),
            ],
            volumes=[_folder("../prometheus", "/etc/prometheus"), _mount(_data(PROMETHEUS), "/prometheus")],
            networks=[EDGE, *([ENGINES] if _managed(plan) else []), WATCHING],
            **_reaching_host(plan),
            **_health("promtool", "check", "healthy", "--url=http://127.0.0.1:9090", start_s=_ROUTER_START_S),
        )
    if GRAFANA in plan.targets and has_dashboards(plan):
        found[GRAFANA] = _watcher(
            GRAFANA,
            plan.images.grafana,
            environment=dict(_GRAFANA_ENVIRONMENT),
            volumes=[
                _folder("../grafana/provisioning", "/etc/grafana/provisioning"),
                _folder("../grafana/dashboards", "/etc/grafana/dashboards"),
                _mount(_data(GRAFANA), "/var/lib/grafana"),
            ],
            networks=[WATCHING],
            **_health("wget", "--spider", "--quiet", "http://127.0.0.1:3000/api/health", start_s=_ROUTER_START_S),
        )
    return found


# Who reaches the loopback port may look; nobody can log in, so there is no password to keep. Nothing is reported to its makers.
_GRAFANA_ENVIRONMENT: Mapping[str, str] = {
    "GF_AUTH_ANONYMOUS_ENABLED": "true",
    "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
    "GF_AUTH_DISABLE_LOGIN_FORM": "true",
    "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
}


def _watcher(name: str, image: str, **more: Any) -> Tree:
    port = WATCHER_PORTS[name]
    return {
        "image": image,
        "profiles": [_OBSERVABILITY],
        **_confined(_OWN_USERS[name]),
        "tmpfs": ["/tmp"],
        **more,
        "ports": [_published(Listener("127.0.0.1", port)) | {"published": Interpolated(f"${{{name.upper()}_PORT:-{port}}}")}],
        "deploy": {"resources": {"limits": {"memory": _mib(_WATCHER_GIB)}}},
        "restart": "unless-stopped",
    }


_WATCHER_GIB = 1.0  # a few thousand series and a handful of readers
_ROUTER_START_S = 60.0  # nothing large is loaded


def _data(watcher: str) -> str:
    return f"{watcher}-data"


def _reaching_host(plan: Plan) -> Tree:
    """With engines on the host, their name and a way there."""
    return {"extra_hosts": dict(_HOST_GATEWAY)} if plan.hardware.engines_run == "host" else {}


def _run(entrypoint: Iterable[str], command: Iterable[str]) -> Tree:
    """Entrypoint and command in exec form; an empty one is left to the image."""
    given = {"entrypoint": list(entrypoint), "command": list(command)}
    return {key: words for key, words in given.items() if words}


def _after(required: Mapping[str, str], optional: Mapping[str, str] | None = None) -> Tree:
    """What must have come so far first; `optional` may belong to a profile that is not started."""
    found: Tree = {name: {"condition": condition} for name, condition in required.items()}
    found |= {name: {"condition": condition, "required": False} for name, condition in (optional or {}).items()}
    return {"depends_on": found} if found else {}


def _health(*command: str, start_s: float) -> Tree:
    return {"healthcheck": {"test": ["CMD", *command], **_HEALTH, "start_period": _seconds(start_s)}}


def _mount(volume: str, target: str) -> Tree:
    return {"type": "volume", "source": volume, "target": target}


def _folder(source: str, target: str) -> Tree:
    """A folder of these artifacts, to read. One that is missing is an error, not made."""
    return {"type": "bind", "source": source, "target": target, "read_only": True, "bind": {"create_host_path": False}}


def _published(listener: Listener) -> Tree:
    """A port of the container at an address of the host; compose wants an address there, not a name."""
    host = "127.0.0.1" if listener.host == "localhost" else listener.host.strip("[]")
    return {"target": listener.port, "published": str(listener.port), "host_ip": host, "protocol": "tcp"}


def _mib(gib: float) -> str:
    """GiB in whole MiB, rounded up; compose counts in powers of 1024.

    >>> _mib(0.5)
    '512m'
    """
    return f"{ceil(gib * 1024)}m"


def _seconds(seconds: float) -> str:
    return f"{ceil(seconds)}s"


def _facts(plan: Plan) -> Tree:
    """What the templates say in words."""
    watchers = _watchers(plan)
    public = _published(plan.api.public)
    host = f"[{public['host_ip']}]" if ":" in public["host_ip"] else public["host_ip"]
    collector = collector_of(plan)
    fetching = {fetch.secret_env for fetch in plan.fetches if fetch.secret_env}
    return {
        "header": header(plan),
        "project": plan.project,
        "router": plan.router,
        "public_url": f"http://{host}:{public['published']}",
        "management": None if plan.api.management.socket else plan.api.management.port,
        "profiles": sorted({_profile(instance) for instance in _managed(plan)}),
        "watchers": {name: port for name, port in WATCHER_PORTS.items() if name in watchers},
        "router_secrets": plan.router.secret_env,
        "fetch_secrets": sorted(fetching - set(plan.router.secret_env)),
        "collector_secrets": sorted(set(collector.secret_env) - set(plan.router.secret_env)) if collector is not None else [],
        "collector": COLLECTOR if collector is not None else None,
        "fetches": plan.fetches if _managed(plan) else (),
        "weights_gib": ceil(sum(model.weights_gib for instance in _managed(plan) for model in instance.models)),
        "engines": [_described(instance) for instance in _managed(plan)],
        "on_host": [] if _managed(plan) else [_by_hand(instance) for instance in plan.instances],
        "prepare": PREPARE,
        "volumes": [volume for volume in plan.volumes if volume.name in _prepared(plan)],
    }


def _described(instance: Instance) -> Tree:
    models = ", ".join(f"{model.model} ({model.variant})" for model in instance.models)
    where = f" on GPU {', '.join(map(str, instance.devices))}" if instance.devices else ""
    return {
        "name": instance.name,
        "profile": _profile(instance),
        "serves": f"{models} with {instance.engine} {instance.engine_version}{where}",
    }


def _by_hand(instance: Instance) -> Tree:
    """How a person starts an engine on the host, and gets what it serves: programs by name, weights below the working folder."""
    here, below = f"{_HOST_WEIGHTS}/", f"{instance.cache_path}/"
    program = (basename(instance.entrypoint[0]), *instance.entrypoint[1:]) if instance.entrypoint else (instance.engine,)
    variables = {name: value for name, value in instance.env.items() if not f"{value}/".startswith(below)}
    start = join(word.replace(below, here) for word in (*program, *instance.command))
    return {
        "start": " ".join((*(f"{name}={quote(value)}" for name, value in variables.items()), start)),
        "before": [_download(model) for model in instance.models if model.repository and not model.ollama_tag],
        "after": [join((*program, "pull", model.ollama_tag)) for model in instance.models if model.ollama_tag],
    }


def _download(model: ServedModel) -> str:
    words = (
        "hf",
        "download",
        model.repository,
        model.gguf_file,
        model.revision and f"--revision={model.revision}",
        f"--local-dir={_HOST_WEIGHTS}",
    )
    return join(word for word in words if word)
