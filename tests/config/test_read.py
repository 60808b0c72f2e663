import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.config.declare import Block, Duration, Kind, Number, Share, Size, walk
from aua_compile.config.model import RESERVED, Config
from aua_compile.config.read import Bytes, Fraction, read, read_value
from aua_compile.config.tree import Leaf
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import parse
from aua_compile.source import Source


def findings(text: str) -> tuple[Diagnostic, ...]:
    document = parse(Source("aua.yaml", text)).value
    assert document is not None
    return read(document, Config, "project", RESERVED).diagnostics


def only(text: str) -> Diagnostic:
    found = findings(text)
    assert len(found) == 1, found
    return found[0]


def value_of(text: str, kind: Kind) -> object:
    document = parse(Source("x", f"v: {text}")).value
    assert document is not None
    tree = read_value(document.root.entries[0].value, kind, "v", "set").value
    assert isinstance(tree, Leaf)
    return tree.value


def test_every_mistake_of_a_document_is_told_at_once() -> None:
    found = findings("routing: {single_treshold: 0.8, max_fanout: two}\napi: {port: 70000}\nprofile: prod\n")
    assert [finding.code for finding in found] == ["AUA0201", "AUA0202", "AUA0203", "AUA0204"]


@pytest.mark.parametrize(
    ("text", "code", "path", "words"),
    [
        ("routing: {single_treshold: 0.8}", "AUA0201", "routing.single_treshold", "`single_threshold`"),
        ("port: 8000", "AUA0201", "port", "`api.port`"),
        ("gpu_memory_utilization: 0.4", "AUA0201", "gpu_memory_utilization", "`memory`"),
        ("rate_limits: {per_minute: 3}", "AUA0208", "rate_limits", "Remove"),
        ("observability: {audit: {}}", "AUA0208", "observability.audit", "Remove"),
        ('api: {port: "8001"}', "AUA0202", "api.port", "Remove the quotes"),
        ("api: {port: 8001.0}", "AUA0202", "api.port", "`8001`"),
        ("routing: {single_threshold: 40}", "AUA0203", "routing.single_threshold", "`0.4`"),
        ("resilience: {timeouts: {idle: 30}}", "AUA0207", "resilience.timeouts.idle", "`30s`"),
        ("routing: {deadline_s: 30s}", "AUA0207", "routing.deadline_s", "number alone"),
        ("api: {limits: {body: 4}}", "AUA0207", "api.limits.body", "GiB"),
        ("api: {cors_credentials: 'yes'}", "AUA0202", "api.cors_credentials", "`true`"),
        ("project: {name: My Shop}", "AUA0206", "project.name", ""),
        ("project: {name: }", "AUA0209", "project.name", "remove the line"),
        ("specialists: []", "AUA0211", "specialists", ""),
        ("specialists: {name: a}", "AUA0202", "specialists", ""),
        ("targets: router", "AUA0202", "targets", "`[router]`"),
        ("profile: teem", "AUA0204", "profile", "`team`"),
        ("profile: [team]", "AUA0202", "profile", ""),
        ("deploy: {env: {lower: x}}", "AUA0206", "deploy.env.lower", ""),
        ("deploy: {env: 3}", "AUA0202", "deploy.env", ""),
        ("deploy: {env: {A: 3}}", "AUA0202", "deploy.env.A", '`"3"`'),
        ("deploy: {env: {A: }}", "AUA0209", "deploy.env.A", ""),
        ("routing: 3", "AUA0202", "routing", ""),
        ("specialists: [{name: a, field: b, model: c, memory: 40}]", "AUA0203", "specialists[0].memory", "`0.4`"),
        ("specialists: [{name: a, field: b, model: c, memory: 0GiB}]", "AUA0203", "specialists[0].memory", ""),
        ("resilience: {timeouts: {idle: 0s}}", "AUA0203", "resilience.timeouts.idle", ""),
        ("api: {limits: {body: 1TiB}}", "AUA0203", "api.limits.body", ""),
    ],
)
def test_a_mistake_is_located_and_says_what_to_do(text: str, code: str, path: str, words: str) -> None:
    finding = only(text)
    assert (finding.code, finding.path) == (code, path)
    assert finding.span is not None
    assert words in finding.help


def test_names_are_distinct_also_when_dashes_and_underscores_are_one() -> None:
    finding = only("specialists: [{name: a-b, field: x, model: m}, {name: a_b, field: x, model: m}]")
    assert finding.code == "AUA0210"
    assert finding.related[0].span.column < finding.span.column  # type: ignore[union-attr]


def test_an_optional_key_may_be_left_empty() -> None:
    assert not findings("api: {api_key_secret: }")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("30s", Duration(), 30.0),
        ("1.5 m", Duration(), 90.0),
        ("250ms", Duration(), 0.25),
        ("24GiB", Size(), 24 * 2**30),
        ("24GB", Size(), 24 * 10**9),
        ("0.5", Share(), Fraction(0.5)),
        ("10GiB", Share(), Bytes(10 * 2**30)),
        ("3", Number(), 3.0),
    ],
)
def test_amounts_are_read_in_their_units(text: str, kind: Kind, value: object) -> None:
    assert value_of(text, kind) == value


@given(
    st.dictionaries(
        st.text(string.ascii_lowercase + "_", min_size=1, max_size=12),
        st.one_of(
            st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text(string.ascii_letters, max_size=8)
        ),
        max_size=8,
    )
)
def test_no_document_makes_the_reader_raise(values: dict[str, object]) -> None:
    import json

    parsed = parse(Source("aua.yaml", json.dumps(values)))
    if parsed.value is not None:
        read(parsed.value, Config, "project", RESERVED)


LEAVES = [(path, entry) for path, entry in walk(Config) if not isinstance(entry.key.kind, Block)]


@pytest.mark.parametrize(("path", "entry"), LEAVES, ids=[path for path, _ in LEAVES])
def test_the_two_values_that_a_key_gives_are_legal(path: str, entry: object) -> None:
    from aua_compile.config.declare import Declared
    from aua_compile.render import to_yaml

    assert isinstance(entry, Declared)
    for value in entry.key.differ or ():
        document = parse(Source("x", to_yaml({"v": value}))).value
        assert document is not None
        assert not read_value(document.root.entries[0].value, entry.key.kind, path, "set").diagnostics
