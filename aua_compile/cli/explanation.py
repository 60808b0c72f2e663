"""The answers of `aua explain` as text."""

import re
from collections.abc import Iterator, Sequence

from aua_compile.characters import escaped
from aua_compile.provenance.model import Decision, FieldAnswer, InProject, Input, KeyAnswer, Line, Place, Said, Use

WIDEST = 100
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
OF_COMMAND = frozenset({f"project.{field}" for field in ("config", "command", "recreate", "tier", "preset")})
MOST_FIELDS = 12
MOST_INPUTS = 12


def key_text(answer: KeyAnswer) -> Iterator[str]:
    """A key: what the language says of it, then what a config makes of it."""
    yield answer.key
    yield f"  {answer.doc}"
    yield ""
    meaning = answer.meaning
    rows = (("takes", meaning.takes), ("default", meaning.default), ("higher", meaning.higher), ("lower", meaning.lower))
    yield from (f"  {word + ':':<11}{text}" for word, text in rows if text)
    yield f"  {'change:':<11}{meaning.change}; applied by {meaning.applied_by.replace('_', ' ')}"
    if answer.here is not None:
        yield from _here(answer.here)


def _here(here: InProject) -> Iterator[str]:
    yield ""
    yield f"  {'value:':<11}{_value(here.value)}"
    for index, said in enumerate(here.origins):
        yield f"  {'set by:' if index == 0 else 'over:':<11}{_said(said)}"
    if not here.origins:
        yield f"  {'set by:':<11}the built-in default"
    if here.fields:
        more = f", and {len(here.fields) - MOST_FIELDS} more (--json)" if len(here.fields) > MOST_FIELDS else ""
        yield f"  {'decides:':<11}{', '.join(here.fields[:MOST_FIELDS])}{more}"
    yield from _uses(here.lines)


def field_text(answer: FieldAnswer) -> Iterator[str]:
    """A field of the plan: what it comes from, and its lines."""
    yield f"{answer.field}, a field of the plan"
    yield from _decision(answer.decision, "  ")
    yield from _uses(answer.lines)


def place_text(place: Place) -> Iterator[str]:
    """A line of a file on disk."""
    yield f"{place.file}:{place.number}"
    yield f"  {_cut(place.content.strip())}"
    yield ""
    if place.state == "ejected":
        yield "  The file was handed over with `aua eject`: aua does not write it any more. What it wrote there:"
    elif place.state == "edited":
        yield "  The file was edited after aua wrote it."
    elif place.state == "stale":
        yield f"  The file is not what {place.config} gives now; it was written before something changed."
    if place.line is None:
        yield f"  {place.config} gives no such line" + (", but in its place:" if place.instead else ".")
        yield from (f"    {_cut(line.strip())}" for line in place.instead[:5])
        return
    if place.line.content != place.content or place.line.line != place.number:
        yield f"  It is line {place.line.line} of what {place.config} gives."
    yield from _line(place.line)


def _line(line: Line) -> Iterator[str]:
    if not line.text and not line.presence and not line.more:
        yield f"  Fixed text of the target {line.target}: nothing in the plan changes it."
        return
    if line.target == "manifest":
        yield f"  The digest of {', '.join(line.more)}: it changes with that file."
        return
    for decision in line.text:
        yield f"  It says {decision.field} of the plan."
        yield from _decision(decision, "    ")
    if line.presence:
        yield "  It stands there because of" + (":" if line.text else " the following; its text is fixed:")
        for decision in line.presence:
            yield f"    {decision.field} = {_value(decision.value)}"
            yield from _decision(decision, "      ", shown=True)
    if line.more:
        yield f"  {'More' if line.text or line.presence else 'Parts'} of the plan that may matter: {', '.join(line.more)}."


def _decision(decision: Decision, indent: str, *, shown: bool = False) -> Iterator[str]:
    """The value and its inputs; `shown` where the value has been told."""
    if not shown:
        yield f"{indent}{'value:':<11}{_value(decision.value)}"
    if not decision.traced:
        return
    if decision.how == "constant":
        by = (
            "the command: the config's name, its tier and preset"
            if decision.field in OF_COMMAND
            else "the planner; no key and no fact changes it"
        )
        yield f"{indent}{'made by:':<11}{by}"
        return
    rest = list(decision.inputs)
    if decision.how == "taken":
        yield from _input(rest.pop(0), "taken from:", indent)
    if rest:
        yield f"{indent}{'decided by the planner from' if decision.how == 'decided' else 'also decided by'}:"
        yield from (line for each in rest[:MOST_INPUTS] for line in _input(each, "", indent + "  "))
    if len(rest) > MOST_INPUTS:
        yield f"{indent}  and {len(rest) - MOST_INPUTS} more (--json)"
    elif decision.more and decision.how == "decided":
        yield f"{indent}  and perhaps more: not every combination was tried"


def _input(each: Input, label: str, indent: str) -> Iterator[str]:
    lead = f"{label:<12}" if label else ""
    value = f" = {_value(each.value)}" if each.value is not None else ", which is absent"
    if each.file:
        where = f", {_place(each.said[0])}" if each.said else f", {each.file}, by default"
        yield f"{indent}{lead}{each.file.removesuffix('.yaml')} {each.key}{value}{where}"
        return
    yield f"{indent}{lead}{each.key}{value}" + (f", set by {_said(each.said[0])}" if each.said else ", the built-in default")
    yield from (f"{indent}  {'':<{len(lead)}}over {_said(said)}" for said in each.said[1:])


def _uses(lines: Sequence[Use]) -> Iterator[str]:
    yield ""
    if not lines:
        yield "  No line of any artifact changes with it."
        return
    told = [use for use in lines if not DIGEST.search(use.content)]
    yield f"  {len(told)} line{'' if len(told) == 1 else 's'} of artifacts change with it" + (
        f", and {len(lines) - len(told)} digests of them:" if len(told) < len(lines) else ":"
    )
    for files, uses in _alike(told):
        if len(files) == 1:
            yield from (
                f"    {files[0]}, the whole file" if not line else f"    {files[0]}:{line}: {_cut(text.strip())}" for line, text in uses
            )
        else:
            yield f"    {', '.join(files)}:"
            yield from (f"      {line}: {_cut(text.strip())}" if line else "      the whole file" for line, text in uses)


def _alike(lines: Sequence[Use]) -> list[tuple[list[str], tuple[tuple[int, str], ...]]]:
    """Files with the same lines together: plan.json lies in three places."""
    of_file: dict[str, list[tuple[int, str]]] = {}
    for use in lines:
        of_file.setdefault(use.path, []).append((use.line, use.content))
    files: dict[tuple[tuple[int, str], ...], list[str]] = {}
    for path, uses in of_file.items():
        key = tuple(uses) if uses[0][0] else ((0, path),)
        files.setdefault(key, []).append(path)
    return [(paths, uses) for uses, paths in files.items()]


def _said(said: Said) -> str:
    where = said.file if said.layer == "set" else f"{said.layer} at {_place(said)}"
    return where + (f" = {said.text}" if said.text else "")


def _place(said: Said) -> str:
    return f"{said.file}:{said.line}:{said.column}"


def _value(value: object) -> str:
    from json import dumps

    return "absent" if value is None else _cut(value if isinstance(value, str) else dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    shown = escaped(text)
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
