"""Findings as they are shown: aligned, bounded, escaped, and in the forms that machines read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from aua_compile.cli.report import MOST_TOLD, WIDEST_LINE, render
from aua_compile.diagnostic import Diagnostic, Fix, Related, Remedy, Setting
from aua_compile.source import Source
from aua_compile.span import Span
from tests.cli.sarif import faults

FORMS = sorted(MOST_TOLD)


def source(text: str, name: str = "a.yaml") -> dict[str, Source]:
    return {name: Source(name, text)}


def finding(span: Span | None = None, message: str = "It is wrong.", **others: Any) -> Diagnostic:
    return Diagnostic("AUA0201", "error", message, span, **others)


def machine(form: str, *findings: Diagnostic) -> Any:
    return json.loads(render(findings, source("port: 8000\n"), form))


def test_a_finding_is_shown_with_its_line_and_what_to_do() -> None:
    shown = render(
        [
            finding(
                Span("a.yaml", 2, 7, 2, 13),
                "`port` takes a number, not text.",
                path="port",
                help="Remove the quotes.",
                related=(Related("also named here", Span("a.yaml", 1, 1, 1, 5)),),
                fix=Fix(Span("a.yaml", 2, 7, 2, 13), "8001"),
            ),
            Diagnostic("AUA0225", "warning", "No tier is chosen."),
        ],
        source('host: a\nport: "8001"\n'),
    )
    assert shown == (
        "a.yaml:2:7: error[AUA0201]: `port` takes a number, not text.\n"
        '    2 | port: "8001"\n'
        "      |       ^^^^^^\n"
        "  a.yaml:1:1: also named here\n"
        "    1 | host: a\n"
        "      | ----\n"
        "  help: Remove the quotes.\n"
        "  fix: write 8001\n"
        "\n"
        "warning[AUA0225]: No tier is chosen.\n"
        "\n"
        "1 error, 1 warning.\n"
    )


@pytest.mark.parametrize("width", [40, 80])
def test_marks_stay_below_what_they_mark_on_a_narrow_terminal(width: int) -> None:
    line = "model: [" + "qwen-32b-awq, " * 8 + "wrong, " + "qwen-7b, " * 8 + "]"
    at = line.index("wrong")
    shown = render([finding(Span("a.yaml", 1, at + 1, 1, at + 6))], source(line), width=width)
    _, excerpt, marks, *_ = shown.splitlines()
    assert max(len(excerpt), len(marks)) <= width
    assert excerpt[marks.index("^") : marks.rindex("^") + 1] == "wrong"


def test_a_diff_stands_below_its_finding_in_colours_and_without_secrets() -> None:
    secret = "hf_" + "0123456789abcdefABCDEF"
    changed = finding(Span.of_file("deploy/a.yaml"), diff=f"@@ -1,2 +1,2 @@\n a: 1\n-b: \x1b[2J\n+token: {secret}")
    shown = render([changed], {})
    assert "    @@ -1,2 +1,2 @@\n     a: 1\n    -b: \\x1b[2J\n    +[withheld]\n" in shown
    assert "\x1b[32m+[withheld]\x1b[0m" in render([changed], {}, colour=True)
    assert machine("json", changed)["diagnostics"][0]["diff"].endswith("+[withheld]")
    assert machine("sarif", changed)["runs"][0]["results"][0]["message"]["text"].endswith("+[withheld]")
    assert render([changed], {}, "github").endswith("%0A+[withheld]\n")


def test_a_path_that_the_message_does_not_say_is_added() -> None:
    assert "  at: routing.max_fanout\n" in render([finding(path="routing.max_fanout")], {})


@pytest.mark.parametrize(
    ("line", "start", "end", "marks"),
    [
        ("name: '漢字' # x", 7, 11, "      ^^^^^^"),
        ("{a: '漢字', b: no}", 15, 17, "                ^^"),
        ("a: e\u0301e\u0301 x", 9, 10, "      ^"),
        ("\ta: 1", 5, 6, "       ^"),
        ("a: \u200bb", 5, 6, "         ^"),
        ("a:", 3, 3, "  ^"),
    ],
)
def test_marks_stand_below_what_they_mark(line: str, start: int, end: int, marks: str) -> None:
    shown = render([finding(Span("a.yaml", 1, start, 1, end))], source(line)).splitlines()
    assert shown[2].removeprefix("      | ") == marks


def test_a_long_line_is_cut_around_what_is_marked() -> None:
    line = "a: [" + "1, " * 500 + "here" + ", 1" * 500 + "]"
    at = line.index("here") + 1
    _, shown, marks, *_ = render([finding(Span("a.yaml", 1, at, 1, at + 4))], source(line)).splitlines()
    assert len(shown) <= WIDEST_LINE + 10
    assert shown[marks.index("^") : marks.rindex("^") + 1] == "here"


def test_a_span_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    shown = render([finding(Span("a.yaml", 1, 4, 2, 3))], source("a: [1,\n  2]\n"))
    assert "    1 | a: [1,\n      |    ^^^\n" in shown


def test_a_file_that_was_not_read_has_a_name_and_no_line() -> None:
    assert render([finding(Span.of_file("--tier"))], {}).startswith("--tier: error[AUA0201]: It is wrong.\n\n")
    assert render([finding(Span("--set a.b", 1, 8, 1, 9))], {}).startswith("--set a.b: error[AUA0201]: It is wrong.\n\n")
    assert render([finding(Span("a.yaml", 2, 4, 2, 5))], {}).startswith("a.yaml:2:4: error[AUA0201]: It is wrong.\n\n")


def test_a_secret_and_its_line_are_never_shown() -> None:
    secret = "hf_" + "0123456789abcdefABCDEF"
    text = f"a: {secret}\npassword: hunter2\nb: 1\n"
    findings = [
        finding(Span("a.yaml", 2, 11, 2, 18), secret=True, related=(Related("here", Span("a.yaml", 3, 1, 3, 2)),)),
        finding(
            Span("a.yaml", 1, 1, 1, 2),
            f"`{secret}` is wrong.",
            path=secret,
            help=secret,
            fix=Fix(Span("a.yaml", 1, 1, 1, 2), secret),
            related=(Related(secret, Span("a.yaml", 2, 1, 2, 2)),),
        ),
    ]
    for form in FORMS:
        shown = render(findings, source(text), form)
        assert secret not in shown
        assert "hunter2" not in shown
    assert render(findings, source(text)).count("[withheld]") >= 4


def test_what_cannot_be_seen_is_escaped() -> None:
    for form in FORMS:
        shown = render(
            [finding(Span("\u202ea\x1b.yaml", 1, 1, 1, 1), "x\x1b[2J\u202e\x07\ud800")], source("\x1b[2J", "\u202ea\x1b.yaml"), form
        )
        assert not {"\x1b", "\u202e", "\x07", "\ud800"} & set(shown)


@pytest.mark.parametrize("form", FORMS)
def test_the_output_has_a_bound(form: str) -> None:
    many = [finding(Span("a.yaml", 1, 1, 1, 2), f"{number} {'long ' * 10_000}", help="x" * 10_000) for number in range(5000)]
    shown = render(many, source("a: " + "b" * 100_000), form)
    assert len(shown) < 4 * MOST_TOLD[form] * 2500


def test_findings_beyond_the_bound_are_counted() -> None:
    many = [finding(message=str(number)) for number in range(MOST_TOLD["text"] + 3)]
    assert render(many, {}).endswith("\n… and 3 more.\n53 errors.\n")
    assert "::notice title=aua::3 more findings are not shown.\n" in render(many, {}, "github")


def test_warnings_do_not_crowd_out_an_error() -> None:
    warnings = [Diagnostic("AUA0260", "warning", str(number)) for number in range(MOST_TOLD["text"])]
    assert render([*warnings, finding()], {}).startswith("error[AUA0201]: It is wrong.\n")


def test_the_same_finding_is_told_once() -> None:
    assert render([finding(), finding()], {}).endswith("\n1 error.\n")


def test_colours_are_added_only_when_asked_for() -> None:
    marked = finding(Span("a.yaml", 1, 1, 1, 2))
    assert "\x1b" not in render([marked], source("a: 1"))
    painted = render([marked], source("a: 1"), colour=True)
    assert "\x1b[1;31merror[AUA0201]\x1b[0m" in painted


def test_json_holds_everything_as_data() -> None:
    at = {"file": "a.yaml", "line": 1, "column": 7, "end_line": 1, "end_column": 11}
    span = Span("a.yaml", 1, 7, 1, 11)
    remedy = Remedy("costs little", ("--set", "port=1"), (Setting("port", "1"),))
    assert machine(
        "json", finding(span, path="port", help="Do.", related=(Related("here", span),), fix=Fix(span, "1"), fixes=(remedy,))
    ) == {
        "schema_version": "1.0",
        "errors": 1,
        "warnings": 0,
        "omitted": 0,
        "diagnostics": [
            {
                "code": "AUA0201",
                "severity": "error",
                "message": "It is wrong.",
                "path": "port",
                "help": "Do.",
                "span": at,
                "related": [{"message": "here", "span": at}],
                "fix": {"span": at, "text": "1"},
                "diff": "",
                "fixes": [
                    {"words": "costs little", "arguments": ["--set", "port=1"], "settings": [{"path": "port", "value": "1"}]},
                ],
            }
        ],
    }


def test_json_follows_its_schema() -> None:
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "diagnostics.json").read_text(encoding="utf-8"))
    span = Span("a.yaml", 1, 7, 1, 11)
    full = finding(span, path="port", help="Do.", related=(Related("here", span),), fix=Fix(span, "1"))
    judge = Draft202012Validator(schema)
    judge.validate(machine("json", full, finding()))
    judge.validate(machine("json"))
    assert not judge.is_valid({**machine("json"), "more": 1})


def test_json_without_findings_is_an_empty_report() -> None:
    assert machine("json") == {"schema_version": "1.0", "errors": 0, "warnings": 0, "omitted": 0, "diagnostics": []}
    assert render([], {}) == ""


def test_sarif_describes_each_rule_and_places_each_result() -> None:
    log = machine("sarif", finding(Span("dir/ä b.yaml", 1, 7, 1, 11), path="port"), finding(Span.of_file("--tier")), finding())
    assert (log["version"], list(log["runs"][0])) == ("2.1.0", ["tool", "columnKind", "results"])
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert rule["id"] == "AUA0201"
    assert rule["shortDescription"]["text"]
    assert "**Instead.**" in rule["help"]["markdown"]
    placed, of_option, without_span = log["runs"][0]["results"]
    assert (placed["ruleId"], placed["ruleIndex"], placed["level"]) == ("AUA0201", 0, "error")
    assert placed["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "dir/%C3%A4%20b.yaml"},
                "region": {"startLine": 1, "startColumn": 7, "endLine": 1, "endColumn": 11},
            },
            "logicalLocations": [{"fullyQualifiedName": "port"}],
        }
    ]
    assert "locations" not in of_option
    assert "locations" not in without_span
    assert len({result["partialFingerprints"]["finding/v1"] for result in (placed, of_option, without_span)}) == 3


def test_github_commands_are_escaped() -> None:
    shown = render([finding(Span("a,b:c.yaml", 1, 7, 1, 11), "100 %\nof it", help="Do.")], {}, "github")
    assert shown == "::error title=AUA0201,file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=7,endColumn=10::100 %25%0Aof it%0ADo.\n"


def test_gitlab_findings_have_fingerprints_that_stay_when_lines_move() -> None:
    def prints(line: int) -> list[str]:
        report = machine("gitlab", finding(Span("a.yaml", line, 1, line, 2)), finding(Span("a.yaml", line + 1, 1, line + 1, 2)))
        return [entry["fingerprint"] for entry in report]

    assert prints(1) == prints(40)
    assert len(set(prints(1))) == 2
    (entry,) = machine("gitlab", finding(Span.of_file("--tier")))
    assert (entry["location"], entry["severity"]) == ({"path": "a.yaml", "lines": {"begin": 1, "end": 1}}, "major")


PLACES = st.builds(Span, st.just("a.yaml"), *(st.integers(1, 5) for _ in range(4)))
FINDINGS = st.builds(
    Diagnostic,
    st.just("AUA0201"),
    st.sampled_from(["error", "warning"]),
    st.text(),
    st.none() | PLACES,
    st.text(),
    st.text(),
    st.lists(st.builds(Related, st.text(), PLACES), max_size=3).map(tuple),
    st.none() | st.builds(Fix, PLACES, st.text()),
)


@given(st.lists(FINDINGS, max_size=5), st.text(), st.sampled_from(FORMS))
def test_any_finding_about_any_text_can_be_shown(findings: list[Diagnostic], text: str, form: str) -> None:
    shown = render(findings, source(text), form)
    shown.encode()
    if form in {"json", "sarif", "gitlab"}:
        said = json.loads(shown)
        assert form != "sarif" or [fault for fault in faults(said) if "ends before" not in fault] == []  # these spans are drawn
    elif form == "github":
        assert len(shown.splitlines()) == len(set(findings))
