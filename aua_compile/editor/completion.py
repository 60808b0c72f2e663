"""What may be written at the cursor: keys that are not there yet, values that the key takes, names that exist."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from aua_compile.config.declare import (
    Block,
    Boolean,
    Choice,
    Declared,
    Duration,
    Kind,
    ListOf,
    MapOf,
    Size,
    declared,
)
from aua_compile.config.model import CONFIG_VERSION, Config
from aua_compile.config.model.models import ENGINE_KINDS, Backend
from aua_compile.config.show import written
from aua_compile.config.units import written_duration, written_size
from aua_compile.editor.around import Around
from aua_compile.editor.hover import key_notes
from aua_compile.editor.names import known
from aua_compile.editor.place import Place, declared_at, kind_at
from aua_compile.editor.position import Stretch
from aua_compile.editor.sketch import Part
from aua_compile.frozen import dataclass
from aua_compile.reference import accepts, default_of

Shape = Literal["key", "value", "name", "file", "snippet"]
INDENT = "  "
COMMON_DURATIONS_S = (0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 3600)
COMMON_SIZES = tuple(2**power for power in range(20, 44, 2))


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may be written. `insert` is what is written, with tab stops (`$1`, `${1:text}`) where `snippet`."""

    label: str
    shape: Shape
    insert: str
    detail: str = ""
    doc: str = ""
    snippet: bool = False
    rank: int = 5


@dataclass(frozen=True, slots=True)
class Offers:
    """All that is offered, and the stretch that it replaces."""

    offers: tuple[Offer, ...]
    replaces: Stretch


def completion(place: Place, root: Part, around: Around) -> Offers:
    """What may be written at a place; nothing where the language has nothing there."""
    pad = " " * (place.word_at.start - place.indent)  # an editor indents lines as the cursor's is; what follows a dash is deeper
    offers = [replace(offer, insert=offer.insert.replace("\n", f"\n{pad}")) for offer in _offered(place, root, around)]
    return Offers(tuple(offers), place.word_at)


def _offered(place: Place, root: Part, around: Around) -> Iterator[Offer]:
    kind = kind_at(place.holder.path, around.block)
    match place.role:
        case "key":
            yield from _under(kind, place, root, around)
        case "item":
            yield from _items(kind, place, root, around)
        case "value":
            if isinstance(kind, Block | MapOf) and _below_sign(place):
                yield from _under(kind, replace(place, part=None), root, around)
            yield from _values(kind, place.holder, root, around)


def _below_sign(place: Place) -> bool:
    """Whether keys may be written here: after a dash, or on a line below their key's."""
    return place.holder.index is not None or place.word_at.line > place.holder.key_at.line


def _under(kind: Kind | None, place: Place, root: Part, around: Around) -> Iterator[Offer]:
    """Keys of a mapping, or the value of a key whose line is above."""
    present = place.part is not None and place.part.value_from is not None
    if isinstance(kind, Block):
        yield from _keys(kind, place, bare=present)
    elif isinstance(kind, MapOf):
        yield from _map_keys(kind, place, bare=present)
    elif isinstance(kind, ListOf):
        yield from _items(kind, place, root, around)
    elif kind is not None and not place.holder.text:
        yield from _values(kind, place.holder, root, around)
    if not place.holder.path and around.block is Config and root.child("config_version") is None and not present:
        yield _whole(root)


def _keys(kind: Block, place: Place, *, bare: bool = False) -> Iterator[Offer]:
    """Keys of a block that are not there yet, required ones first. `bare`: a colon follows already."""
    there = {part.key for part in place.holder.parts if part is not place.part}
    for order, (name, entry) in enumerate(declared(kind.type).items()):
        if name not in there:
            insert = name if bare else f"{name}:{_tail(entry, place, 1)}"
            doc = "\n\n".join(key_notes(entry))
            yield Offer(name, "key", insert, _detail(entry), doc, snippet=not bare, rank=order if entry.required else 100 + order)


def _detail(entry: Declared) -> str:
    return f"{accepts(entry.key.kind)} ({'required' if entry.required else default_of(entry).strip('`')})".replace("`", "")


def _map_keys(kind: MapOf, place: Place, *, bare: bool) -> Iterator[Offer]:
    """Names of one's own are not for us to choose; but a backend of each kind may be adjusted under that name."""
    if isinstance(kind.value, Block) and kind.value.type is Backend:
        there = {part.key for part in place.holder.parts}
        for name in ENGINE_KINDS:
            if name not in there:
                entry = declared(Backend)["kind"]
                yield Offer(
                    name, "key", name if bare else f"{name}:{_block(kind.value, place, 1)}", "backend", entry.key.doc, snippet=not bare
                )


def _tail(entry: Declared, place: Place, stop: int) -> str:
    """What follows a key's colon in a snippet: a choice, a default to type over, or the lines below."""
    kind = entry.key.kind
    match kind:
        case Block(shorthand=""):
            return _block(kind, place, stop)
        case ListOf(item=Block() as item) if not place.flow:
            return f"\n{INDENT}- {_required(item, stop, f'{INDENT}{INDENT}')}"
        case MapOf() if not place.flow:
            return f"\n{INDENT}${stop}"
        case ListOf(single=False):
            return f" [${stop}]"
        case MapOf():
            return f" {{${stop}}}"
        case _:
            return f" {_stop(entry, stop)}"


def _block(kind: Block, place: Place, stop: int) -> str:
    if place.flow:
        return f" {{${stop}}}"
    return f"\n{INDENT}{_required(kind, stop, INDENT)}"


