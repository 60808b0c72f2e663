"""Configs of the public package: nothing in them vanishes, and what is written of them compiles or is refused for its true reason."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aua_compile.bundle import Choices, read
from aua_compile.checked import Checked
from aua_compile.compiler import planned
from aua_compile.config.model import Config
from aua_compile.config.read import read as read_keys
from aua_compile.document import parse
from aua_compile.foreign.keys import KEYS, VERSIONS
from aua_compile.foreign.making import Draft, Outcome
from aua_compile.foreign.translate import translate
from aua_compile.foreign.write import text_of
from aua_compile.plan.model import Plan
from aua_compile.registry.catalog import Catalog
from aua_compile.source import Source
from tests.foreign.package import ENGINE, TIERS, WHOLE, leaf_paths
from tests.tools import ROOT

NAMES = ("macbook", "gaming-pc", "single-4090", "quad-4090", "a100-cluster", "h100-cluster")
CATALOG = Catalog()
MINIMAL = {
    "specialists": [{"name": "swe", "model": "Qwen/Qwen2.5-Coder-7B-Instruct-AWQ", "port": 9001, "field": "software_engineering"}],
    "arbiter": {"model": "Qwen/Qwen2.5-3B-Instruct-AWQ", "port": 9003},
}


def translated(text: str, tier: str | None = None) -> Checked[Draft]:
    facts = None
    if tier is not None and (document := CATALOG.document("tiers", tier)) is not None:
        facts = CATALOG.tier(document).value
    return parse(Source("old.yaml", text), old=True).then(lambda document: translate(document, "shop", tier, facts, CATALOG))


def draft_of(data: Any, tier: str | None = None) -> Draft:
    checked = translated(data if isinstance(data, str) else yaml.safe_dump(data, sort_keys=False), tier)
    assert checked.value is not None, [finding.message for finding in checked.diagnostics if finding.severity == "error"]
    return checked.value


def compiled(text: str) -> Checked[Plan]:
    bundle = read(Choices("new.yaml"), {}, {"new.yaml": Source("new.yaml", text)})
    return bundle.then(lambda value: planned(value, CATALOG))


def outcome(draft: Draft, path: str) -> Outcome:
    return next(outcome for outcome in draft.outcomes if outcome.path == path)


def with_keys(**keys: Any) -> dict[str, Any]:
    return {**copy.deepcopy(MINIMAL), **keys}


def with_swe(**keys: Any) -> dict[str, Any]:
    data = with_keys()
    data["specialists"][0].update(keys)
    return data


def places(config: Any, path: str = "") -> Iterator[str]:
    for key, value in config.items():
        here = f"{path}.{key}" if path else key
        yield here
        items = [(here, value)] if isinstance(value, dict) else []
        items += [(f"{here}.{item['name']}", item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        for inner, item in items:
            yield inner
            yield from places(item, inner)


@pytest.mark.parametrize("name", NAMES)
def test_a_tier_file_of_the_package_becomes_this_config(name: str, pytestconfig: pytest.Config) -> None:
    text = text_of(draft_of((TIERS / f"{name}.yaml").read_text(encoding="utf-8"), name), f"{name}.yaml")
    golden = ROOT / "golden" / "import" / f"{name}.yaml"
    if pytestconfig.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_tier_file_of_the_package_compiles_or_is_refused_for_its_true_reason(name: str) -> None:
    checked = compiled((ROOT / "golden" / "import" / f"{name}.yaml").read_text(encoding="utf-8"))
    errors = [finding.message for finding in checked.diagnostics if finding.severity == "error"]
    if name == "h100-cluster":
        assert errors == ["`swe` asks for 32768 tokens of context, but `meta-llama/Meta-Llama-3-70B-Instruct` has 8192."]
    else:
        assert errors == []


def test_with_its_context_mended_the_h100_cluster_is_refused_for_the_arbiters_share() -> None:
    text = (ROOT / "golden" / "import" / "h100-cluster.yaml").read_text(encoding="utf-8")
    checked = compiled(text.replace("context: 32768", "context: 8192", 1))
    errors = [finding.message for finding in checked.diagnostics if finding.severity == "error"]
    assert len(errors) == 1
    assert re.search(r"`arbiter`.*needs 15\.\d GiB.*gives it 6\.3", errors[0]), errors
    assert compiled(
        text.replace("context: 32768", "context: 8192", 1).replace("memory: 0.9\n", "memory: 0.7\n").replace("0.08", "0.25")
    ).value


def test_what_could_not_work_there_is_said_where_it_stands() -> None:
    draft = draft_of((TIERS / "h100-cluster.yaml").read_text(encoding="utf-8"), "h100-cluster")
    assert [(found.path, found.here) for found in draft.outcomes if found.fate == "impossible"] == [
        ("specialists[0].max_model_len", "specialists.swe.context"),
        ("arbiter.gpu_memory_utilization", "arbiter.memory"),
    ]
    assert "6.3 GiB, and the weights alone take 14.2 GiB" in outcome(draft, "arbiter.gpu_memory_utilization").note


def test_the_table_knows_every_key_that_the_tests_know() -> None:
    paths = {re.sub(r"\[\d+\]", "[]", path).replace("blue_green.swe", "blue_green.*") for path in leaf_paths(WHOLE)}
    wholes = {key for key, known in KEYS.items() if known.whole}
    tops = {next((whole for whole in wholes if re.match(rf"{re.escape(whole)}(\[|\.)", path)), path) for path in paths}
    assert tops == set(KEYS)


REQUIRED = {"specialists", "arbiter", "name", "model", "port", "field"}


@st.composite
def some_keys(draw: st.DrawFn) -> dict[str, Any]:
    """A part of all keys, with some that the package does not have."""

    def part(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: part(item) for key, item in value.items() if key in REQUIRED or draw(st.booleans())}
            for number in range(draw(st.integers(0, 1))):
                kept[draw(st.sampled_from(["colour", "gpus", "safety", "x-mine"])) + str(number)] = draw(
                    st.sampled_from([1, "a", {"b": 2}, []])
                )
            return kept
        if isinstance(value, list) and isinstance(value[0], dict):
            kept_items = [part(item) for item in value]
            return kept_items[: draw(st.integers(1, len(kept_items)))]
        return value

    whole = part(dict(WHOLE))
    assert isinstance(whole, dict)
    if "blue_green" in whole:  # what it holds are names of specialists, each with keys of its own
        whole["blue_green"] = {name: item for name, item in whole["blue_green"].items() if not isinstance(item, int | str)}
    return whole


@given(some_keys(), st.sampled_from([None, "single-4090", "h100-cluster"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_key_vanishes(data: dict[str, Any], tier: str | None) -> None:
    draft = draft_of(data, tier)
    text = text_of(draft, "old.yaml")
    assert sorted(found.path for found in draft.outcomes) == sorted(leaf_paths(data))
    present = set(places(draft.config))
    told = " ".join(line.strip().lstrip("#").strip() for line in text.splitlines())
    for found in draft.outcomes:
        assert not found.here or found.here in present, found
        assert found.fate == "taken" or found.note, found
        assert " ".join(found.note.split()) in told, found
    document = parse(Source("new.yaml", text)).value
    assert document is not None
    assert [
        finding for finding in read_keys(document, Config, "project").diagnostics if finding.code in {"AUA0201", "AUA0202", "AUA0206"}
    ] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_that_is_known_is_taken_without_a_word_of_doubt(version: str) -> None:
    assert "are known" not in text_of(draft_of(with_keys(aua={"version": version})), "old.yaml")


def test_a_version_beyond_those_known_is_doubted() -> None:
    assert "Keys of 0.5 to 1.2 are known" in text_of(draft_of(with_keys(aua={"version": "2.0"})), "old.yaml")


@pytest.mark.parametrize("written", ["yes", "on", "Yes"])
def test_a_truth_value_of_yaml_1_1_means_what_it_meant_there(written: str) -> None:
    draft = draft_of(yaml.safe_dump(MINIMAL) + f"security: {{auth_enabled: {written}}}\n")
    assert draft.config["api"]["api_key_secret"] == "AUA_API_KEY"
    assert "reads what is written there as `true`" in outcome(draft, "security.auth_enabled").note


def test_a_quoted_false_was_true_there_and_is_said_to_be() -> None:
    found = outcome(draft_of(with_keys(security={"auth_enabled": "false"})), "security.auth_enabled")
    assert found.fate == "changed"
    assert "as `true`" in found.note


def test_keys_that_are_merged_in_count_as_written() -> None:
    text = """
