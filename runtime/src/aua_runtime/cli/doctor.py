"""`doctor`: whether a compiled deployment can run here."""

import os
import sys
from pathlib import Path

import orjson

from aua_runtime.doctor import examined
from aua_runtime.doctor.subject import Finding, NoRouterError, patient_in

_MARKS = {"ok": "ok     ", "skipped": "skipped", "warning": "warning", "error": "ERROR  "}


def show_findings(folder: str, *, strict: bool, as_json: bool) -> int:
    """Print what was found; 1 when there is an error, or with `strict` a warning; 2 when there is no router in the folder."""
    try:
        patient = patient_in(Path(folder), os.environ)
    except NoRouterError as error:
        print(error, file=sys.stderr)
        return 2
    found = examined(patient)
    wrong = {"error", "warning"} if strict else {"error"}
    ok = not any(finding.level in wrong for finding in found)
    if as_json:
        print(orjson.dumps(document(patient.name, patient.plan["digests"]["plan"], found, ok=ok), option=orjson.OPT_INDENT_2).decode())
    else:
        _print(patient.name, found, ok=ok)
    return 0 if ok else 1


def document(deployment: str, plan: str, found: tuple[Finding, ...], *, ok: bool) -> dict[str, object]:
    """The form of `--json`; keys are only ever added."""
    listed = [{"check": one.check, "subject": one.subject, "level": one.level, "message": one.message} for one in found]
    counts = {level: sum(one.level == level for one in found) for level in _MARKS}
    return {"deployment": deployment, "plan": plan, "ok": ok, "counts": counts, "findings": listed}


def _print(deployment: str, found: tuple[Finding, ...], *, ok: bool) -> None:
    check = ""
    for one in found:
        if one.check != check:
            check = one.check
            print(check)
        print(f"  {_MARKS[one.level]} {one.subject}: {one.message}")
    errors, warnings = (sum(one.level == level for one in found) for level in ("error", "warning"))
    print(f"{deployment}: {'can run here' if ok else 'is not ready to run here'}; {errors} errors, {warnings} warnings.")
