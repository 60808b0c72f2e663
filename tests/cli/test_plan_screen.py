"""The plan on a terminal: within its width, with figures and bars that sum to the devices."""

import re
from dataclasses import replace

import pytest

from aua_compile.cli.plan_screen import screen
from aua_compile.plan.model import Plan
from tests.plan.test_presets import PRESETS, compiled
from tests.targets.plans import PLANS, everything, external_only

PAIRS = [(preset, tier) for preset in PRESETS for tier in ("quad-4090", "single-4090", "macbook", "h100-cluster")]


def shown(preset: str, tier: str, width: int = 80) -> tuple[Plan, str]:
    plan = compiled(preset, tier).value
    assert plan is not None
    return plan, screen(plan, width)


@pytest.mark.parametrize(("preset", "tier"), PAIRS)
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(preset: str, tier: str, width: int) -> None:
    _, text = shown(preset, tier, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert not any(line.endswith(" ") for line in text.splitlines())


@pytest.mark.parametrize(("preset", "tier"), PAIRS)
def test_figures_and_bars_of_a_device_sum_to_it(preset: str, tier: str) -> None:
    plan, text = shown(preset, tier)
    totals = {f"{ledger.total_gib:.2f}" for ledger in plan.ledgers}
    blocks = re.split(r"\n\n  (?:GPUs? [0-9, -]+|CPU), ", text.split("\n\nBetter")[0])[1:]
    assert blocks
    lengths = set()
    for block in blocks:
        head, *lines = block.split("\n\n")[0].splitlines()
        (total,) = (figure for figure in re.findall(r"\d+\.\d\d", head) if figure in totals)
        rows = [re.fullmatch(r"    \S+ +(\d+\.\d\d)  ?([█·]*)|    \S+ +(\d+\.\d\d)", line) for line in lines]
        found = [row for row in rows if row is not None]
        assert sum(float(row[1] or row[3]) for row in found) == pytest.approx(float(total))
        lengths.add(sum(len(row[2] or "") for row in found))
    assert len(lengths) == 1


@pytest.mark.parametrize(("preset", "tier"), PAIRS)
def test_the_terms_of_a_model_sum_to_its_share(preset: str, tier: str) -> None:
    plan, text = shown(preset, tier, 120)
    for ledger in plan.ledgers:
        for entry in ledger.entries:
            assert f"{entry.service} " in text
    for row in re.finditer(r"^    \S+ +(\d+\.\d\d)  █+\n((?:  +\d[^\n]+\n)+(?: +[^\n█·]+\n)*)", text, re.MULTILINE):
        assert sum(map(float, re.findall(r"(\d+\.\d\d) [a-zA-Z]", " ".join(row[2].split())))) == pytest.approx(float(row[1]))


def test_like_devices_are_told_once() -> None:
    _, text = shown("coding", "quad-4090")
    assert "GPUs 0-1, rtx-4090, 23.55 each" in text


def test_every_better_rung_is_named_with_its_reason() -> None:
    plan, text = shown("generalist", "single-4090")
    flat = " ".join(text.split())
    for service in plan.specialists:
        for rung in service.rejected:
            assert rung.model in flat
    assert "beside the other services" in flat


def test_a_long_name_stands_on_a_line_of_its_own_and_takes_no_room_from_the_others() -> None:
    plan, text = shown("coding", "single-4090")
    long = "a-name-that-nobody-would-like-to-type-twice"
    named = screen(replace(plan, specialists=(replace(plan.specialists[0], name=long), *plan.specialists[1:])), 80)
    assert f"\n  {long}\n" in named
    assert [line for line in named.splitlines() if line.startswith("  math ")] == [
        line for line in text.splitlines() if line.startswith("  math ")
    ]


@pytest.mark.parametrize("name", PLANS)
def test_every_kind_of_plan_can_be_shown(name: str) -> None:
    assert screen(PLANS[name](), 80).endswith("\n")


def test_servers_of_others_and_secrets_are_told() -> None:
    assert "at http" in screen(external_only(), 100)
    assert "Needs these variables" in screen(everything(), 100)
