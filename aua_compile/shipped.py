"""Where the files that come with the compiler lie. Finds them; reading them is `aua_compile.source`'s part."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import aua_runtime

Kind = Literal[
    "presets", "tiers", "models", "fields", "accelerators", "engines", "prompts", "registries", "templates", "schemas", "docs", "runtime"
]

_PACKAGE = Path(__file__).parent
_REGISTRIES = frozenset({"models", "fields", "accelerators", "engines", "prompts"})


def shipped(kind: Kind) -> Path:
    """The folder of one kind of shipped files: inside the installed package, or at the root of a checkout.

    `runtime` is the `aua_runtime` package itself, whose sources a generated router carries.
    """
    if kind == "runtime":
        return Path(aua_runtime.__path__[0])
    if kind in _REGISTRIES:
        return shipped("registries") / kind
    inside = _PACKAGE / kind
    return inside if inside.is_dir() else _PACKAGE.parent / kind


def names(kind: Kind) -> tuple[str, ...]:
    """The names of what one kind holds, sorted: a file `<name>.yaml` is the entry `<name>`, so adding a file is all it takes."""
    with os.scandir(shipped(kind)) as entries:
        return tuple(sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml")))


def runtime_sources() -> tuple[tuple[str, str], ...]:
    """Path inside the package and text of every source of `aua_runtime` and of its model, sorted: what a generated router carries."""
    return tuple(sorted(_carried(str(shipped("runtime")), "")))


def _carried(folder: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Path and text of what is carried of a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py") or entry.name in {"py.typed", "openapi.json", "model.txt"}:
                yield prefix + entry.name, Path(entry.path).read_bytes().decode()
            elif entry.is_dir():
                yield from _carried(entry.path, f"{prefix}{entry.name}/")


def entry_text(kind: Kind, name: str) -> str:
    """The text of the entry `name` of one kind."""
    return (shipped(kind) / f"{name}.yaml").read_text(encoding="utf-8")


def template_sources(target: str) -> tuple[tuple[str, str], ...]:
    """Name and text of every template of a target, sorted; none where the target has no prose."""
    folder = shipped("templates") / target
    return tuple((path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*")) if path.is_file())


def runtime_version() -> str:
    """The version of `aua_runtime` that this compiler ships."""
    return aua_runtime.VERSION
