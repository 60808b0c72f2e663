from dataclasses import replace

import pytest

from aua_compile.observe.scrape import engine_metric, engine_targets, external_targets, router_target
from tests.targets.plans import everything, external_only, macbook, single_4090


@pytest.mark.parametrize(
    ("url", "address", "path", "scheme"),
    [
        ("http://10.1.2.3:8080", "10.1.2.3:8080", "/metrics", "http"),
        ("https://llm.example.org", "llm.example.org:443", "/metrics", "https"),
        ("http://llm.example.org/base/", "llm.example.org:80", "/base/metrics", "http"),
        ("http://[fd00::1]:8000", "[fd00::1]:8000", "/metrics", "http"),
    ],
)
def test_an_external_engine_is_scraped_where_it_is_called(url: str, address: str, path: str, scheme: str) -> None:
    plan = external_only()
    office = replace(plan.specialists[1], container_url=url)
    (target,) = external_targets(replace(plan, specialists=(office,)))

    assert (target.address, target.path, target.scheme) == (address, path, scheme)


def test_specialists_that_share_a_server_are_scraped_once() -> None:
    plan = external_only()
    office = plan.specialists[1]

    assert len(external_targets(replace(plan, specialists=(office, replace(office, name="other"))))) == 1


def test_each_server_of_a_specialist_is_scraped() -> None:
    plan = external_only()
    office = replace(plan.specialists[1], replicas=("http://10.1.2.4:8080",))

    assert [target.address for target in external_targets(replace(plan, specialists=(office,)))] == ["10.1.2.3:8080", "10.1.2.4:8080"]


def test_a_server_behind_a_key_or_of_another_kind_is_not_scraped() -> None:
    plan = external_only()
    office = plan.specialists[1]
    others = (replace(office, auth_env="KEY"), replace(office, kind="sglang"), replace(office, kind="openai"))

    assert external_targets(replace(plan, specialists=others)) == ()


def test_an_engine_on_the_machine_itself_is_scraped_where_containers_reach_it() -> None:
    plan = macbook()
    instance = replace(plan.instances[0], engine="llamacpp", metrics_path="/metrics")

    (target,) = engine_targets(replace(plan, instances=(instance,)))

    assert target.address == "host.docker.internal:11434"


def test_an_engine_that_no_specialist_uses_is_scraped_under_its_own_name() -> None:
    plan = single_4090()

    assert [target.address for target in engine_targets(replace(plan, arbiter=None))] == ["swe:9001", "math:9002", "arbiter:9003"]


def test_what_an_engine_exports_depends_on_its_version() -> None:
    plan = everything()
    old = tuple(replace(instance, engine_version="0.6.0") if instance.engine == "vllm" else instance for instance in plan.instances)

    assert engine_metric(plan, "vllm", "preemptions") is not None
    assert engine_metric(replace(plan, instances=old), "vllm", "preemptions") is None
    assert engine_metric(plan, "llamacpp", "preemptions") is None
    assert engine_metric(plan, "ollama", "requests_running") is None


def test_the_router_is_scraped_at_the_port_of_its_management_listener() -> None:
    target = router_target(single_4090())

    assert target is not None
    assert target.address == "router:8001"
