import pytest
from aua_runtime.contract.engine_metrics import engine_metrics


def test_vllm_names_its_cache_gauge_as_the_version_of_the_plan_does() -> None:
    assert engine_metrics("vllm", "0.33.0")["kv_cache_usage"].name == "vllm:kv_cache_usage_perc"


@pytest.mark.parametrize(("engine", "version"), [("ollama", "0.12.6"), ("openai", ""), ("sglang", ""), ("vllm", "0.9.1"), ("vllm", "")])
def test_an_engine_whose_metrics_were_not_read_has_none(engine: str, version: str) -> None:
    assert engine_metrics(engine, version) == {}


def test_builds_of_llamacpp_are_versions_too() -> None:
    assert engine_metrics("llamacpp", "b6800")["requests_waiting"].name == "llamacpp:requests_deferred"
