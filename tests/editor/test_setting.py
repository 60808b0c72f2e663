from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.diagnostic import Setting
from aua_compile.editor.position import Buffer
from aua_compile.editor.setting import applied, edits
from aua_compile.render import to_yaml
from tests.edited import documents

HEAD = 'config_version: "1.0"\nproject: {name: shop}\n'


def written(text: str, *settings: tuple[str, str]) -> str | None:
    """The text after the edits that say the settings."""
    found = edits(text, [Setting(*setting) for setting in settings])
    return None if found is None else applied(Buffer.of(text), found)


@pytest.mark.parametrize(
    ("before", "setting", "after"),
    [
        ("tier: cpu # mine\n", ("tier", "single-4090"), "tier: single-4090 # mine\n"),
        (
            "specialists:\n  - name: swe\n    context: 9 # y\n",
            ("specialists.swe.context", "8"),
            "specialists:\n  - name: swe\n    context: 8 # y\n",
        ),
        ("specialists:\n  - name: swe # me\n", ("specialists.swe.context", "8"), "specialists:\n  - name: swe # me\n    context: 8\n"),
        ("specialists: [{name: swe}]\n", ("specialists.swe.context", "8"), "specialists: [{name: swe, context: 8}]\n"),
        ("specialists: [{name: swe }]\n", ("specialists.swe.model", "[a, b]"), "specialists: [{name: swe, model: [a, b] }]\n"),
        ("specialists: [{name: swe, model: [a]}]\n", ("specialists.swe.model", "[b]"), "specialists: [{name: swe, model: [b]}]\n"),
        ("preset: coding\n", ("specialists.swe.context", "8"), "preset: coding\nspecialists: [{name: swe, context: 8}]\n"),
        ("preset: coding", ("arbiter.context", "8"), "preset: coding\narbiter: {context: 8}\n"),
        ("arbiter: {}\n", ("arbiter.context", "8"), "arbiter: {context: 8}\n"),
        ("arbiter:\n  enabled: true\n\n# end\n", ("arbiter.context", "8"), "arbiter:\n  enabled: true\n  context: 8\n\n# end\n"),
        ("arbiter: {note: '漢字 𝕏'}\n", ("arbiter.context", "8"), "arbiter: {note: '漢字 𝕏', context: 8}\n"),
    ],
)
def test_a_setting_is_written_where_it_belongs_and_all_else_stays(before: str, setting: tuple[str, str], after: str) -> None:
    assert written(HEAD + before, setting) == HEAD + after


def test_several_settings_are_written_at_once() -> None:
    text = HEAD + "tier: cpu\nspecialists: [{name: swe, context: 9}]\n"
    made = written(text, ("specialists.swe.context", "8"), ("arbiter.context", "4"))
    assert made == text.replace("9", "8") + "arbiter: {context: 4}\n"


@pytest.mark.parametrize(
    "text",
    [
        "specialists: [{name: other}]\n",
        "specialists:\n  - name: swe\n    context: >\n      9\n",
        "specialists: &a [{name: swe}]\nx: *a\n",
        "specialists: {swe: 1\n",
        "specialists\n",
        "specialists: [{name: swe, context: 9, context: 9}]\n",
    ],
)
def test_where_no_place_is_plain_to_see_there_is_no_edit(text: str) -> None:
    assert written(HEAD + text, ("specialists.swe.context", "8")) is None


@given(documents(), st.sampled_from([0, 1]), st.sampled_from(["context", "max_concurrency"]), st.integers(1, 99999))
def test_in_any_config_the_edit_says_the_setting_and_the_rest_as_before(document: Any, which: int, key: str, value: int) -> None:
    text = to_yaml(document)
    name = document["specialists"][which]["name"]
    made = written(text, (f"specialists.{name}.{key}", str(value)))
    specialists = [{**entry, key: value} if entry["name"] == name else entry for entry in document["specialists"]]
    assert made is not None
    assert set(made.splitlines()) >= set(to_yaml({**document, "specialists": specialists}).splitlines())
