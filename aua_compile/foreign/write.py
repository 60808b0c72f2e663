"""A draft as the text of a config: every note a comment above what it is about, the rest of them at the end."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from textwrap import wrap
from typing import Any

from aua_compile.foreign.making import Draft, Outcome
from aua_compile.render import comment, to_yaml

WIDTH = 120
LISTED = 8


def text_of(draft: Draft, made_from: str) -> str:
    """The config. `made_from` is the name of the file that it was made of."""
    head = (
        f"Imported from {comment(made_from)}, a config of the public package adaptive-utility-agent. Comments say what was different there."
    )
    lines = [*_comment(head, ""), *_mapping(draft.config, "", "", draft.notes), *_left(draft)]
    return "\n".join(lines) + "\n"


def _left(draft: Draft) -> Iterator[str]:
    """What has no place in the new config, together where the same is to be said."""
    left = [outcome for outcome in draft.outcomes if not outcome.here and outcome.note]
    if not left:
        return
    yield ""
    yield "# Not taken over:"
    for note, group in groupby(sorted(left, key=_note), _note):
        paths = [f"`{outcome.path}`" for outcome in group]
        more = f" and {len(paths) - LISTED} more" if len(paths) > LISTED else ""
        first, *others = wrap(comment(f"{', '.join(paths[:LISTED])}{more}: {note}"), WIDTH - 4) or [""]
        yield f"# - {first}"
        yield from (f"#   {line}" for line in others)


def _note(outcome: Outcome) -> str:
    return outcome.note


def _mapping(data: Mapping[str, Any], path: str, pad: str, notes: Mapping[str, tuple[str, ...]], lead: str = "") -> Iterator[str]:
    """Lines of a mapping; `lead` begins the first one, behind its comments."""
    for key, value in data.items():
        here = f"{path}.{key}" if path else key
        for note in notes.get(here, ()):
            yield from _comment(note, pad)
        start, lead = (lead or pad), ""
        name = to_yaml({key: 0}).removesuffix(" 0\n")
        if isinstance(value, Mapping) and value:
            yield f"{start}{name}"
            yield from _mapping(value, here, f"{pad}  ", notes)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{start}{name}"
            yield from _entries(value, here, f"{pad}  ", notes)
        else:
            yield f"{start}{name} {_inline(value)}"


def _entries(items: list[Any], path: str, pad: str, notes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for item in items:
        here = f"{path}.{item['name']}"
        for note in (*notes.get(here, ()), *notes.get(f"{here}.name", ())):
            yield from _comment(note, pad)
        rest = {place: told for place, told in notes.items() if place != f"{here}.name"}
        yield from _mapping(item, here, f"{pad}  ", rest, f"{pad}- ")


def _comment(note: str, pad: str) -> list[str]:
    return [f"{pad}# {line}" for line in wrap(comment(note), WIDTH - len(pad) - 2)]


def _inline(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_item(item) for item in value)}]"
    return to_yaml(value).removesuffix("\n")


def _item(value: Any) -> str:
    """A scalar inside brackets, where commas and brackets end a plain one."""
    written = to_yaml(value).removesuffix("\n")
    return (
        to_yaml(f"{value},").replace(",", "")
        if isinstance(value, str) and set(written) & set(",[]{}") and written[0] not in "\"'"
        else written
    )
