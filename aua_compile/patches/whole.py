"""Whether a patched file still holds together: what other files and its own parts refer to is there.

This is what can be judged without the programs that read the files; their schemas are for their own tools (docs/patches.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aua_compile.config.mistakes import listed
from aua_compile.patches.structured import File

_IDENTITY = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


def faults(file: File) -> Iterator[tuple[str, str]]:
    """Where a file is broken, and how."""
    path = f"`{file.artifact.path}`"
    for was, now in zip(file.emitted, file.documents, strict=True):
        if not isinstance(now, dict) and isinstance(was, dict):
            yield path, "it is no mapping any more"
        elif path.startswith("`compose/"):
            yield from ((path, why) for why in _compose(now, was))
        elif isinstance(now, dict) and "kind" in was:
            where = f"{was['kind']} `{_at(was, ('metadata', 'name')) or ''}` of {path}"
            yield from ((where, why) for why in (*_renamed(was, now), *_workload(now)))


def _renamed(was: Any, now: Any) -> Iterator[str]:
    for steps in _IDENTITY:
        if _at(was, steps) != _at(now, steps):
            yield f"its `{'.'.join(steps)}` is {_shown(_at(now, steps))}, and must stay {_shown(_at(was, steps))}"


def _workload(document: Any) -> Iterator[str]:
    """Of an object that makes pods: its selector chooses them, and what they mount is there."""
    template = _at(document, ("spec", "template"))
    wanted = _mapping(_at(document, ("spec", "selector", "matchLabels")))
    labels = _mapping(_at(template, ("metadata", "labels")))
    if template is not None and (lost := [name for name, value in wanted.items() if labels.get(name) != value]):
        yield f"its selector wants labels that its pods lack: {listed(lost)}"
    claims = (_at(claim, ("metadata", "name")) for claim in _items(_at(document, ("spec", "volumeClaimTemplates"))))
    volumes = {*claims, *(_at(volume, ("name",)) for volume in _items(_at(template, ("spec", "volumes"))))}
    for kind in ("initContainers", "containers"):
        for container in _items(_at(template, ("spec", kind))):
            mounts = [_at(mount, ("name",)) for mount in _items(_at(container, ("volumeMounts",)))]
            if lost := [str(name) for name in mounts if name not in volumes]:
                yield f"container {_shown(_at(container, ('name',)))} mounts volumes that are not there: {listed(lost)}"


def _compose(now: Any, was: Any) -> Iterator[str]:
    """Of a compose file: every service of the plan, and what services refer to by name."""
    services = _mapping(_at(now, ("services",)))
    if lost := sorted(_mapping(_at(was, ("services",))).keys() - services.keys()):
        yield f"services of the plan are gone: {listed(lost)}"
    for name, service in services.items():
        if not isinstance(service, dict):
            yield f"service `{name}` is no mapping"
            continue
        for key, used in _references(service):
            known = _mapping(_at(now, (key,)))
            if lost := sorted({one for one in used if one not in known}):
                yield f"service `{name}` refers to {key} that are not there: {listed(lost)}"


def _references(service: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[str]]]:
    """What a service names, by the top-level key under which it must stand."""
    yield "services", _names(service.get("depends_on"))
    yield "networks", (name for name in _names(service.get("networks")) if name != "default")
    for key in ("secrets", "configs"):
        yield key, (name for item in _items(service.get(key)) for name in _names([_at(item, ("source",)) or item]))
    yield "volumes", (name for item in _items(service.get("volumes")) if (name := _volume(item)))


def _volume(mount: Any) -> str:
    """The named volume of a mount; empty for a path, or a volume without a name."""
    if isinstance(mount, dict):
        return str(mount.get("source", "")) if mount.get("type") == "volume" else ""
    source, colon, _ = str(mount).partition(":")
    return source if colon and source[:1] not in {"/", ".", "~", "$"} else ""


def _names(value: Any) -> list[str]:
    """The names in a list of texts or the keys of a mapping: compose takes either."""
    return [name for name in value if isinstance(name, str)] if isinstance(value, dict | list) else []


def _at(value: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _shown(value: Any) -> str:
    return f"`{value}`" if isinstance(value, str) else "absent" if value is None else "something else"
