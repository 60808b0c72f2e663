"""Plan against plan: what differs, what each difference is, how it is applied and by whom. Pure: both plans are values.

Parts are known by name. A part that came is the one that went where all that it is agrees, so that a rename is one, and a place is a value
like others, so that a move is one. Where less agrees both are told, and what the new one does to security.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, get_args

from aua_compile.config.declare import Apply, Change
from aua_compile.frozen import dataclass
from aua_compile.plan.digest import plain
from aua_compile.plan.direction import Direction, direction
from aua_compile.plan.effects import Effect, Part, effects_of, is_whole, part_of
from aua_compile.plan.model import Plan

WHATS: tuple[Change, ...] = get_args(Change)
HOWS: tuple[Apply, ...] = get_args(Apply)
"""Weakest first, both."""

Kind = Literal["added", "removed", "changed", "moved", "renamed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs: its path by name, as in the newer plan where it is in both, and both values as JSON (None: absent).

    `services` apply it. `security` is set where `what` is security. `because` is the path of the rename that it follows from.
    What is `derived` says again what another difference says.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    what: Change
    how: Apply
    services: tuple[str, ...]
    security: Direction | None = None
    because: str = ""
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """`changes` is empty exactly when the plan digests match; `told` is what differs only in what people are told."""

    changes: tuple[Difference, ...]
    told: tuple[Difference, ...]

    @property
    def what(self) -> Difference | None:
        """The first change with the strictest `what`, rather one that is not derived."""
        return max(self.changes, key=lambda change: (WHATS.index(change.what), not change.derived), default=None)

    @property
    def how(self) -> Difference | None:
        """The first change with the strictest `how`, rather one that is not derived: it forces what has to be done."""
        return max(self.changes, key=lambda change: (HOWS.index(change.how), not change.derived), default=None)

    @property
    def security(self) -> Direction | None:
        """The worst that becomes of security, if anything does."""
        found = {change.security for change in self.changes}
        worst: tuple[Direction, ...] = ("weaker", "unknown", "stronger")
        return next((word for word in worst if word in found), None)

    @property
    def renamed(self) -> Mapping[str, str]:
        """Old name -> new name of the specialists that only changed it."""
        found = [each for each in self.changes if each.kind == "renamed" and each.path.startswith("specialists.")]
        return {each.before: each.after for each in found}

    @property
    def actions(self) -> tuple[tuple[Apply, str], ...]:
        """What has to be done to each service, strictest first: of its changes the strictest counts."""
        strictest: dict[str, Apply] = {}
        for change in self.changes:
            for service in change.services:
                strictest[service] = max(strictest.get(service, "none"), change.how, key=HOWS.index)
        found = [(how, service) for service, how in strictest.items() if how != "none"]
        return tuple(sorted(found, key=lambda action: (-HOWS.index(action[0]), action[1])))


def diff(before: Plan, after: Plan) -> Diff:
    """What differs between two plans, in the plan's order."""
    found = tuple(_Walk(before, after, {}).of_part(before, after, "", ""))
    return Diff(tuple(each for each in found if not _is_told(each)), tuple(each for each in found if _is_told(each)))


def _is_told(difference: Difference) -> bool:
    return difference.what == "metadata" and difference.how == "none"


def within(path: str, name: object) -> str:
    """The path of an entry of a list; a name that is no plain word stands in quotes.

    >>> within("specialists", "swe"), within("fields.law.keywords", "due diligence")
    ('specialists.swe', 'fields.law.keywords."due diligence"')
    """
    word = str(name)
    if not re.fullmatch(r"[\w-]+", word):
        word = '"' + word.replace('"', '\\"') + '"'
    return f"{path}.{word}"


