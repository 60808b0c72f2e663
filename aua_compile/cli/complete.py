"""What a shell completes: names that are shipped, configs that lie there, keys and codes. Imported by completion alone."""

import os
from collections.abc import Iterable

from aua_compile.cli.words import Wanted
from aua_compile.config.declare import Boolean, Choice, walk
from aua_compile.config.model import Config
from aua_compile.index import aliases
from aua_compile.shipped import Kind, names, shipped

KINDS: dict[Wanted, Kind] = {"preset": "presets", "field": "fields", "engine": "engines", "prompt": "prompts"}


def completed(wanted: Wanted, begun: str) -> list[str]:
    """The words of a kind that begin as what is typed does."""
    match wanted:
        case "config":
            words: Iterable[str] = [*_configs(begun), *names("presets")]
        case "model":
            words = [name for name in (*names("models"), *aliases("models")) if "/" not in name]
        case "key":
            words = _keys()
        case "key or code":
            from aua_compile.codes import CODES

            words = [*_keys(), *CODES]
        case "setting":
            words = _settings(begun)
        case "tier":
            from aua_compile.cli.own_tiers import own_names

            words = [*names("tiers"), *own_names(), *aliases("tiers")]
        case "schema":
            words = sorted(path.stem for path in shipped("schemas").glob("*.json"))
        case _:
            words = [*names(KINDS[wanted]), *aliases(KINDS[wanted])]
    return [word for word in words if word.startswith(begun)]


def _keys() -> list[str]:
    """The keys that have one place; those of lists and maps need a name in the middle, which nobody can know."""
    return [path for path, _ in walk(Config) if "[" not in path and "<" not in path]


def _settings(begun: str) -> list[str]:
    """Keys with `=`, and after it the values that are a closed set or names."""
    key, equals, _ = begun.partition("=")
    if not equals:
        return [f"{path}=" for path in _keys()]
    entry = next((entry for path, entry in walk(Config) if path == key), None)
    if entry is None:
        return []
    kind, named = entry.key.kind, entry.key.names
    if isinstance(kind, Choice):
        values: Iterable[str] = kind.options
    elif isinstance(kind, Boolean):
        values = ("true", "false")
    elif named == "tier" or named == "preset" or named == "field" or named == "prompt":  # noqa: PLR1714 - so that mypy narrows the word
        values = completed(named, "")
    else:
        values = ()
    return [f"{key}={value}" for value in values]


def _configs(begun: str) -> list[str]:
    """YAML files and folders beside what is typed."""
    folder = begun.rpartition("/")[0]
    lead = f"{folder}/" if folder or begun.startswith("/") else ""
    try:
        with os.scandir(lead or ".") as entries:
            found = sorted((entry.name, entry.is_dir()) for entry in entries if not entry.name.startswith("."))
    except OSError:
        return []
    return [f"{lead}{name}{'/' * is_folder}" for name, is_folder in found if is_folder or name.endswith((".yaml", ".yml"))]