def _required(kind: Block, stop: int, indent: str) -> str:
    """The required keys of a block on lines of their own, each with a tab stop; one empty stop where none is required."""
    needed = [entry for entry in declared(kind.type).values() if entry.required]
    lines = [f"{entry.name}: {_stop(entry, stop + number)}" for number, entry in enumerate(needed)]
    return f"\n{indent}".join(lines) or f"${stop}"


def _stop(entry: Declared, stop: int) -> str:
    kind = entry.key.kind
    if entry.name == "config_version":
        return f'"{CONFIG_VERSION}"'
    if isinstance(kind, Boolean):
        first, second = ("false", "true") if entry.default is True else ("true", "false")
        return f"${{{stop}|{first},{second}|}}"
    if isinstance(kind, Choice):
        return f"${{{stop}|{','.join(kind.options)}|}}"
    default = None if entry.required or entry.default is None else written(entry.default, kind)
    example = default if default not in (None, "", [], {}) else None
    return f"${stop}" if example is None or isinstance(example, list | dict) else f"${{{stop}:{example}}}"


def _items(kind: Kind | None, place: Place, root: Part, around: Around) -> Iterator[Offer]:
    """An item of a list: in brackets as it is, else after a dash."""
    if not isinstance(kind, ListOf):
        return
    if isinstance(kind.item, Block) and not (place.flow and kind.item.shorthand):
        names = " and ".join(f"`{name}`" for name, entry in declared(kind.item.type).items() if entry.required)
        inner = "{$1}" if place.flow else f"- {_required(kind.item, 1, INDENT)}"
        yield Offer("{}" if place.flow else "-", "snippet", inner, "a new entry", f"An entry with {names}." if names else "", snippet=True)
    entry = declared_at(place.holder.path, around.block)
    if entry is not None:
        there = {part.text for part in place.holder.parts}
        for offer in _of(kind.item, entry, root, around):
            if offer.label not in there:
                yield (
                    offer if place.flow else Offer(offer.label, offer.shape, f"- {offer.insert}", offer.detail, offer.doc, rank=offer.rank)
                )


def _values(kind: Kind | None, holder: Part, root: Part, around: Around) -> Iterator[Offer]:
    """What may stand after a key's colon or a dash."""
    entry = declared_at(holder.path, around.block)
    if kind is None or entry is None:
        return
    if isinstance(kind, ListOf) and not kind.single:
        if not isinstance(kind.item, Block):
            yield Offer("[]", "snippet", "[$1]", accepts(kind), snippet=True)
        return
    item = kind.item if isinstance(kind, ListOf) else kind
    beside = {part.text for part in holder.parent.parts if part is not holder} if holder.index is not None and holder.parent else set[str]()
    yield from (offer for offer in _of(item, entry, root, around) if offer.label not in beside)


def _of(kind: Kind, entry: Declared, root: Part, around: Around) -> Iterator[Offer]:
    """The values of one kind, in the order in which one would want them."""
    key = entry.key
    if isinstance(kind, Block):
        if not kind.shorthand:
            return
        entry = declared(kind.type)[kind.shorthand]
        key, kind = entry.key, entry.key.kind
    match kind:
        case Boolean():
            yield from _plain(("true", "false"), entry)
        case Choice(options=options):
            yield from _plain(options, entry)
        case Duration():
            fitting = [seconds for seconds in COMMON_DURATIONS_S if kind.minimum_s <= seconds <= kind.maximum_s]
            yield from _plain([written_duration(seconds) for seconds in _with_default(fitting, entry)], entry)
        case Size():
            fitting = [size for size in COMMON_SIZES if kind.minimum_bytes <= size <= kind.maximum_bytes]
            yield from _plain([written_size(int(size)) for size in _with_default(fitting, entry)], entry)
    if entry.name == "config_version":
        yield Offer(f'"{CONFIG_VERSION}"', "value", f'"{CONFIG_VERSION}"', key.doc)
    elif key.names:
        shape: Shape = "file" if key.names == "file" else "name"
        for order, name in enumerate(known(key.names, root, around)):
            yield Offer(name.text, shape, name.text, name.source, rank=order)
    elif not isinstance(kind, Boolean | Choice | Duration | Size | ListOf | MapOf):
        yield from _plain(_examples(entry), entry)


def _with_default(fitting: Sequence[float], entry: Declared) -> list[float]:
    default = entry.default
    return sorted({*fitting, default}) if isinstance(default, int | float) and not isinstance(default, bool) else list(fitting)


def _plain(words: Sequence[str], entry: Declared) -> Iterator[Offer]:
    default = default_of(entry).strip("`")
    for order, word in enumerate(words):
        yield Offer(word, "value", word, "default" if word == default else "", rank=0 if word == default else 1 + order)


def _examples(entry: Declared) -> list[str]:
    """The default and the example of a key that takes any text or number."""
    default = default_of(entry).strip("`")
    words = [] if default in {"required", "absent", "empty", "its keys' defaults"} else [default]
    if isinstance(entry.key.example, str):
        words.append(entry.key.example)
    return words


def _whole(root: Part) -> Offer:
    """The first lines of a new config, without those that are there."""
    lines = {
        "config_version": f'config_version: "{CONFIG_VERSION}"',
        "project": "project: {name: ${1:shop}}",
        "preset": "preset: ${2:coding}",
        "tier": "tier: ${3:single-4090}",
    }
    text = "\n".join(line for key, line in lines.items() if root.child(key) is None)
    return Offer("aua config", "snippet", text + "\n$0", "a new config", "The lines that every config begins with.", snippet=True, rank=0)