@dataclass(frozen=True, slots=True)
class _Walk:
    """Both plans, and the renames that were found so far: old name -> new name and path."""

    before: Plan
    after: Plan
    renames: "dict[str, tuple[str, str]]"

    def of_part(self, before: Any, after: Any, path: str, owner: str) -> Iterator[Difference]:
        """What differs in two parts of one type. `owner` is the engine, fetch or volume that they belong to."""
        kind: type = type(after)
        effects = effects_of(kind)
        for field in fields(after):
            was, now = getattr(before, field.name), getattr(after, field.name)
            if was == now:
                continue
            at = f"{path}.{field.name}" if path else field.name
            inner = part_of(field)
            if is_whole(field) or (is_dataclass(was) and is_dataclass(now)):
                yield from self.of_part(was, now, at, owner)
            elif inner is not None and effects[field.name].by:
                yield from self.of_entries(was, now, effects[field.name], at, owner)
            else:
                yield self.of_value(was, now, effects[field.name], at, owner)

    def of_value(self, was: Any, now: Any, effect: Effect, path: str, owner: str) -> Difference:
        """The difference of two values that have no parts, or of a part and its absence."""
        kind: Kind = "moved" if effect.place else "changed"
        if is_dataclass(was) or is_dataclass(now):
            kind = "added" if was is None else "removed"
        sure = direction(effect.safer, was, now)
        what = "security" if sure != "unknown" else self.what(effect.what, effect, owner)
        before, after = plain(was), plain(now)
        return Difference(
            path,
            kind,
            before,
            after,
            what,
            self.how(effect, owner),
            self.services(effect.of, owner),
            sure if what == "security" else None,
            self.reason(before, after),
            effect.derived,
        )

    def of_entries(self, was: Any, now: Any, effect: Effect, path: str, owner: str) -> Iterator[Difference]:
        """The differences of two lists of parts: entries that stayed, came under another name, came, went, or changed places."""
        old, new = ({getattr(part, effect.by): part for part in listed} for listed in (was, now))
        if len(old) < len(was) or len(new) < len(now):  # names that do not tell entries apart
            yield self.of_value(was, now, effect, path, owner)
            return
        renamed = self.renamed(old, new, effect)
        before = {renamed.get(name, name): part for name, part in old.items()}
        gone = [part for name, part in before.items() if name not in new]
        for name, part in new.items():
            at = within(path, name)
            holder = name if effect.of in {"engine", "fetch", "volume"} and not owner else owner
            if name not in before:
                come = self.of_entry(None, part, effect, at, holder)
                yield come if owner else self.judged(come, part, gone)
                continue
            former = before[name]
            kind: type = type(part)
            named = effects_of(kind)[effect.by]
            if (old_name := getattr(former, effect.by)) != name:
                yield replace(
                    self.of_value(old_name, name, named, at, holder),
                    kind="renamed",
                    because=self.renames[old_name][1] if old_name in self.renames else self.reason(old_name, name),
                )
                self.renames.setdefault(old_name, (name, at))
                former = replace(former, **{effect.by: name})
            yield from self.of_part(former, part, at, holder)
        for name, part in before.items():
            if name not in new:
                yield self.of_entry(part, None, effect, within(path, name), owner or name)
        kept = [[name for name in names if name in before and name in new] for names in (before, new)]
        if kept[0] != kept[1]:
            yield Difference(path, "changed", kept[0], kept[1], effect.what, effect.how, self.services(effect.of, owner))

    def of_entry(self, was: Any, now: Any, effect: Effect, path: str, owner: str) -> Difference:
        """The difference that an entry makes that came or went."""
        kind: Kind = "added" if was is None else "removed"
        what = self.what(effect.added if was is None else effect.removed, effect, owner)
        security: Direction | None = "unknown" if what == "security" else None
        return Difference(path, kind, plain(was), plain(now), what, self.how(effect, owner), self.services(effect.of, owner), security)

    def judged(self, come: Difference, part: Any, gone: Sequence[Any]) -> Difference:
        """An entry that came where others went: as a matter of security if the one most like it was more or less safe by its own values."""
        if not gone:
            return come
        like = max(gone, key=lambda other: self.agreement(other, part))
        kind: type = type(part)
        pairs = [(effect, getattr(like, name), getattr(part, name)) for name, effect in effects_of(kind).items()]
        values = [self.of_value(was, now, effect, come.path, "") for effect, was, now in pairs if was != now and not effect.by]
        found = Diff(tuple(values), ())
        return come if found.security is None else replace(come, what="security", security=found.security)

    def renamed(self, old: Mapping[Any, Any], new: Mapping[Any, Any], effect: Effect) -> dict[Any, Any]:
        """Old name -> new name of the entries that only changed it: what follows a rename found before, then what is alike."""
        gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
        found: dict[Any, Any] = {}
        for name in gone:
            follows = self.substituted(name)
            alike = [other for other in come if other not in found.values() and self.are_alike(old[name], new[other], effect)]
            if follows in come:
                found[name] = follows
            elif alike:
                found[name] = max(alike, key=lambda other: self.agreement(old[name], new[other]))
        return found

    def are_alike(self, old: Any, new: Any, effect: Effect) -> bool:
        pairs = [(self.substituted(plain(getattr(old, name))), plain(getattr(new, name))) for name in effect.alike]
        return bool(pairs) and all(was == now for was, now in pairs)

    def agreement(self, old: Any, new: Any) -> int:
        """How many values of two parts agree."""
        return sum(getattr(old, field.name) == getattr(new, field.name) for field in fields(old))

    def substituted(self, value: Any) -> Any:
        """A value as it is when what was renamed has its new name."""
        if isinstance(value, str):
            for old, (new, _) in self.renames.items():
                value = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, value)
            return value
        if isinstance(value, list):
            return [self.substituted(item) for item in value]
        if isinstance(value, dict):
            return {self.substituted(key): self.substituted(item) for key, item in value.items()}
        return value

    def reason(self, before: Any, after: Any) -> str:
        """The path of the rename from which a change follows, if it follows from one."""
        for old, (new, path) in self.renames.items():
            if _Walk(self.before, self.after, {old: (new, path)}).substituted(before) == after:
                return path
        return ""

    def is_cache(self, effect: Effect, owner: str) -> bool:
        """Whether it is a volume of weights that changes: they can be fetched again. What any other holds a person must save."""
        others = {volume.name for plan in (self.before, self.after) for volume in plan.volumes if volume.purpose != "weights"}
        return effect.of == "volume" and owner not in others

    def how(self, effect: Effect, owner: str) -> Apply:
        return "recreate" if self.is_cache(effect, owner) else effect.how

    def what(self, said: Change, effect: Effect, owner: str) -> Change:
        return "behavioural" if said == "breaking" and self.is_cache(effect, owner) else said

    def services(self, of: Part, owner: str) -> tuple[str, ...]:
        """The services that a part of a deployment is."""
        match of:
            case "":
                return ()
            case "router":
                return self.router
            case "watched":
                return (*self.router, "prometheus")
            case "engine" | "fetch" | "volume":
                return (owner,)
            case "prometheus" | "grafana" | "collector":
                return (of,)
            case "volumes":
                return self.names(volume.name for plan in (self.before, self.after) for volume in plan.volumes)
        engines = self.names(instance.name for plan in (self.before, self.after) for instance in plan.instances)
        return engines if of == "engines" else (*self.router, *engines)

    @property
    def router(self) -> tuple[str, ...]:
        """The router's service; the older one too where its name changes."""
        return tuple(dict.fromkeys((self.after.router.service, self.before.router.service)))

    def names(self, found: Iterable[str]) -> tuple[str, ...]:
        """Each name once, renamed ones by their new name."""
        return tuple(dict.fromkeys(self.substituted(name) for name in found))
