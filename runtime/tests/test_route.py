import pytest
from aua_runtime.contract.errors import Failure
from aua_runtime.contract.settings import RoutingSettings
from aua_runtime.route import Route, chosen, pinned, pins
from harness import specialist, subject

A = specialist("a", "alpha", "http://127.0.0.1:1")
B = specialist("b", "beta", "http://127.0.0.1:1")
C = specialist("c", "gamma", "http://127.0.0.1:1")
G = specialist("g", "general", "http://127.0.0.1:1")
J = specialist("judge", None, "http://127.0.0.1:1")
FIELDS = (subject("alpha", A), subject("beta", B, stream_mode="decided"), subject("gamma", C))
WITH_GENERAL = (*FIELDS, subject("general", G))
ROUTING = RoutingSettings(single_threshold=0.75, fanout_threshold=0.3, deadline_s=10)


def route(likely: dict[str, float], *, general: bool = False, max_fanout: int = 2, judge: bool = True) -> Route:
    fields = WITH_GENERAL if general else FIELDS
    return chosen(likely, fields, ROUTING, max_fanout=max_fanout, otherwise=J if judge else None, unfielded="single")


def names(route: Route) -> list[str]:
    return [specialist.name for specialist in route.specialists]


def test_a_field_at_the_single_threshold_answers_alone() -> None:
    found = route({"alpha": 0.75, "beta": 0.25, "general": 0.0})
    assert (found.mode, found.reason, names(found)) == ("single", "above_single_threshold", ["a"])


def test_a_field_whose_answers_are_decided_on_is_checked() -> None:
    assert route({"beta": 0.9, "general": 0.1}).mode == "checked"


def test_several_plausible_fields_are_compared() -> None:
    found = route({"beta": 0.5, "alpha": 0.4, "general": 0.1})
    assert (found.mode, found.reason, names(found), found.field_name) == ("fanout", "several_plausible", ["b", "a"], "beta")


def test_no_more_fields_are_compared_than_may_be() -> None:
    likely = {"alpha": 0.34, "beta": 0.33, "gamma": 0.32, "general": 0.01}
    assert names(route(likely)) == ["a", "b"]
    assert names(route(likely, max_fanout=3)) == ["a", "b", "c"]


def test_a_single_plausible_field_is_compared_with_the_generalist() -> None:
    likely = {"alpha": 0.6, "general": 0.25, "beta": 0.15}
    assert (route(likely).mode, names(route(likely))) == ("fanout", ["a", "judge"])
    assert names(route(likely, general=True)) == ["a", "g"]


def test_without_a_generalist_the_single_plausible_field_answers() -> None:
    found = route({"alpha": 0.6, "general": 0.4}, judge=False)
    assert (found.mode, found.reason, names(found)) == ("single", "one_plausible", ["a"])


def test_where_no_field_is_plausible_the_generalist_answers() -> None:
    likely = {"general": 1.0, "alpha": 0.0, "beta": 0.0}
    assert (names(route(likely)), route(likely).field) == (["judge"], None)
    assert names(route(likely, general=True)) == ["g"]
    assert names(route({"general": 0.8, "beta": 0.2}, judge=False)) == ["b"]


def test_without_fan_out_the_generalist_takes_what_is_unsure() -> None:
    assert names(route({"alpha": 0.6, "beta": 0.4}, max_fanout=1)) == ["judge"]
    assert names(route({"alpha": 0.6, "beta": 0.4}, max_fanout=1, judge=False)) == ["a"]


def test_a_specialist_that_would_be_asked_twice_is_asked_alone() -> None:
    fields = (subject("alpha", A), subject("beta", A), subject("general", A))
    found = chosen({"alpha": 0.5, "beta": 0.5}, fields, ROUTING, max_fanout=2, otherwise=None, unfielded="single")
    assert (found.mode, names(found)) == ("single", ["a"])


@pytest.mark.parametrize("model", ["aua", ""])
def test_the_routers_own_name_pins_nothing(model: str) -> None:
    assert pinned(model, pins(FIELDS, (A, B, C, J), unfielded="single")) is None


@pytest.mark.parametrize(
    ("model", "name", "mode"),
    [("a", "a", "single"), ("b", "b", "checked"), ("beta", "b", "checked"), ("alpha-alias", "a", "single"), ("judge", "judge", "single")],
)
def test_a_specialist_a_field_or_its_alias_can_be_pinned_and_is_checked_all_the_same(model: str, name: str, mode: str) -> None:
    found = pinned(model, pins(FIELDS, (A, B, C, J), unfielded="single"))
    assert found is not None
    assert (names(found), found.mode, found.probability) == ([name], mode, 1.0)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(Failure, match="no model `nobody`"):
        pinned("nobody", pins(FIELDS, (A, B, C), unfielded="single"))


def test_where_answers_are_gated_so_is_that_of_a_model_without_field() -> None:
    found = chosen({"general": 1.0, "alpha": 0.0}, FIELDS, ROUTING, max_fanout=2, otherwise=J, unfielded="checked")
    asked = pinned("judge", pins(FIELDS, (A, J), unfielded="checked"))
    assert asked is not None
    assert (found.mode, asked.mode) == ("checked", "checked")
