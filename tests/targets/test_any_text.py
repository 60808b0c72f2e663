"""Any text that a person can type leaves every artifact with the structure it has, and arrives in it whole."""

import ast
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from aua_compile.plan.model import Keyword, Plan, Prompt, Warned
from aua_compile.targets import emit
from tests.targets.plans import NASTY, everything

MARK = "zqj"  # begins and ends each text, so that it is found again

typed = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp"), include_characters="\n")
    | st.sampled_from(["\n", "$", "{", "}", "%", "#", ":", "-", "|", ">", "'", '"', "\\", "`", "*", "<", "&", "!", " ", "~", "=", "0", "e"])
)


def holding(text: str) -> Plan:
    """A plan of every shape that holds `text` wherever a config takes free text."""
    plan = everything()
    one_line = text.replace("\n", " ").lower()
    return replace(
        plan,
        project=replace(plan.project, description=text),
        fields=tuple(replace(field, description=text, keywords=(Keyword(one_line, 0.5),)) for field in plan.fields),
        specialists=tuple(
            replace(specialist, headers={"X-Team": one_line.encode("latin-1", "replace").decode("latin-1")})
            for specialist in plan.specialists
        ),
        prompts=tuple(Prompt(prompt.use, text) for prompt in plan.prompts),
        router=replace(plan.router, env={"GREETING": text}),
        warnings=(Warned("AUA0230", text),),
    )


def artifacts(text: str) -> dict[str, str]:
    return {
        artifact.path: artifact.text
        for artifact in emit(holding(text))
        if not artifact.path.startswith("router/aua_runtime/") and artifact.path != "aua.manifest.json"
    }


def documents(path: str, text: str) -> object:
    """What a file says: the data of YAML or JSON, the syntax tree of Python; None for prose."""
    if path.endswith(".yaml"):
        return list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    if path.endswith(".json"):
        return json.loads(text)
    return ast.parse(text) if path.endswith(".py") else None


def structure(tree: object) -> object:
    """`tree` with every text replaced by its type: what must not depend on what a person typed."""
    if isinstance(tree, ast.AST):
        values = {name: value for name, value in ast.iter_fields(tree) if name != "kind"}
        return type(tree).__name__, {name: structure(value) for name, value in values.items()}
    if isinstance(tree, dict):
        return {key: structure(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [structure(item) for item in tree]
    return type(tree).__name__ if isinstance(tree, str) else tree


def strings(tree: object) -> Iterator[str]:
    if isinstance(tree, ast.AST):
        yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from strings(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from strings(item)
    elif isinstance(tree, str):
        yield tree


@pytest.fixture(scope="module")
def plain() -> dict[str, object]:
    """The structure of every artifact around a harmless text."""
    return {path: structure(documents(path, text)) for path, text in artifacts(f"{MARK}{MARK}").items()}


@settings(max_examples=10)
@given(typed)
@example(NASTY)
@example("\n")
@example("a\n\n---\nb: c\n")
@example('"""\n\\')
@example("{{ x }}{% endraw %}{# y")
@example("$(id) ${HOME} $$")
def test_any_text_leaves_every_artifact_with_its_structure(plain: dict[str, object], text: str) -> None:
    marked = f"{MARK}{text}{MARK}"
    found = artifacts(marked)
    assert found.keys() == plain.keys()
    for path, content in found.items():
        tree = documents(path, content)
        assert structure(tree) == plain[path], path


TEXTS = (NASTY, "a\n\n---\nb: c\n", '"""\n\\', "$$(x) $$$ ${y}")


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_arrives_whole_in_every_file_that_holds_it(text: str) -> None:
    marked = f"{MARK}{text}{MARK}"
    one_line = marked.replace("\n", " ").lower()
    forms = (marked, one_line, one_line.encode("latin-1", "replace").decode("latin-1"))
    for path, content in artifacts(marked).items():
        for value in strings(documents(path, content)):
            if MARK in value:
                read = value.replace("$$", "$") if path.startswith(("compose/", "kubernetes/")) else value
                assert any(form in value or form in read for form in forms), path


@pytest.mark.parametrize("text", TEXTS)
def test_every_yaml_file_says_the_same_in_both_versions_of_yaml(text: str) -> None:
    for path, content in artifacts(text).items():
        if path.endswith(".yaml"):
            reader = YAML(typ="safe", pure=True)
            reader.version = "1.2"
            assert list(reader.load_all(content)) == documents(path, content), path
