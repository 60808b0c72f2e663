"""Which plan fields reach which target: found by changing each field of example plans and looking at what a target then emits."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any, Literal, get_args, get_origin, get_type_hints

from aua_compile.plan.model import Plan
from aua_compile.plan.support import APPROXIMATED, UNSUPPORTED
from aua_compile.shipped import runtime_sources
from aua_compile.targets import TARGETS, router
from tests.targets import plans
from tests.tools import ROOT

DIGEST = re.compile(r'"?\b[0-9a-f]{64}\b"?')
"""Digests of the plan stand in the router; that they change says nothing of what is emitted, nor do copies of `plan.json`.
YAML quotes one that begins with a digit."""

COPIES = ("plan.json", *(f"/aua_runtime/{path}" for path, _ in runtime_sources()))
"""How files end that are copies: of the plan itself, and of the runtime, which no plan changes and which is 2 MB to look through."""

MOST_ENTRIES = 2  # of a list: entries are alike

EXAMPLES = (plans.collected(), plans.everything(), plans.external_only())


def leaves(kind: type, prefix: str = "") -> Iterator[str]:
    """The paths of all values of a plan type; `[]` stands for the entries of a list."""
    for name, hint in get_type_hints(kind).items():
        if name not in {field.name for field in fields(kind)}:
            continue
        inner = next((part for part in (hint, *get_args(hint)) if is_dataclass(part)), None)
        many = "[]" if get_origin(hint) is tuple else ""
        if isinstance(inner, type):
            yield from leaves(inner, f"{prefix}{name}{many}.")
        else:
            yield prefix + name


router.runtime_sources = cache(runtime_sources)  # type: ignore[attr-defined]  # read once, not for each of some thousand routers


@cache
def reached(target: str) -> frozenset[str]:
    """The fields that change what a target emits, in at least one example."""
    emit = import_module(TARGETS[target]).emit
    found: set[str] = set()
    for plan in EXAMPLES:
        before = _emitted(emit, plan)
        for path in leaves(Plan):
            if path not in found and any(_emitted(emit, changed) != before for changed in changed_at(plan, path.split("."), Plan)):
                found.add(path)
    return frozenset(found)


def _emitted(emit: Any, plan: Plan) -> Any:
    try:
        return [(artifact.path, DIGEST.sub("", artifact.text)) for artifact in emit(plan) if not artifact.path.endswith(COPIES)]
    except Exception as refusal:  # noqa: BLE001 - a target that stops at a value has read it
        return type(refusal)


def changed_at(value: Any, steps: list[str], kind: Any) -> Iterator[Any]:
    """`value` with other values at a path, one at a time."""
    step, rest = steps[0], steps[1:]
    name = step.removesuffix("[]")
    held = getattr(value, name)
    hint = get_type_hints(kind)[name]
    if not rest:
        yield from (replace(value, **{name: other}) for other in others(held, hint))
        return
    inner = next(part for part in (hint, *get_args(hint)) if is_dataclass(part))
    if held is None:
        return
    if step.endswith("[]"):
        for index, item in enumerate(held[:MOST_ENTRIES]):
            yield from (replace(value, **{name: (*held[:index], other, *held[index + 1 :])}) for other in changed_at(item, rest, inner))
    else:
        yield from (replace(value, **{name: other}) for other in changed_at(held, rest, inner))


def others(held: Any, hint: Any) -> Iterator[Any]:
    """Other values of the same type."""
    choices = [choice for part in (hint, *get_args(hint)) if get_origin(part) is Literal for choice in get_args(part)]
    if choices:
        yield from (choice for choice in choices if choice != held)
    elif isinstance(held, bool):
        yield not held
    elif isinstance(held, int):
        yield held + 1
    elif isinstance(held, float):
        yield held * 0.5 + 0.25
        yield held + 1.0
    elif isinstance(held, str):
        yield f"{held}x"
    elif isinstance(held, Mapping):
        yield {**held, "EXTRA": "1"}
    elif isinstance(held, tuple):
        yield held[:-1] if held else ((7,) if int in get_args(hint) else ("extra",))
    elif float in get_args(hint):
        yield 3.0
    elif str in get_args(hint):
        yield "EXTRA"


def page() -> str:
    """docs/targets.md."""
    found = {target: reached(target) for target in TARGETS}
    rows = [f"| `{path}` | {' | '.join(_cell(target, path, found[target]) for target in TARGETS)} |" for path in leaves(Plan)]
    notes = [
        f"- `{target}`, `{path}`: {why}."
        for table in (UNSUPPORTED, APPROXIMATED)
        for target, fields in table.items()
        for path, why in fields.items()
    ]
    head = f"| plan field | {' | '.join(f'`{target}`' for target in TARGETS)} |"
    return PAGE.format(table="\n".join([head, "|---" * (len(TARGETS) + 1) + "|", *rows]), notes="\n".join(notes))


def _cell(target: str, path: str, found: frozenset[str]) -> str:
    if path in UNSUPPORTED.get(target, {}):
        return "unsupported"
    if path in APPROXIMATED.get(target, {}):
        return "approximated"
    return "emitted" if path in found else ""


PAGE = """# Targets and plan fields

Which field of the plan reaches which target, found by changing each field of example plans and comparing what is emitted; `plan.json` holds
them all. `python -m tests.targets.reach` writes this page. An empty cell: the field does not concern the target, or reaches it through
another field that was decided from it.

{table}

Unsupported and approximated:

{notes}
"""


def main() -> None:
    (ROOT / "docs" / "targets.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
