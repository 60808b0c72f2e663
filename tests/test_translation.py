"""Templates filled in by their translation read as Jinja itself fills them in."""

import importlib
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

import aua_compile.targets
from aua_compile import filling
from aua_compile.filled import TEMPLATES
from aua_compile.filling import Template
from aua_compile.plan.model import Plan
from aua_compile.shipped import shipped
from aua_compile.targets import emit
from tests.targets.plans import PLANS
from tests.translation import UntranslatableError, environment, function, template_paths


def translated(source: str) -> Template:
    made: dict[str, Template] = {}
    exec(function("a.j2", source), vars(filling), made)  # noqa: S102 - what the template means
    return made["_a"]


def filled(source: str, **values: object) -> str:
    parts: list[str] = []
    translated(source)(values, parts.append)
    return "".join(parts)


@pytest.mark.parametrize(
    "source",
    [
        "a {{ x }} b {{ none }} {{ 1.50 }} {{ flag }}\n",
        "{{ entry.name }} {{ entry.items() | length }} {{ words[0] }} {{ entry['name'] }}\n",
        "{% if flag %}yes{% elif x %}x{% else %}no{% endif %}\n",
        "{% for word in words %}\n{{ loop.index }} {{ word }}{{ ',' if not loop.last else '' }}{{ '!' if loop.first else '' }}{% endfor %}",
        "{% for word in words if word != 'b' %}{{ word }}{% endfor %}\n",
        "{% for key, value in entry.items() %}{{ key ~ '=' ~ value }} {% endfor %}{{ x }}\n",
        "{% for x in words %}{{ x }}{% endfor %}{{ x }}\n",
        "{{ words | join(', ') }} {{ words | map('upper') | join }} {{ [] | length if false else 3 }}\n".replace(
            "[] | length", "words | length"
        ),
        "{{ x or 'nothing' }} {{ none or 'nothing' }} {{ flag and x }} {{ not flag }} {{ 'a' in words }} {{ 'z' not in words }}\n",
        "{{ 1 < 2 <= 2 }} {{ call(x, 2, key=words) }} {{ people | map(attribute='name') | join(' ') }} {{ x | capitalize }}\n",
        "   {% if flag %}\n  kept\n   {% endif %}\nlast line without feed",
    ],
)
def test_what_a_template_says_is_what_jinja_makes_of_it(source: str) -> None:
    values = {
        "x": "äx {{ y }}",
        "none": None,
        "flag": True,
        "words": ("a", "b", "c"),
        "entry": {"name": "n", "size": 3},
        "people": [{"name": "one"}, {"name": "two"}],
        "call": lambda *args, **named: f"{args}{named}",
    }
    assert filled(source, **values) == environment().from_string(source).render(values)


@given(st.text())
def test_any_text_of_a_value_arrives_as_it_is(text: str) -> None:
    assert filled("[{{ x }}]", x=text) == f"[{text}]"


@given(st.lists(st.sampled_from(["{{ x }}", "a\n", "  ", "{% if x %}", "'", '"', "\\", "\r\n", "ü", "{# c #}"])).map("".join))
def test_any_text_of_a_template_arrives_as_jinja_reads_it(source: str) -> None:
    source += "{% endif %}" * source.count("{% if")
    assert filled(source, x="v") == environment().from_string(source).render(x="v")


def test_an_unknown_name_is_an_error_both_ways() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()
    with pytest.raises(KeyError):
        filled("{{ nothing }}")


@pytest.mark.parametrize(
    "source", ["{% set x = 1 %}", "{% include 'a' %}", "{{ 1 + 2 }}", "{% for x in y recursive %}{% endfor %}", "{{ [1] }}"]
)
def test_what_no_template_uses_is_refused(source: str) -> None:
    with pytest.raises(UntranslatableError):
        filled(source)


@pytest.mark.parametrize("plan", [make() for make in PLANS.values()], ids=PLANS.keys())
def test_every_artifact_is_what_jinja_would_have_written(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_jinja(name: str, /, **values: object) -> str:
        source = (shipped("templates") / name).read_text(encoding="utf-8")
        return environment().from_string(source).render(values) if name.endswith(".j2") else source

    ours = emit(plan)
    for module in pkgutil.walk_packages(aua_compile.targets.__path__, "aua_compile.targets."):
        if hasattr(target := importlib.import_module(module.name), "from_template"):
            monkeypatch.setattr(target, "from_template", by_jinja)
    assert emit(plan) == ours


def test_every_template_is_translated() -> None:
    assert sorted(TEMPLATES) == template_paths()
