"""`doctor --placement`: what a plan predicts of memory against what running engines say they took."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from aua_runtime.doctor.placement import Report, report
from aua_runtime.doctor.placement.comparison import BANDS, Instance, Term
from aua_runtime.doctor.placement.datapoint import rows
from aua_runtime.doctor.placement.sources import UnreadableError
from aua_runtime.looks import working

UNUSABLE = 2
NOTHING_MEASURED = 4


def show_placement(folder: str | None, plan_file: str | None, named: Sequence[str], *, ask: bool, as_json: bool, as_datapoint: bool) -> int:
    """Print what was predicted and measured.

    0: all within its band; 1: something is not, or an engine refused; 2: wrong words; 4: nothing could be measured.
    """
    try:
        plan = _plan(folder, plan_file)
        with working("asking engines and reading their logs", shows=not as_json):
            made = _report(plan, named, ask=ask)
    except (UnreadableError, _WrongWordsError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    if as_json:
        print(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode())
    elif as_datapoint:
        found = list(rows(plan, made))
        print("".join(found), end="")
        if not found:
            print("No vLLM engine told its weights and its KV pool.", file=sys.stderr)
            return NOTHING_MEASURED
    else:
        print("\n".join(_lines(made)))
    if not made.measured and not any(one.refused for one in made.instances):
        return NOTHING_MEASURED
    return 0 if made.ok else 1


def _report(plan: Mapping[str, Any], named: Sequence[str], *, ask: bool) -> Report:
    try:
        return report(plan, _logs(named, plan), ask=ask)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise _WrongWordsError(f"The plan is not as `aua compile` writes it: {type(error).__name__} {error}.") from None


class _WrongWordsError(Exception):
    """The command cannot be followed; the message says why."""


def _plan(folder: str | None, plan_file: str | None) -> Mapping[str, Any]:
    """The plan that is named, or the one among the artifacts."""
    if (folder is None) == (plan_file is None):
        raise _WrongWordsError("Name the folder of the artifacts, or a plan with --plan FILE.")
    places = (
        [Path(plan_file)] if plan_file is not None else [Path(folder or "") / "plan.json", *sorted(Path(folder or "").glob("*/plan.json"))]
    )
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        raise _WrongWordsError(f"There is no plan: {places[0]} does not exist.")
    try:
        plan = orjson.loads(place.read_bytes())
    except (orjson.JSONDecodeError, OSError) as error:
        raise _WrongWordsError(f"{place} is not JSON: {error}") from None
    if not isinstance(plan, dict) or not {"ledgers", "instances", "estimates", "project", "digests", "hardware"} <= plan.keys():
        raise _WrongWordsError(f"{place} is not a plan: `aua compile` writes plan.json.")
    return plan


def _logs(named: Sequence[str], plan: Mapping[str, Any]) -> dict[str, str]:
    """File by instance, of `NAME=FILE`."""
    known = [instance["name"] for instance in plan["instances"]]
    logs: dict[str, str] = {}
    for one in named:
        name, equals, file = one.partition("=")
        if not equals or not file:
            raise _WrongWordsError(f"`--log {one}`: write NAME=FILE, with - for standard input.")
        if name not in known:
            raise _WrongWordsError(f"`--log {one}`: the plan starts no `{name}`; it starts {', '.join(known) or 'nothing'}.")
        if name in logs or (file == "-" and "-" in logs.values()):
            raise _WrongWordsError(f"`--log {one}`: said twice.")
        logs[name] = file
    return logs


def _lines(made: Report) -> Iterator[str]:
    for instance in made.instances:
        yield from _instance(instance)
        yield ""
    measured = [one for one in made.devices if one.used is not None]
    if measured:
        yield f"{'in use, by nvidia-smi':24}{'predicted':>12}{'measured':>12}{'difference':>14}"
        yield from (_row(f"device {one.device}, {one.accelerator}", one.used) for one in measured if one.used is not None)
    else:
        yield "What is in use of the devices is not known: `nvidia-smi` is not here."
    yield ""
    yield _verdict(made)


def _instance(instance: Instance) -> Iterator[str]:
    where = f"device{'s' * (len(instance.devices) > 1)} {', '.join(map(str, instance.devices))}" if instance.devices else "the CPU"
    read = f"; read from {', '.join(instance.sources)}" if instance.sources else ""
    yield f"{instance.name}: {instance.engine} {instance.version or instance.planned_version} on {where}{read}"
    if instance.terms:
        yield f"{'  GiB of each device':24}{'predicted':>12}{'measured':>12}{'difference':>14}"
        yield from (_row(f"  {term.name}", term) for term in instance.terms)
    if instance.refused:
        yield f"  It did not start: {instance.refused[:300]}"
    yield from (f"  {note}" for note in instance.notes)


def _row(name: str, term: Term) -> str:
    figure = "{:12,.0f}" if term.unit == "tokens" else "{:12.2f}"
    share = "" if term.share is None else f"{term.share:+9.1%}"
    mark = "" if term.within else f"  beyond {f'{term.band:,.0f}' if term.unit == 'tokens' else f'{term.band:.2f}'}"
    difference = f"{term.difference:+14,.0f}" if term.unit == "tokens" else f"{term.difference:+14.2f}"
    return f"{name[:24]:24}{figure.format(term.predicted)}{figure.format(term.measured)}{difference}{share}{mark}"


def _verdict(made: Report) -> str:
    refused = [one.name for one in made.instances if one.refused]
    if refused:
        return f"{made.deployment}: {', '.join(refused)} did not start for want of memory."
    spilled = [one.name for one in made.instances if one.on_cpu_gib]
    if spilled:
        return f"{made.deployment}: models of {', '.join(spilled)} lie partly on the CPU."
    if not made.measured:
        return f"{made.deployment}: nothing could be measured here."
    if made.beyond:
        told = ", ".join(f"{term.name} of {name}" for name, term in made.beyond)
        return f"{made.deployment}: {len(made.beyond)} differ by more than their band: {told}."
    least, share = BANDS["extrapolated"]
    heard = sum(bool(one.terms) for one in made.instances)
    part = "everything" if heard == len(made.instances) else f"what {heard} of {len(made.instances)} engines told"
    return f"{made.deployment}: as predicted; {part} lies within its band, {least} GiB or {share:.0%} of a term, whichever is more."
