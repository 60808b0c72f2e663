"""`aua tiers design` as a person runs it."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from aua_compile.cli.app import app
from aua_compile.registry.catalog import Catalog

ASK = CliRunner()


def design(*arguments: str) -> tuple[int, str, str]:
    result = ASK.invoke(app("tiers"), ["tiers", "design", *arguments])
    return result.exit_code, result.stdout, result.stderr


def rows(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(design(*arguments, "--json")[1])
    return found


def test_hardware_is_proposed_cheapest_first_with_what_it_runs() -> None:
    code, out, _ = design("coding", "--tier", "single-4090")
    assert code == 0
    assert out.splitlines()[1].startswith("1 x rtx-3090")
    assert "swe: qwen-coder-7b-awq" in out
    prices = [row["usd_per_hour"] for row in rows("coding", "--tier", "single-4090")]
    assert prices == sorted(prices)
    assert len(prices) > 5


def test_a_price_is_that_of_the_registry_times_the_number() -> None:
    for row in rows("generalist", "--tier", "quad-4090"):
        kinds = {row["accelerator"]: row["accelerators"], **row["also"]}
        prices = {name: Catalog().accelerator(name).price for name in kinds}
        assert row["usd_per_hour"] == round(sum(price.low_usd * kinds[name] for name, price in prices.items() if price is not None), 4)


def test_two_kinds_are_proposed_where_they_are_cheaper_than_one() -> None:
    best = rows("generalist", "--tier", "quad-4090", "--best")
    assert best[0]["also"]
    assert best[0]["usd_per_hour"] < min(row["usd_per_hour"] for row in best if not row["also"])
    assert {device for service in best[0]["services"].values() for device in service["devices"]} <= set(range(16))


def test_the_best_rungs_cost_more_and_step_down_nowhere() -> None:
    best = rows("coding", "--tier", "single-4090", "--best")
    assert {row["steps_down"] for row in best} == {0}
    assert best[0]["services"]["math"]["model"] == "qwq-32b"
    assert best[0]["usd_per_hour"] > rows("coding", "--tier", "single-4090")[0]["usd_per_hour"]


def test_more_requests_at_once_never_cost_less() -> None:
    cheapest = [rows("coding", "--tier", "single-4090", "--concurrency", str(count))[0]["usd_per_hour"] for count in (1, 8, 32)]
    assert cheapest == sorted(cheapest)


def test_what_the_config_fixes_of_its_own_machine_is_left_out(tmp_path: Path) -> None:
    def mine(fixed: str) -> list[dict[str, Any]]:
        config = tmp_path / "mine.yaml"
        config.write_text(f'config_version: "1.0"\nproject: {{name: mine}}\npreset: coding\nspecialists:\n  - {{name: swe{fixed}}}\n')
        return rows(str(config), "--tier", "quad-4090")

    assert mine(", gpus: [3], memory: 20GiB") == mine("")
    assert mine(", tensor_parallel: 1, pipeline_parallel: 2") == mine("")


def test_a_wrong_config_is_refused_as_everywhere() -> None:
    code, out, err = design("coding", "--tier", "singel-4090")
    assert (code, out) == (3, "")
    assert "Did you mean `single-4090`" in err


def test_a_refusal_is_json_too() -> None:
    code, out, err = design("nowhere.yaml", "--json")
    assert (code, [finding["code"] for finding in json.loads(out)["diagnostics"]], err) == (3, ["AUA0101"], "")


def test_a_config_without_a_model_of_its_own_needs_no_hardware(tmp_path: Path) -> None:
    config = tmp_path / "far.yaml"
    config.write_text(
        'config_version: "1.0"\ntier: cpu\nfields: [general]\nbackends:\n  far: {kind: openai, base_url: "https://models.example.com"}\n'
        "specialists:\n  - {name: far, field: general, backend: far, model: m}\narbiter: {enabled: false}\n"
    )
    code, _, err = design(str(config))
    assert (code, "needs no GPU" in err) == (2, True), err


def test_nothing_registered_serves_what_is_too_large() -> None:
    code, out, _ = design("coding", "--tier", "single-4090", "--concurrency", "65536")
    assert code == 1
    assert "No machine of up to eight" in out
