import json
from dataclasses import replace

import pytest
from aua_runtime.contract.arbitration import Mode
from aua_runtime.contract.prices import PlacePrice, TokenPrice, prices
from aua_runtime.contract.settings import (
    Code,
    CorsSettings,
    FieldSettings,
    RoutingSettings,
    Settings,
    SettingsRefused,
    TracingSettings,
    Weights,
    WelfareSettings,
    from_data,
    to_data,
)
from hypothesis import given
from hypothesis import strategies as st

SHARE = st.floats(0, 1)
SETTINGS = Settings(
    structure="s",
    routing=RoutingSettings(0.75, 0.3, 60),
    fields={"alpha": FieldSettings(Weights(0.5, 0.4, 0.1), 0.7)},
    min_confidence_for_direct_answer=0.5,
    arbiter_confidence_threshold=0.6,
    welfare=None,
    log_level="info",
    log_sample=1.0,
    cors=CorsSettings(("https://app.example.org",), credentials=True),
    prices=prices("EUR", "acme@1", {"a": TokenPrice(150_000, 600_000, 75_000), "b": PlacePrice(340_000, 21_250_000_000)}),
)


def read(data: object, *, arbiter: Mode | None = "pairwise", tracing: bool = False) -> Settings:
    return from_data(data, Code("s", ("alpha",), ("a", "b"), arbiter, "EUR", tracing))


@given(SHARE, SHARE, st.floats(0.001, 86400), st.sampled_from(["debug", "info", "warning", "error"]), SHARE)
def test_what_is_written_is_read_back(one: float, other: float, deadline_s: float, level: str, efficacy: float) -> None:
    settings = replace(
        SETTINGS,
        routing=RoutingSettings(max(one, other), min(one, other), deadline_s),
        fields={"alpha": FieldSettings(Weights(efficacy, 1 - efficacy, 0.0), one)},
        log_level=level,
        log_sample=1.0,
    )
    assert read(json.loads(json.dumps(to_data(settings)))) == settings


def test_without_an_arbiter_there_is_no_arbiters_threshold() -> None:
    settings = replace(SETTINGS, arbiter_confidence_threshold=None)
    assert "arbiter" not in to_data(settings)
    assert read(to_data(settings), arbiter=None) == settings


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("routing", "single_threshold"), 1.5, "must be a number from 0 to 1"),
        (("routing", "single_threshold"), 0.1, "exceeds"),
        (("routing", "single_threshold"), True, "must be a number"),
        (("routing", "deadline_s"), 0, "above 0"),
        (("prices", "book"), 7, "`prices.book` must be a string"),
        (("prices", "of", "a", "input_micro"), -1, "must be a whole number from 0"),
        (("prices", "of", "a", "input_micro"), 1.5, "must be a whole number"),
        (("prices", "of", "a", "input_micro"), True, "must be a whole number"),
        (("prices", "of", "a", "input_micro"), 10**18 + 1, "must be a whole number"),
        (("prices", "of", "b", "place_pico"), None, "must be a whole number"),
        (("prices", "of", "b", "input_micro"), 1, "`prices.of.b.input_micro` is not a setting"),
        (("prices", "of", "c"), {}, "`prices.of.c` is not a setting"),
        (("routing", "extra"), 1, "`routing.extra` is not a setting"),
        (("fields", "beta"), {}, "`fields.beta` is not a setting"),
        (("fields", "alpha", "utility_weights", "efficacy"), 0.9, "sum to 1.4"),
        (("fields", "alpha"), 7, "must be an object"),
        (("logging", "level"), "loud", "one of debug"),
        (("cors", "origins"), ["*"], "cannot go with"),
        (("cors", "origins"), ["null"], "cannot hold"),
        (("cors", "credentials"), "yes", "true or false"),
    ],
)
def test_a_wrong_value_is_refused_by_name(path: tuple[str, ...], value: object, told: str) -> None:
    data = json.loads(json.dumps(to_data(SETTINGS)))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(SettingsRefused, match=told) as refused:
        read(data)
    assert refused.value.apply == "mend"


def test_a_place_that_costs_thousands_an_hour_is_a_price_in_a_currency_of_small_units() -> None:
    data = json.loads(json.dumps(to_data(SETTINGS)))
    data["prices"]["of"]["b"] = {"hour_micro": 60_000 * 10**6, "place_pico": 60_000 * 10**12}
    assert read(data).prices.of["b"] == PlacePrice(60_000 * 10**6, 60_000 * 10**12)


def test_a_number_that_is_refused_is_not_compared_with_others() -> None:
    data = json.loads(json.dumps(to_data(SETTINGS)))
    data["routing"]["single_threshold"] = 7
    with pytest.raises(SettingsRefused) as refused:
        read(data)
    assert refused.value.faults == ("`routing.single_threshold` must be a number from 0 to 1",)


@pytest.mark.parametrize("data", [None, [], 7, "x", {}])
def test_what_is_no_settings_at_all_is_refused(data: object) -> None:
    with pytest.raises(SettingsRefused):
        read(data)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsRefused) as refused:
        read({"structure": "s"})
    assert len(refused.value.faults) >= 6


WELFARE = WelfareSettings(prior=0.65, prior_weight=10, margin=0.005, least_welfare=0.5)


def test_the_mode_vcg_has_settings_of_its_own() -> None:
    settings = replace(SETTINGS, welfare=WELFARE)
    assert read(to_data(settings), arbiter="vcg") == settings
    with pytest.raises(SettingsRefused, match=r"`arbiter\.vcg` is not a setting"):
        read(to_data(settings))
    with pytest.raises(SettingsRefused, match=r"`arbiter\.vcg` is missing"):
        read(to_data(SETTINGS), arbiter="vcg")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("sample_ratio", 1.5, "a number from 0 to 1"),
        ("max_per_s", 0, "a number from 1 to 10000"),
        ("trust_caller", 1, "true or false"),
        ("more", 1, "is not a setting"),
    ],
)
def test_a_router_that_records_has_settings_for_it_and_another_has_none(key: str, value: object, told: str) -> None:
    tracing = TracingSettings(0.01, 50, trust_caller=True)
    data = to_data(replace(SETTINGS, tracing=tracing))
    assert read(data, tracing=True).tracing == tracing
    with pytest.raises(SettingsRefused, match="`tracing` is not a setting"):
        read(data)
    data["tracing"][key] = value
    with pytest.raises(SettingsRefused, match=told):
        read(data, tracing=True)
