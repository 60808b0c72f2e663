"""Which change of a config causes which difference of the plans: found by planning again with each change alone.

Where a change alone gives no plan, the newer config is planned without it instead.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from aua_compile.config.edits import Edit, edits
from aua_compile.config.resolve import Resolved
from aua_compile.config.rules import check_config
from aua_compile.config.tree import LAYERS, LayerName, Origin
from aua_compile.frozen import dataclass
from aua_compile.lock.model import as_entries, is_pin, pins_of
from aua_compile.plan.build import plan
from aua_compile.plan.changes import Diff, diff, within
from aua_compile.plan.model import Plan

MOST = 60
"""So many changes of a config are planned alone, about 30 ms each; those of a preset count as one."""

Via = Literal["direct", "preset", "tier", "lock", "file"]


@dataclass(frozen=True, slots=True)
class Cause:
    """A change of the config: its path, both values as written, and who said them (None: the built-in default, or nobody).

    `via` is direct where the user's own files or the command line say either value; else the preset, the tier, the lock or the text file
    that does. Of a tier each fact is one (`tier.host_ram_gib`), of a lock each commit or image (`images/vllm`).
    """

    path: str
    before: Any
    after: Any
    said_before: Origin | None
    said_after: Origin | None
    via: Via = "direct"


@dataclass(frozen=True, slots=True)
class _Step:
    """What is changed alone: one cause, and the change of the whole project that it is, there and back."""

    cause: Cause
    forward: Callable[[Resolved], Resolved]
    back: Callable[[Resolved], Resolved]


def causes(before: Resolved, after: Resolved, found: Diff) -> Mapping[str, tuple[Cause, ...]]:
    """Path of a difference -> the changes of the config that cause it; what no change causes alone has all of them."""
    steps = list(_steps(before, after))
    paths = [change.path for change in (*found.changes, *found.told)]
    if not steps or not paths:
        return {}
    if len(steps) == 1 or len(steps) > MOST:
        return dict.fromkeys(paths, tuple(step.cause for step in steps))
    renamed = {within(change.path.rpartition(".")[0], change.before): change.path for change in found.changes if change.kind == "renamed"}
    reached = [
        (together, {_renamed(path, renamed) for path in paths_of}) for together, paths_of in _alone_or_together(steps, before, after)
    ]
    everything = tuple(step.cause for step in steps)
    return {path: tuple(cause for several, ways in reached if path in ways for cause in several) or everything for path in paths}


def _alone_or_together(steps: Sequence[_Step], before: Resolved, after: Resolved) -> Iterator[tuple[tuple[Cause, ...], frozenset[str]]]:
    """What differs because of each change; those that give no plan alone, such as a name and what refers to it, are made together."""
    old, new = _planned(before), _planned(after)
    coupled = []
    for step in steps:
        reached = _reached((step,), before, after, old, new)
        if reached is None:
            coupled.append(step)
        else:
            yield (step.cause,), reached
    if coupled:
        yield tuple(step.cause for step in coupled), _reached(coupled, before, after, old, new) or frozenset()


def _renamed(path: str, renamed: Mapping[str, str]) -> str:
    """A path as it is where parts have their new names."""
    for old, new in renamed.items():
        if path == old or path.startswith(f"{old}."):
            return new + path[len(old) :]
    return path


def _reached(steps: Sequence[_Step], before: Resolved, after: Resolved, old: Plan | None, new: Plan | None) -> frozenset[str] | None:
    """The paths of what differs because of these changes; None where neither making nor leaving them alone gives a plan."""
    made, left = before, after
    for step in steps:
        made = step.forward(made)
    if old is not None and (alone := _planned(made)) is not None:
        return _paths(diff(old, alone))
    for step in steps:
        left = step.back(left)
    if new is not None and (without := _planned(left)) is not None:
        return _paths(diff(without, new))
    return None


def _paths(found: Diff) -> frozenset[str]:
    return frozenset(change.path for change in (*found.changes, *found.told))


def _planned(resolved: Resolved) -> Plan | None:
    checked = check_config(resolved).then(lambda sound: plan(sound, sound.catalog))
    return None if checked.value is None else checked.value.plan


def _steps(before: Resolved, after: Resolved) -> Iterator[_Step]:
    """The changes that can be made alone: the preset's as one, each value that somebody said, facts of the tier, texts, what is locked."""
    forth, back = _grouped(before, after), _grouped(after, before)
    for path, found in forth.items():
        first = found[0]
        cause = Cause(path, first.before, first.after, _said(before, first.former), _said(after, path), _via(first, before, after))
        yield _Step(cause, _making(found, after), _making(back.get(first.former, ()), before))
    for fact in edits(before.tier, after.tier):
        cause = Cause(f"tier.{fact.path}", fact.before, fact.after, _told(before, fact.former), _told(after, fact.path), "tier")
        yield _Step(cause, _equipping(fact.path, after), _equipping(fact.path, before))
    for name in sorted(before.bundle.texts.keys() & after.bundle.texts.keys()):
        was, now = before.bundle.texts[name], after.bundle.texts[name]
        if was != now:
            yield _Step(Cause(name, was, now, None, None, "file"), _reading(name, now), _reading(name, was))
    for entry in sorted(filter(is_pin, _locked(before).keys() | _locked(after).keys())):
        held, holds = _locked(before).get(entry), _locked(after).get(entry)
        if held != holds:
            cause = Cause(entry, held, holds, _held(before, entry), _held(after, entry), "lock")
            yield _Step(cause, _pinning(entry, holds), _pinning(entry, held))


