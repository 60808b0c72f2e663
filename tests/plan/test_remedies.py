"""What a refusal proposes: every change fits when it is made, and its numbers are the smallest or greatest that do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aua_compile.plan.placement import place
from aua_compile.plan.remedies import CONTEXT_STEP, Change, Elsewhere, remedies
from aua_compile.plan.wants import Machine, Placed, Refused, Want
from tests.plan.machines import candidate, machine, want
from tests.tools import within


def proposed(wants: tuple[Want, ...], on: Machine, elsewhere: Sequence[Elsewhere] = ()) -> list[Change]:
    refused = place(wants, on)
    assert isinstance(refused, Refused)
    return list(remedies(refused, wants, on, elsewhere))


def fits(wants: tuple[Want, ...], on: Machine) -> bool:
    return isinstance(place(wants, on), Placed)


def changed(wants: tuple[Want, ...], change: Change) -> tuple[Want, ...]:
    """The wants as a user who follows the change has them."""
    made = {one.service: one for one in wants}
    for setting in change.settings:
        service, _, key = setting.path.rpartition(".")
        made[service] = replace(made[service], **_field(key, setting.value))
    return tuple(made.values())


def _field(key: str, value: str) -> dict[str, Any]:
    match key:
        case "model":
            return {"ladder": (candidate(value),)}
        case "context":
            return {"context_tokens": int(value)}
        case "gpus":
            return {"gpus": tuple(map(int, value.strip("[]").split(",")))}
        case "memory" if value.endswith("GiB"):
            return {"memory_gib": float(value.removesuffix("GiB"))}
        case "memory":
            return {"share": float(value)}
        case "kv_cache":
            return {"kv_cache": value}
        case "backend":
            return {"engine": value}
        case _:
            return {key: int(value)}


def told(changes: list[Change]) -> dict[str, str]:
    return {setting.path: setting.value for change in changes for setting in change.settings}


def test_the_most_requests_at_once_and_the_longest_that_fit_are_proposed() -> None:
    wants, on = (want("swe", "qwen-coder-32b-awq", concurrency=8),), machine("single-4090")
    found = told(proposed(wants, on))
    count, context = int(found["swe.concurrency"]), int(found["swe.context"])
    assert fits((replace(wants[0], concurrency=count),), on)
    assert not fits((replace(wants[0], concurrency=count + 1),), on)
    assert fits((replace(wants[0], context_tokens=context),), on)
    assert not fits((replace(wants[0], context_tokens=context + CONTEXT_STEP),), on)


def test_a_cache_of_eight_bits_comes_before_other_weights() -> None:
    wants, on = (want("swe", "qwen-coder-32b-awq", concurrency=2),), machine("single-4090")
    (first, *_) = proposed(wants, on)
    assert [(setting.path, setting.value) for setting in first.settings] == [("swe.kv_cache", "8bit")]
    assert fits(changed(wants, first), on)


def test_the_largest_other_variant_that_fits_is_proposed() -> None:
    wants, on = (want("swe", "qwen-14b", concurrency=2),), machine("single-4090")
    assert told(proposed(wants, on))["swe.model"] == "qwen-14b-gptq-int8"


def test_where_one_service_cannot_make_room_for_all_every_one_is_asked() -> None:
    wants = tuple(want(f"s{index}", "qwen-7b-awq", concurrency=24) for index in range(3))
    found = proposed(wants, machine("single-4090"))
    assert any("for every service" in change.words for change in found)
    assert all(fits(changed(wants, change), machine("single-4090")) for change in found if change.settings)


def test_weights_and_requests_are_changed_together_where_neither_is_enough() -> None:
    (change, *_) = proposed((want("swe", "qwen-coder-32b", concurrency=8),), machine("single-4090"))
    assert {setting.path for setting in change.settings} >= {"swe.model", "swe.concurrency"}


@pytest.mark.parametrize(
    ("tier", "constraints", "key"),
    [
        ("quad-4090", {"gpus": (0,)}, "gpus"),
        ("single-4090", {"share": 0.2}, "memory"),
        ("single-4090", {"memory_gib": 4.0}, "memory"),
        ("quad-4090", {"tensor_parallel": 3}, "tensor_parallel"),
        ("single-4090", {"max_num_seqs": 16384}, "max_num_seqs"),
        ("single-4090", {"max_num_seqs": 1}, "max_num_seqs"),
        ("single-4090", {"engine": "llamacpp"}, "backend"),
    ],
)
def test_what_the_user_fixed_is_proposed_otherwise_before_anything_is_lost(tier: str, constraints: dict[str, Any], key: str) -> None:
    on = machine(tier)
    beside = (want("two", "qwen-14b-awq", gpus=(0,)),) if key == "gpus" else ()
    wants = (want("one", "qwen-14b-awq", **constraints), *beside)
    (first, *_) = proposed(wants, on)
    assert [setting.path.partition(".")[2] for setting in first.settings] == [key]
    assert fits(changed(wants, first), on)


def test_the_least_share_and_size_that_are_enough_are_proposed() -> None:
    on = machine("single-4090")
    share = float(told(proposed((want("one", "qwen-14b-awq", share=0.2),), on))["one.memory"])
    assert fits((want("one", "qwen-14b-awq", share=share),), on)
    assert not fits((want("one", "qwen-14b-awq", share=share - 0.01),), on)
    size = float(told(proposed((want("one", "qwen-14b-awq", memory_gib=4.0),), on))["one.memory"].removesuffix("GiB"))
    assert fits((want("one", "qwen-14b-awq", memory_gib=size),), on)
    assert not fits((want("one", "qwen-14b-awq", memory_gib=size - 0.1),), on)


def test_the_fewest_more_devices_are_proposed() -> None:
    wants, on = (want("big", "llama3-3-70b"),), machine("quad-4090")
    words = proposed(wants, on)[-1].words
    count = int(words.split(" x ")[0])
    assert words == f"{count} x rtx-4090 instead of 4"
    assert fits(wants, machine("quad-4090", accelerators=count))
    assert not fits(wants, machine("quad-4090", accelerators=count - 1))


def test_other_tiers_come_cheapest_first_and_at_most_two() -> None:
    others = [
        Elsewhere("dear", machine("h100-cluster"), 12.0),
        Elsewhere("small", machine("gaming-pc"), 0.2),
        Elsewhere("cheap", machine("a100-cluster"), 5.6),
        Elsewhere("own", machine("h100-cluster"), None),
    ]
    found = proposed((want("big", "qwen-72b"),), machine("single-4090"), others)
    assert [change.tier for change in found if change.tier] == ["cheap", "dear"]


LADDERS = (
    ("qwen-72b",),
    ("qwen-14b",),
    ("llama3-3-70b",),
    ("qwen-7b",),
    ("gpt-oss-20b",),
    ("qwen-14b-q4-k-m",),
    ("qwq-32b", "qwq-32b-awq"),
)


@given(
    st.lists(
        st.tuples(st.sampled_from(LADDERS), st.integers(1, 200), st.sampled_from([2048, 8192, 32768]), st.sampled_from([None, 0.3, 0.9])),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["single-4090", "quad-4090", "gaming-pc", "a100-cluster", "cpu", "macbook"]),
)
@settings(max_examples=40)
def test_every_proposed_change_fits_when_it_is_made(asked: list[tuple[tuple[str, ...], int, int, float | None]], tier: str) -> None:
    wants = tuple(
        want(f"s{index}", *ladder, concurrency=concurrency, context_tokens=context, share=share)
        for index, (ladder, concurrency, context, share) in enumerate(asked)
    )
    on = machine(tier)
    refused = place(wants, on)
    assume(isinstance(refused, Refused))
    for change in proposed(wants, on):
        assert not change.settings or fits(changed(wants, change), on), change


@pytest.mark.parametrize("count", [3, 14, 50, 1000])
def test_changes_are_looked_for_in_bounded_time(count: int) -> None:
    wants = tuple(want(f"s{index}", "qwen-14b", "qwen-14b-awq", concurrency=16) for index in range(count))
    on = machine("single-4090")
    with within(2):
        proposed(wants, on)
