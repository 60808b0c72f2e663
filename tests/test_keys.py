"""Every key that is accepted changes something: an artifact, the plan, or what is said of the config. The values to try lie on the keys."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.compiler import compiled
from aua_compile.config.declare import Block, Declared, ListOf, MapOf, walk
from aua_compile.config.model import Config
from aua_compile.registry.catalog import Catalog
from aua_compile.render import to_yaml

CATALOG = Catalog()
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")

BASE: dict[str, Any] = {
    "config_version": "1.0",
    "project": {"name": "shop"},
    "tier": "quad-4090",
    "fields": [{"name": "software_engineering"}, {"name": "mathematics"}],
    "specialists": [
        {"name": "swe", "field": "software_engineering", "model": ["qwen-7b-awq"]},
        {"name": "other", "field": "mathematics", "model": ["qwen-3b-awq"]},
    ],
    "arbiter": {"model": ["qwen-3b-awq"]},
}
BOOK = 'currency: USD\neffective: "2026-10-01"\nsource: a contract\n'
FILES = {
    "a.txt": "one text\n",
    "b.txt": "another text\n",
    "base.yaml": "routing: {max_fanout: 3}\n",
    "other.yaml": "routing: {max_fanout: 4}\n",
    "prices/acme@2026-10.yaml": BOOK,
    "prices/acme@2026-11.yaml": BOOK,
}


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set a declared path: `[]` is the first entry of a list, `<name>` the entry `mine` of a map."""
    steps = [step for step in re.split(r"\.|(\[\])", path) if step]
    at: Any = document
    for step, following in zip(steps, [*steps[1:], ""], strict=True):
        if step == "[]":
            if not at:
                at.append({})
            at = at[0]
            continue
        key = "mine" if step == "<name>" else step
        if following == "":
            at[key] = value
        elif following == "[]":
            at = at.setdefault(key, [])
        else:
            at = at.setdefault(key, {})


def outcome(folder: Path, document: dict[str, Any]) -> tuple[Any, ...]:
    """What compiling gives: the artifacts, and the findings without their places."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, "aua.yaml": to_yaml(document)}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    checked = read(Choices(str(folder / "aua.yaml")), {}).then(lambda bundle: compiled(bundle, CATALOG))
    return checked.value, tuple((finding.code, finding.message, finding.help) for finding in checked.diagnostics)


LEAVES = [(path, entry) for path, entry in walk(Config) if not isinstance(entry.key.kind, Block)]


def composite(entry: Declared) -> bool:
    """Whether a key holds declared blocks, whose own keys are tried instead."""
    kind = entry.key.kind
    while isinstance(kind, ListOf | MapOf):
        kind = kind.item if isinstance(kind, ListOf) else kind.value
    return isinstance(kind, Block)


@pytest.mark.parametrize(
    ("path", "entry"), [leaf for leaf in LEAVES if not composite(leaf[1])], ids=[path for path, entry in LEAVES if not composite(entry)]
)
def test_every_accepted_key_changes_something_and_where_its_class_says(path: str, entry: Declared, tmp_path: Path) -> None:
    assert entry.key.differ is not None, "the key gives no two values to try"
    outcomes = []
    for index, value in enumerate(entry.key.differ):
        document = copy.deepcopy(BASE)
        for other, given in entry.key.given.items():
            put(document, other, given)
        put(document, path, value)
        outcomes.append(outcome(tmp_path / str(index), document))
    assert outcomes[0] != outcomes[1]
    before, after = (router_files(artifacts) for artifacts, _ in outcomes)
    if before and after:
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        if entry.key.how == "hot_reload":
            assert changed <= {SETTINGS}
        else:
            assert unpriced(before[SETTINGS]) == unpriced(after[SETTINGS]) or path in SWITCHES


SWITCHES = {"preset", "arbiter.enabled", "arbiter.mode", "observability.tracing.enabled"}
"""Keys that bring or take whole parts, settings among them."""

SETTINGS = "router/aua_router/settings.json"


def unpriced(settings: str) -> dict[str, Any]:
    """Settings without the prices: where a model runs decides what it costs."""
    return {key: value for key, value in json.loads(settings).items() if key != "prices"}


def router_files(artifacts: Any) -> dict[str, str]:
    """The generated router by path, without digests and without the plan that it shows."""
    return {
        artifact.path: DIGEST.sub("", artifact.text)
        for artifact in artifacts or ()
        if artifact.path.startswith("router/aua_router/") and not artifact.path.endswith("plan.json")
    }
