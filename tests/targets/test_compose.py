import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from aua_compile.plan.model import Listener, Plan
from aua_compile.targets.compose import Interpolated, emit, literal
from tests.targets.plans import NASTY, PLANS, everything, external_only, macbook, single_4090

# What a person can type: anything printable, and line feeds.
typed = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp"), include_characters="\n$")
    | st.sampled_from(["$", "{", "}", ":", "#", "\n", " ", "'", '"', "\\", "-"])
)
VARIABLE = re.compile(r"\$\{[A-Z]+_PORT:-\d+\}")


def files(plan: Plan) -> dict[str, str]:
    return {artifact.path: artifact.text for artifact in emit(plan)}


def compose(plan: Plan) -> dict[str, Any]:
    """The compose file as compose reads it: parsed, and `$$` in values read as `$`. No value may hold another `$`."""
    text = files(plan)["compose/compose.yaml"]
    parsed = yaml.load(text, Loader=yaml.CSafeLoader)
    reader = YAML(typ="safe", pure=True)
    reader.version = "1.2"
    assert reader.load(text) == parsed
    read: dict[str, Any] = interpolated(parsed)
    return read


def interpolated(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: interpolated(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [interpolated(item) for item in tree]
    if isinstance(tree, str) and not VARIABLE.fullmatch(tree):
        assert "$" not in tree.replace("$$", "")
        return tree.replace("$$", "$")
    return tree


def services(plan: Plan) -> Mapping[str, Any]:
    found: Mapping[str, Any] = compose(plan)["services"]
    return found


def strings(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from strings(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from strings(item)
    elif isinstance(tree, str):
        yield tree


@pytest.mark.parametrize("name", PLANS)
def test_the_same_plan_gives_the_same_files(name: str) -> None:
    assert files(PLANS[name]()) == files(PLANS[name]())


@pytest.mark.parametrize("name", PLANS)
def test_every_file_says_how_it_is_made_again(name: str) -> None:
    plan = PLANS[name]()
    assert all(plan.project.recreate in text for text in files(plan).values())


@pytest.mark.parametrize("name", PLANS)
def test_no_container_has_privileges_and_only_the_one_that_prepares_volumes_is_root(name: str) -> None:
    for service, found in services(PLANS[name]()).items():
        assert found["read_only"] is True
        assert found["cap_drop"] == ["ALL"]
        assert found["security_opt"] == ["no-new-privileges:true"]
        assert found["user"].startswith("0:") == (service == "prepare-volumes")
        assert found.get("cap_add", []) == (["CHOWN"] if service == "prepare-volumes" else [])
        assert "privileged" not in found


@pytest.mark.parametrize("name", PLANS)
def test_only_the_router_and_what_watches_publish_ports_and_only_the_api_beyond_loopback(name: str) -> None:
    plan = replace(PLANS[name](), api=replace(PLANS[name]().api, public=Listener("0.0.0.0", 80)))
    published = {service: found["ports"] for service, found in services(plan).items() if "ports" in found}
    assert set(published) <= {"router", "prometheus", "grafana"}
    beyond = [port for ports in published.values() for port in ports if port["host_ip"] != "127.0.0.1"]
    assert beyond == [{"target": 80, "published": "80", "host_ip": "0.0.0.0", "protocol": "tcp"}]


@pytest.mark.parametrize("name", PLANS)
def test_every_reference_inside_the_file_resolves(name: str) -> None:
    file = compose(PLANS[name]())
    for found in file["services"].values():
        assert set(found.get("depends_on", {})) <= set(file["services"])
        assert set(found.get("networks", [])) <= set(file["networks"])
        assert {mount["source"] for mount in found.get("volumes", []) if mount["type"] == "volume"} <= set(file.get("volumes", {}))


@pytest.mark.parametrize("name", PLANS)
def test_what_a_service_waits_for_starts_with_it(name: str) -> None:
    found = services(PLANS[name]())
    for service in found.values():
        for other, how in service.get("depends_on", {}).items():
            if how.get("required", True):
                assert set(found[other].get("profiles", service.get("profiles", []))) == set(service.get("profiles", []))


@pytest.mark.parametrize("name", PLANS)
def test_engines_have_no_way_out_and_downloads_no_way_to_the_engines(name: str) -> None:
    plan = PLANS[name]()
    file = compose(plan)
    for instance in plan.instances:
        if instance.name in file["services"]:
            assert file["services"][instance.name]["networks"] == ["engines"]
    for fetch in plan.fetches:
        assert file["services"][fetch.name]["networks"] == ["fetching"]
    assert all(network["internal"] == (name == "engines") for name, network in file["networks"].items())


def test_instances_that_share_a_gpu_start_one_after_another_each_after_its_weights() -> None:
    found = services(single_4090())
    assert found["swe"]["depends_on"] == {
        "prepare-volumes": {"condition": "service_completed_successfully"},
        "fetch-swe": {"condition": "service_completed_successfully"},
    }
    assert found["math"]["depends_on"]["swe"] == {"condition": "service_healthy"}
    assert found["arbiter"]["depends_on"]["swe"] == found["arbiter"]["depends_on"]["math"] == {"condition": "service_healthy"}


def test_the_router_stops_before_its_engines_and_does_not_need_those_of_another_profile() -> None:
    after = services(everything())["router"]["depends_on"]
    engines = {instance.name for instance in everything().instances}
    assert {name for name, how in after.items() if how == {"condition": "service_started", "required": False}} == engines


def test_an_engine_gets_its_own_gpus_by_number_and_one_without_gets_none() -> None:
    found = services(everything())
    gpus = {"driver": "nvidia", "device_ids": ["1", "2"], "capabilities": ["gpu"]}
    assert found["law"]["deploy"]["resources"] == {"limits": {"memory": "18432m"}, "reservations": {"devices": [gpus]}}
    assert found["tutor"]["deploy"]["resources"] == {"limits": {"cpus": "4.0", "memory": "16384m"}}
    assert (found["law"]["profiles"], found["tutor"]["profiles"]) == (["gpu"], ["cpu"])
    assert "shm_size" not in found["tutor"]
    assert found["law"]["shm_size"] == "2048m"


def test_an_engine_on_amd_gpus_gets_the_driver_s_devices() -> None:
    plan = replace(everything(), hardware=replace(everything().hardware, vendor="amd"))
    law, tutor = services(plan)["law"], services(plan)["tutor"]
    assert law["devices"] == ["/dev/kfd", "/dev/dri"]
    assert law["environment"]["ROCR_VISIBLE_DEVICES"] == "1,2"
    assert "reservations" not in law["deploy"]["resources"]
    assert "devices" not in tutor


def test_the_router_finds_each_specialist_where_a_container_reaches_it() -> None:
    environment = services(everything())["router"]["environment"]
    assert environment["AUA_SPECIALIST_SWE_URL"] == "http://swe:9001"
    assert environment["AUA_SPECIALIST_ARBITER_URL"] == "http://arbiter:9003"
    assert "AUA_SPECIALIST_HOSTED_URL" not in environment


def test_with_engines_on_the_host_only_the_router_and_prometheus_are_started_and_both_reach_the_host() -> None:
    found = services(macbook())
    assert set(found) == {"router", "prepare-volumes", "prometheus"}
    for name in ("router", "prometheus"):
        assert found[name]["extra_hosts"] == {"host.docker.internal": "host-gateway"}
        assert "engines" not in found[name]["networks"]
    assert set(compose(macbook())["volumes"]) == {"laptop-state", "prometheus-data"}


def test_engines_on_the_host_are_started_by_commands_that_know_nothing_of_a_container() -> None:
    ollama = macbook().instances[0]
    ollama = replace(
        ollama, entrypoint=("/bin/ollama",), env={"HOME": "/models", "OLLAMA_MODELS": "/models/x", "OLLAMA_HOST": "0.0.0.0:9000"}
    )
    writer = next(instance for instance in everything().instances if instance.name == "writer")
    writer = replace(writer, entrypoint=("/app/llama-server",), env={"HOME": "/cache"})
    readme = files(replace(macbook(), instances=(ollama, writer)))["compose/README.md"].splitlines()
    assert [line.strip() for line in readme if line.startswith("    ")][:5] == [
        "OLLAMA_HOST=0.0.0.0:9000 ollama serve",
        (
            "hf download Qwen/Qwen2.5-14B-Instruct-GGUF qwen2.5-14b-instruct-q4_k_m.gguf "
            "--revision=8d2f8bdd0b1f4d1f1c0a4f1c2a3d5a6e7f8091a2 --local-dir=weights"
        ),
        "llama-server -m weights/model.gguf -a writer -c 32768 -np 4 --metrics --host 0.0.0.0 --port 9005",
        "ollama pull qwen2.5-coder:7b-instruct-q4_K_M",
        "ollama pull qwen2.5:7b-instruct-q4_K_M",
    ]


def test_without_state_and_engines_there_is_no_volume_to_prepare() -> None:
    plan = replace(external_only(), targets=("router", "compose"))
    assert set(services(plan)) == {"router"}
    assert "volumes" not in compose(plan)


def test_state_lies_in_a_volume_where_the_plan_s_path_leads() -> None:
    mounts = services(single_4090())["router"]["volumes"]
    assert mounts == [{"type": "volume", "source": "coding-state", "target": "/app/state"}]


@pytest.mark.parametrize(
    ("targets", "watchers"),
    [((), set()), (("prometheus",), {"prometheus"}), (("grafana",), {"grafana"}), (("prometheus", "grafana"), {"prometheus", "grafana"})],
)
def test_what_watches_is_there_only_with_its_files(targets: tuple[str, ...], watchers: set[str]) -> None:
    found = services(replace(single_4090(), targets=("router", "compose", *targets)))
    assert {name for name, service in found.items() if service.get("profiles") == ["observability"]} == watchers


def test_secrets_are_named_and_never_given() -> None:
    example = files(everything())["compose/.env.example"]
    assert re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE) == [
        ("COMPOSE_PROFILES", "cpu,gpu"),
        ("AUA_API_KEY", ""),
        ("HOOK_KEY", ""),
        ("HOSTED_API_KEY", ""),
        ("SLACK_WEBHOOK_URL", ""),
        ("HF_TOKEN", ""),
    ]


def test_the_router_reads_the_optional_secrets_file_but_sees_no_secret_of_the_downloads() -> None:
    found = services(everything())
    assert found["router"]["env_file"] == [{"path": ".env", "required": False}]
    assert found["router"]["environment"]["HF_TOKEN"] == ""
    assert found["fetch-law"]["environment"]["HF_TOKEN"] is None
    assert all("env_file" not in service for name, service in found.items() if name != "router")
    assert "env_file" not in services(single_4090())["router"]


def test_health_checks_are_commands_without_a_shell() -> None:
    for name, service in services(everything()).items():
        if name == "prepare-volumes" or name.startswith("fetch-"):
            assert "healthcheck" not in service
        else:
            assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize(("host", "address"), [("::1", "::1"), ("[::1]", "::1"), ("localhost", "127.0.0.1"), ("192.0.2.1", "192.0.2.1")])
def test_the_api_is_published_at_the_address_of_the_plan(host: str, address: str) -> None:
    plan = replace(single_4090(), api=replace(single_4090().api, public=Listener(host, 8000)))
    assert services(plan)["router"]["ports"][0]["host_ip"] == address


def test_a_management_socket_publishes_no_port() -> None:
    plan = replace(single_4090(), api=replace(single_4090().api, management=Listener("127.0.0.1", 8001, "run/management.sock")))
    assert len(services(plan)["router"]["ports"]) == 1


@given(typed)
def test_any_text_that_a_person_can_type_arrives_whole(text: str) -> None:
    plan = single_4090()
    plan = replace(
        plan,
        project=replace(plan.project, description=f"d{text}", recreate=f"aua compile {text}", config=text),
        router=replace(plan.router, env={"GREETING": text}),
        instances=(replace(plan.instances[0], command=(text, f"-{text}"), env={"E": text}, entrypoint=(f"/{text}",)),),
        fetches=(replace(plan.fetches[0], command=(text,), env={"F": text}),),
        targets=("router", "compose"),
    )
    found = services(plan)
    assert compose(plan)["x-description"] == f"d{text}"
    assert found["router"]["environment"]["GREETING"] == text
    first = found[plan.instances[0].name]
    assert (first["command"], first["environment"]["E"], first["entrypoint"]) == ([text, f"-{text}"], text, [f"/{text}"])
    assert (found[plan.fetches[0].name]["command"], found[plan.fetches[0].name]["environment"]["F"]) == ([text], text)


@given(typed)
def test_any_text_leaves_the_other_files_with_the_lines_they_have(text: str) -> None:
    def lines(description: str) -> list[tuple[str, int]]:
        plan = everything()
        project = replace(plan.project, description=description, recreate=f"aua compile {description}")
        return [(path, len(content.splitlines())) for path, content in files(replace(plan, project=project)).items() if "yaml" not in path]

    assert lines(f"x{text}") == lines("x")


def test_what_looks_like_a_variable_is_one_only_where_we_mean_it() -> None:
    assert literal({"a": ["$x", ("${y}",)], "$key": Interpolated("${PORT}"), "n": 1}) == {
        "a": ["$$x", ["$${y}"]],
        "$key": "${PORT}",
        "n": 1,
    }
    variables = [text for text in strings(yaml.safe_load(files(everything())["compose/compose.yaml"])) if VARIABLE.fullmatch(text)]
    assert variables == ["${PROMETHEUS_PORT:-9090}", "${GRAFANA_PORT:-3000}"]


def test_nasty_text_is_in_the_description_and_the_environment() -> None:
    assert compose(everything())["x-description"] == NASTY
    assert services(everything())["router"]["environment"]["GREETING"] == NASTY
