"""Each rule of `plan.rules`, by configs whose plans it refuses or warns of and configs whose plans it lets pass."""

from pathlib import Path

import pytest

from aua_compile.checked import Checked
from aua_compile.codes import CODES
from aua_compile.config.profiles import PROFILES, severity
from aua_compile.config.rules import check_config
from aua_compile.plan.build import Planned, plan
from aua_compile.plan.rules import check_plan
from tests.config.projects import CATALOG, resolved
from tests.config.rules.cases import SWE, Case, both, named, own, says_where_and_why, swe

COMMIT = "a" + "1" * 39
DIGEST = "@sha256:" + "0" * 64
REFERENCES = ", ".join(f'{part}: "a.example.org/{part}:1{DIGEST}"' for part in ("router", "vllm", "prometheus", "grafana"))
IMAGES = f"deploy: {{images: {{{REFERENCES}}}}}\n"
UNPINNED = swe().replace("-awq", "-gptq-int4")
PINNED = own(f"id: Qwen/Qwen2.5-Coder-7B-Instruct-AWQ, revision: {COMMIT}")


def ollama(first: str = "", second: str = "") -> str:
    """Two specialists that share an Ollama server."""
    text = both(f"backend: ollama{first}", f"backend: ollama{second}")
    return text.replace("qwen-7b-awq", "qwen-3b-q4-k-m").replace("-awq", "-q4-k-m")


def fields(number: int) -> str:
    """So many fields of the config's own, each with a server somewhere else."""
    named = "".join(f"  - {{name: f{n}, description: subject {n}}}\n" for n in range(number))
    asked = "".join(
        f"  - {{name: s{n}, field: f{n}, model: qwen-7b-awq, backend: openai, host: s{n}.example.org, port: 443}}\n" for n in range(number)
    )
    return f"fields:\n{named}specialists:\n{asked}"


CASES = (
    Case(
        "AUA0310",
        ollama(", port: 9001", ", port: 9002"),
        ollama(", port: 9001", ", port: 9001"),
        "specialists[1].port",
        ("9002", "9001"),
    ),
    Case("AUA0311", "api: {port: 3000}\n" + swe(), "api: {port: 3001}\n" + swe(), "api.port", ("Grafana", "the router", "3000")),
    Case(
        "AUA0311",
        "api: {port: 9090}\n" + swe(),
        "api: {port: 9090}\ntargets: [router, compose]\n" + swe(),
        "api.port",
        ("Prometheus",),
    ),
    Case(
        "AUA0311",
        both("port: 9001", "port: 9001").replace("qwen-7b", "qwen-3b"),
        both("port: 9001", "port: 9002").replace("qwen-7b", "qwen-3b"),
        "specialists[1].port",
        ("`swe`", "`math`"),
    ),
    Case("AUA0312", UNPINNED, swe(), f"{SWE}.model", ("`qwen-coder-7b-gptq-int4`", "Qwen/Qwen2.5-Coder-7B-Instruct-GPTQ-Int4")),
    Case("AUA0312", PINNED.replace(COMMIT, "main"), PINNED, "models.mine.revision", ("Qwen/Qwen2.5-Coder-7B-Instruct-AWQ",)),
    Case("AUA0313", swe(), IMAGES + swe(), "tier", ("python", "vllm", "prometheus", "grafana")),
    Case("AUA0760", fields(99), fields(90), "fields", ("aua_query_total", "2,0", "`field`")),
    Case(
        "AUA0402",
        "deploy: {replicas: 2}\nstate: {backend: postgres, dsn_secret: DSN}\n" + swe(),
        "deploy: {replicas: 2}\nstate: {backend: postgres, dsn_secret: DSN}\ntargets: [router, kubernetes]\n" + swe(),
        "deploy.replicas",
        ("`compose`", "one container"),
    ),
    Case(
        "AUA0402",
        "deploy: {volumes: [{name: notes, size: 5GiB}]}\n" + swe(),
        "deploy: {volumes: [{name: notes, size: 5GiB}]}\ntargets: [router, kubernetes]\n" + swe(),
        "deploy.volumes[0].size",
        ("`compose`",),
    ),
    Case(
        "AUA0313",
        IMAGES.replace(f"prometheus:1{DIGEST}", "prometheus:1") + swe(),
        IMAGES + swe(),
        "deploy.images.prometheus",
        ("Undigested: `a.example.org/prometheus:1`.",),
    ),
    Case(
        "AUA0314",
        f"profile: team\n{IMAGES.replace('vllm', 'ollama')}" + ollama(),
        ollama(),
        f"{SWE}.model",
        ("qwen2.5-coder:7b",),
    ),
)


def checked(folder: Path, case: Case, text: str) -> Checked[Planned]:
    """A project's plan, through all rules."""
    head = f'config_version: "1.0"\nproject: {{name: shop}}\ntier: {case.tier}\n'
    config = resolved(folder, text=head + text).then(check_config)
    return config.then(lambda made: plan(made, CATALOG)).then(check_plan)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_rule_finds_what_it_is_for_and_says_where_and_why(case: Case, tmp_path: Path) -> None:
    result = checked(tmp_path, case, case.text)
    assert says_where_and_why(result.diagnostics, case), result.diagnostics


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_rule_lets_a_near_miss_pass(case: Case, tmp_path: Path) -> None:
    result = checked(tmp_path, case, case.near)
    assert result.value is not None, result.diagnostics
    assert case.code not in [finding.code for finding in result.diagnostics], result.diagnostics


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", ["AUA0312", "AUA0313"])
def test_what_weakens_a_deployment_is_told_as_the_table_of_profiles_says(code: str, profile: str, tmp_path: Path) -> None:
    result = checked(tmp_path, CASES[0], f"profile: {profile}\n" + UNPINNED)
    told = [finding.severity for finding in result.diagnostics if finding.code == code]
    assert told == [severity(CODES[code].rpartition(":")[2], profile)]


def test_every_code_of_the_plan_rules_has_a_case() -> None:
    assert {code for code, maker in CODES.items() if maker.startswith("aua_compile.plan.rules.")} == {case.code for case in CASES}
