"""What Prometheus makes of series: promtool evaluates the emitted rules over them and is asked which alerts fired, and when."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.week.series import Series

RULES = ("deployed", "recording", "alerts")
_GOT = re.compile(r'expr: "(?P<expr>.*?)", time.*?\n.*?\n\s*got:\s*(?P<got>.*)')
_ONE = re.compile(r"\{(?P<labels>[^}]*)\} (?P<value>[-+.\dE]+)")
_OF_A_MONTH = re.compile(r"^ +- record: \S+:left30d\n +expr: .*\n", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
FIRING = 'ALERTS{alertstate="firing"}'


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that fired: since when, until when, and how many evaluations long in all."""

    name: str
    severity: str
    labels: Mapping[str, str]
    first_s: float
    last_s: float
    times: int


def fired(series: Series, prometheus: Path, interval_s: float, scratch: Path) -> list[Fired]:
    """Every alert that fired over the whole length of the series."""
    end_s = (series.scrapes - 1) * interval_s
    over = f"[{end_s:.0f}s:{interval_s:.0f}s]"
    queries = {
        "first": f"min_over_time(timestamp({FIRING}){over})",
        "last": f"max_over_time(timestamp({FIRING}){over})",
        "times": f"count_over_time({FIRING}{over})",
    }
    files = [_copied(prometheus / f"rules/{name}.yaml", scratch.parent) for name in RULES]
    groups = [group for file in files for group in re.findall(r"^  - name: (\S+)", file.read_text(), re.MULTILINE)]
    test = {
        "rule_files": list(map(str, files)),
        "evaluation_interval": f"{interval_s:.0f}s",
        "group_eval_order": groups,
        "tests": [
            {
                "interval": f"{interval_s:.0f}s",
                "input_series": [{"series": name, "values": values} for name, values in series.written()],
                "promql_expr_test": [{"expr": query, "eval_time": f"{end_s:.0f}s", "exp_samples": []} for query in queries.values()],
            }
        ],
    }
    scratch.write_text(json.dumps(test))  # YAML enough
    done = subprocess.run(("promtool", "test", "rules", str(scratch)), capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    got = {match["expr"].replace('\\"', '"'): match["got"] for match in _GOT.finditer(told)}
    if not got and "SUCCESS" not in told:
        raise RuntimeError(told[:2000])
    found: dict[str, dict[str, float]] = {}
    for name, query in queries.items():
        for match in _ONE.finditer(got.get(query, "")):
            found.setdefault(match["labels"], {})[name] = float(match["value"])
    return sorted((_fired(labels, values) for labels, values in found.items()), key=lambda one: one.first_s)


def _copied(rules: Path, folder: Path) -> Path:
    """The rules without what a dashboard alone reads of 30 days: promtool loads 10,000 samples a query at most, which are 7 days."""
    copy = folder / rules.name
    copy.write_text(_OF_A_MONTH.sub("", rules.read_text()))
    return copy


def _fired(labels: str, values: Mapping[str, float]) -> Fired:
    told = dict(_LABEL.findall(labels))
    rest = {
        name: value for name, value in told.items() if name not in {"alertname", "alertstate", "severity", "deployment", "job", "__name__"}
    }
    return Fired(told["alertname"], told["severity"], rest, values["first"], values["last"], int(values["times"]))
