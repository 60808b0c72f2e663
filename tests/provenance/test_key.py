"""`aua explain KEY` lists every line that changes with the key: compared with what compiling with another value really changes."""

import copy
from pathlib import Path
from typing import Any

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.compiler import configured, planned, remade
from aua_compile.config.declare import walk
from aua_compile.config.model import Config
from aua_compile.provenance.inputs import Inputs
from aua_compile.provenance.key import field_of_plan, key_in_project
from aua_compile.provenance.lines import moved
from aua_compile.provenance.uses import texts
from aua_compile.registry.catalog import Catalog
from aua_compile.render import to_yaml
from tests.test_keys import BASE, FILES, put

CATALOG = Catalog()
KEYS = (
    "project.name",
    "specialists[].port",
    "specialists[].model",
    "specialists[].memory",
    "specialists[].fallback",
    "specialists[].circuit_breaker.threshold",
    "arbiter.enabled",
    "routing.single_threshold",
    "utility.weights.efficacy",
    "prompts.arbiter_template_path",
    "api.port",
    "resilience.timeouts.total",
    "state.backend",
    "observability.metrics.enabled",
    "deploy.env",
    "deploy.volumes[].size",
    "targets",
)
DECLARED = dict(walk(Config))


def compiled(folder: Path, document: dict[str, Any]) -> Inputs | None:
    for name, text in {**FILES, "aua.yaml": to_yaml(document)}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    bundle = read(Choices(str(folder / "aua.yaml")), {})
    resolved = bundle.then(lambda found: configured(found, CATALOG)).value
    made = bundle.then(lambda found: planned(found, CATALOG)).value
    return None if made is None or resolved is None else Inputs(resolved, made)


@pytest.mark.parametrize("path", KEYS)
def test_every_line_that_really_changes_is_listed(path: str, tmp_path: Path) -> None:
    key = DECLARED[path].key
    assert key.differ is not None
    versions = []
    for value in key.differ:
        document = copy.deepcopy(BASE)
        for other, given in key.given.items():
            put(document, other, given)
        put(document, path, value)
        versions.append(compiled(tmp_path, document))
    first, second = versions
    if first is None or second is None:
        pytest.skip("one of the two values is refused in this config")
    asked = path.replace("[]", "[0]").replace("<name>", "mine")
    answer = key_in_project(first, "aua.yaml", asked)
    assert answer is not None
    assert answer.origins
    listed = {(use.path, use.line) for use in answer.lines}
    old, new = texts(remade(first.made).value or ()), texts(remade(second.made).value or ())
    for name, lines in old.items():
        effect = moved(lines, new.get(name))
        really = {(name, line + 1) for line in effect.said | effect.gone}
        assert (name, 0) in listed or really <= listed


def test_a_field_of_the_plan_names_its_key_and_its_lines(tmp_path: Path) -> None:
    document = copy.deepcopy(BASE)
    put(document, "specialists[].port", 9107)
    inputs = compiled(tmp_path, document)
    assert inputs is not None
    answer = field_of_plan(inputs, "aua.yaml", "instances.swe.port")
    assert answer is not None
    assert answer.decision.how == "taken"
    assert answer.decision.inputs[0].key == "specialists.swe.port"
    assert answer.decision.inputs[0].said[0].line == (tmp_path / "aua.yaml").read_text().splitlines().index("    port: 9107") + 1
    assert any(use.path.startswith("kubernetes/base/engines/") and "9107" in use.content for use in answer.lines)
    assert field_of_plan(inputs, "aua.yaml", "specialists.swe.colour") is None
