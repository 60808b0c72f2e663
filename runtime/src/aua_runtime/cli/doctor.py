"""`doctor`: whether a compiled deployment can run here."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from aua_runtime.doctor import examined
from aua_runtime.doctor.subject import Finding, Level, NoRouterError, patient_in
from aua_runtime.looks import working

_MARKS: Mapping[Level, str] = {"ok": "ok     ", "skipped": "skipped", "warning": "warning", "error": "ERROR  "}


def show_findings(folder: str, *, strict: bool, as_json: bool) -> int:
    """Print what was found; 1 when there is an error, or with `strict` a warning; 2 when there is no router in the folder."""
    try:
        patient = patient_in(Path(folder), os.environ)
    except NoRouterError as error:
        print(error, file=sys.stderr)
        return 2
    with working("looking at this machine and asking model servers", shows=not as_json):
        found = examined(patient)
    wrong = {"error", "warning"} if strict else {"error"}
    ok = not any(finding.level in wrong for finding in found)
    if as_json:
        print(orjson.dumps(examination(patient.name, patient.plan["digests"]["plan"], found, ok=ok), option=orjson.OPT_INDENT_2).decode())
    else:
        _print(patient.name, found, ok=ok)
    return 0 if ok else 1


@dataclass(frozen=True, slots=True)
class Examination:
    """What `--json` prints; keys are only ever added. `plan` is its digest, `counts` how many findings there are of each level."""

    deployment: str
    plan: str
    ok: bool
    counts: Mapping[Level, int]
    findings: tuple[Finding, ...]


def examination(deployment: str, plan: str, found: tuple[Finding, ...], *, ok: bool) -> Examination:
    """What was found, counted."""
    return Examination(deployment, plan, ok, {level: sum(one.level == level for one in found) for level in _MARKS}, found)


def _print(deployment: str, found: tuple[Finding, ...], *, ok: bool) -> None:
    check = ""
    for one in found:
        if one.check != check:
            check = one.check
            print(check)
        print(f"  {_MARKS[one.level]} {one.subject}: {one.message}")
    errors, warnings = (sum(one.level == level for one in found) for level in ("error", "warning"))
    print(f"{deployment}: {'can run here' if ok else 'is not ready to run here'}; {errors} errors, {warnings} warnings.")