def _grouped(before: Resolved, after: Resolved) -> Mapping[str, Sequence[Edit]]:
    """The edits by the path of what causes them: `tier`, `preset`, or their own."""
    found: dict[str, list[Edit]] = {}
    for edit in edits(before.config, after.config):
        head = edit.path if edit.path in {"tier", "preset"} else _head(edit, before, after)
        found.setdefault(head, []).insert(0 if edit.path == head else len(found.get(head, ())), edit)
    return found


def _head(edit: Edit, before: Resolved, after: Resolved) -> str:
    """What causes an edit: itself where somebody said either value; else the preset or the tier where that was changed."""
    if any(LAYERS.index(layer) > LAYERS.index("preset") for layer in _layers(edit, before, after)):
        return edit.path
    if before.config.preset != after.config.preset and edit.path != "targets":
        return "preset"
    return "tier" if before.config.tier != after.config.tier else edit.path


def _via(edit: Edit, before: Resolved, after: Resolved) -> Via:
    match edit.path:
        case "preset" | "tier":
            return edit.path
    return "preset" if _layers(edit, before, after) == {"preset"} else "direct"


def _layers(edit: Edit, before: Resolved, after: Resolved) -> set[LayerName]:
    return {origin.layer for origin in (_said(before, edit.former), _said(after, edit.path)) if origin is not None}


def _said(resolved: Resolved, path: str) -> Origin | None:
    chain = resolved.origins.get(path)
    return chain[0] if chain else None


def _making(found: Sequence[Edit], target: Resolved) -> Callable[[Resolved], Resolved]:
    """The edits on a project; with texts that are named now go these."""

    def made(resolved: Resolved) -> Resolved:
        config = resolved.config
        for edit in found:
            config = edit.make(config)
        texts = {**target.bundle.texts, **resolved.bundle.texts}
        return replace(resolved, config=config, bundle=replace(resolved.bundle, texts=texts))

    return made


def _reading(name: str, text: str) -> Callable[[Resolved], Resolved]:
    return lambda resolved: replace(resolved, bundle=replace(resolved.bundle, texts={**resolved.bundle.texts, name: text}))


def _told(resolved: Resolved, path: str) -> Origin | None:
    """Where the tier's file says a fact."""
    document, key = resolved.bundle.tier_document, path.partition(".")[0]
    entries = document.root.entries if document is not None else ()
    return next((Origin("tier", entry.value.span, path, "") for entry in entries if entry.key == key), None)


def _equipping(path: str, target: Resolved) -> Callable[[Resolved], Resolved]:
    """The fact of another project's tier on a project."""

    def made(resolved: Resolved) -> Resolved:
        tier = resolved.tier
        for fact in edits(tier, target.tier):
            tier = fact.make(tier) if fact.path == path else tier
        return replace(resolved, tier=tier)

    return made


def _locked(resolved: Resolved) -> Mapping[str, str]:
    return resolved.bundle.lock.entries if resolved.bundle.lock is not None else {}


def _held(resolved: Resolved, entry: str) -> Origin | None:
    """Where the lock says an entry."""
    span = resolved.bundle.lock.places.get(entry) if resolved.bundle.lock is not None else None
    return None if span is None else Origin("project", span, entry, "")


def _pinning(entry: str, value: str | None) -> Callable[[Resolved], Resolved]:
    """One commit or image of a lock on a project, or without it."""

    def made(resolved: Resolved) -> Resolved:
        others = {name: held for name, held in as_entries(resolved.catalog.pins).items() if name != entry}
        return replace(resolved, catalog=resolved.catalog.pinned(pins_of({**others, **({} if value is None else {entry: value})})))

    return made