specialists:
  - &base {name: swe, model: Qwen/Qwen2.5-7B-Instruct-AWQ, port: 9001, field: law, gpu: 1}
  - {<<: *base, name: two, port: 9002}
arbiter: {model: "qwen2.5:3b", port: 11434, backend: ollama}
"""
    draft = draft_of(text)
    assert [specialist["gpus"] for specialist in draft.config["specialists"]] == [[1], [1]]
    assert outcome(draft, "specialists[1].gpu").here == "specialists.two.gpus"


def test_a_bare_duration_gets_its_unit() -> None:
    config = draft_of(with_keys(router={"specialist_timeout": 45.5, "retry": {"base_delay_ms": 250}})).config
    assert config["resilience"] == {"timeouts": {"total": "45500ms"}, "retry": {"base": "250ms"}}


def test_long_calls_and_many_repeats_get_a_deadline_that_leaves_room_for_them() -> None:
    config = draft_of(with_keys(router={"specialist_timeout": 100, "retry": {"max_retries": 3}})).config
    assert config["routing"]["deadline_s"] >= 4 * 100 + 0.1 + 0.2 + 0.4


def test_gpu_ids_win_over_gpu() -> None:
    draft = draft_of(with_swe(gpu=3, gpu_ids=[0, 1], tensor_parallel_size=2))
    assert draft.config["specialists"][0]["gpus"] == [0, 1]
    assert outcome(draft, "specialists[0].gpu").fate == "ignored"


def test_ollama_never_got_what_is_vllms() -> None:
    draft = draft_of(with_swe(**{**ENGINE, "backend": "ollama", "model": "qwen2.5:7b", "host": "localhost", "endpoint_override": None}))
    fates = {found.path.rpartition(".")[2]: found.fate for found in draft.outcomes if found.path.startswith("specialists")}
    assert {fates[key] for key in ("gpu", "gpu_memory_utilization", "max_model_len", "quantization")} == {"ignored"}
    assert draft.config["specialists"][0]["model"] == "qwen-7b-ollama"


def test_an_absent_quantization_meant_awq_and_is_told_where_the_weights_are_others() -> None:
    text = text_of(draft_of(with_swe(model="Qwen/Qwen2.5-7B-Instruct")), "old.yaml")
    assert "was told `awq`, and the repository holds bf16 weights" in " ".join(text.replace("#", "").split())


@pytest.mark.parametrize("model", ["models:/mine/Production", "/models/qwen", "./weights", "no-repository"])
def test_a_model_that_is_nowhere_to_be_fetched_from_is_left_to_be_given(model: str) -> None:
    draft = draft_of(with_swe(model=model))
    assert "model" not in draft.config["specialists"][0]
    assert outcome(draft, "specialists[0].model").fate == "unavailable"


def test_a_revision_is_kept() -> None:
    draft = draft_of(with_swe(model="Qwen/Qwen2.5-7B-Instruct-AWQ@abc123"))
    assert draft.config["models"] == {"qwen2-5-7b-instruct-awq": {"id": "Qwen/Qwen2.5-7B-Instruct-AWQ", "revision": "abc123"}}


def test_two_models_of_one_name_stay_two() -> None:
    data = with_swe(model="acme/unknown")
    data["arbiter"]["model"] = "other/unknown"
    assert sorted(entry["id"] for entry in draft_of(data).config["models"].values()) == ["acme/unknown", "other/unknown"]


def test_a_server_elsewhere_is_called_and_not_started() -> None:
    draft = draft_of(with_swe(host="10.0.0.5", gpu=1))
    assert draft.config["backends"] == {"swe-server": {"kind": "vllm", "base_url": "http://10.0.0.5:9001", "allow_private": True}}
    assert "gpus" not in draft.config["specialists"][0]


def test_a_signing_secret_never_becomes_a_key_for_clients() -> None:
    draft = draft_of(with_keys(security={"auth_enabled": True, "token_secret_env": "AUA_TOKEN_SECRET"}))
    assert draft.config["api"]["api_key_secret"] == "AUA_API_KEY"


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        ({"config_version": "1.0", "project": {"name": "a"}}, "AUA0621", "a config of aua"),
        ({"_alias": "single-4090"}, "AUA0621", "single-4090"),
        ({"arbiter": {"model": "a/b", "port": 1}}, "AUA0621", "lacks `specialists`"),
        ({"specialists": [{"name": "a"}], "arbiter": {"model": "a/b", "port": 1}}, "AUA0622", "`specialists[0]` lacks `model`"),
        ({**MINIMAL, "specialists": []}, "AUA0622", "at least one entry"),
        ({**MINIMAL, "specialists": "swe"}, "AUA0622", "takes keys of its own"),
        ({**MINIMAL, "arbiter": [1]}, "AUA0622", "takes keys of its own"),
        ({**MINIMAL, "router": 8000}, "AUA0622", "`router` takes keys of its own"),
        ({**MINIMAL, "router": {"port": "nine"}}, "AUA0622", "takes a whole number"),
        ({**MINIMAL, "router": {"port": [8000]}}, "AUA0622", "takes a whole number"),
        ({**MINIMAL, "router": {"port": {"http": 80}}}, "AUA0622", "`router.port` takes a whole number"),
    ],
)
def test_what_is_no_config_of_the_package_is_refused_with_the_reason(data: Any, code: str, says: str) -> None:
    found = [finding for finding in translated(yaml.safe_dump(data)).diagnostics if finding.code == code]
    assert found
    assert any(says in finding.message for finding in found), [finding.message for finding in found]
    assert all(finding.span is not None for finding in found)


def test_an_unknown_key_is_told_once_with_what_was_probably_meant() -> None:
    found = translated(yaml.safe_dump(with_keys(router={"single_domain_treshold": 1}, ui={"a": 1, "b": {"c": 2}}))).diagnostics
    assert [(finding.code, finding.severity, finding.path) for finding in found] == [
        ("AUA0620", "warning", "router.single_domain_treshold"),
        ("AUA0620", "warning", "ui"),
    ]
    assert "single_domain_threshold" in found[0].help


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 99999) | st.sampled_from(["", "a", "0.3", "y", "qwen2.5:7b"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(sorted({part for key in KEYS for part in re.split(r"[.\[\]*]+", key) if part})), inner, max_size=5
            )
        ),
        max_leaves=20,
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_stands_there_it_is_translated_or_refused_and_never_fails(value: Any) -> None:
    for data in (value, {**MINIMAL, "router": value}, {**MINIMAL, "arbiter": value}, {**MINIMAL, "specialists": [value]}):
        checked = translated(yaml.safe_dump(data))
        assert checked.value is not None or any(finding.severity == "error" for finding in checked.diagnostics)
        if checked.value is not None:
            text_of(checked.value, "old.yaml")
