"""What is said of each config key, for people: the page docs/config.md and the answers of `aua explain KEY`."""

import re
from collections.abc import Iterator

from aua_compile.codes import CODES
from aua_compile.config.declare import (
    Block,
    Boolean,
    Choice,
    Data,
    Declared,
    Duration,
    Integer,
    Kind,
    ListOf,
    MapOf,
    Number,
    Pattern,
    Share,
    Size,
    Text,
    declared,
    walk,
)
from aua_compile.config.model import RESERVED, Config
from aua_compile.config.profiles import EXPOSURES, PROFILES
from aua_compile.config.show import written
from aua_compile.config.units import written_duration, written_size


def declared_at(path: str) -> Declared | None:
    """The declaration of a key path: as in the page (`specialists[].port`), as written (`specialists[0].port`), or by name."""
    wanted = [part for part in re.split(r"[.\[\]]+", path) if part]
    for at, entry in walk(Config):
        parts = [part for part in re.split(r"\.", at.replace("[]", ".[]")) if part]
        if len(parts) == len(wanted) and all(
            given in {"[]", "<name>"} or given == asked for given, asked in zip(parts, wanted, strict=True)
        ):
            return entry
        if "[]" in parts and [part for part in parts if part != "[]"] == wanted:
            return entry
    return None


def accepts(kind: Kind) -> str:
    """What a key takes, in words."""
    match kind:
        case Text():
            return "text" if kind.lines else "text on one line"
        case Pattern():
            return kind.expected
        case Integer() | Number():
            return _number(kind)
        case Boolean():
            return "`true` or `false`"
        case Choice():
            return ", ".join(f"`{option}`" for option in kind.options)
        case Duration():
            return f"a duration from {written_duration(kind.minimum_s)} to {written_duration(kind.maximum_s)}, such as `30s`"
        case Size():
            return f"a size from {written_size(kind.minimum_bytes)} to {written_size(kind.maximum_bytes)}, such as `4GiB`"
        case Share():
            return "a fraction of the GPU (above 0, at most 1) or a size such as `10GiB`"
        case ListOf():
            single = ", or one alone" if kind.single else ""
            return f"a list of {_item(kind.item)}{single}"
        case MapOf():
            return f"a mapping from {kind.keys.expected} to {_item(kind.value)}"
        case Data():
            return "a mapping of any shape" if kind.of == "mapping" else "a list of JSON Patch operations"
        case Block():
            return "a mapping" if not kind.shorthand else f"a mapping, or its `{kind.shorthand}` alone"


def _item(kind: Kind) -> str:
    return "mappings" if isinstance(kind, Block) else f"entries, each {accepts(kind)}"


def _number(kind: Integer | Number) -> str:
    noun = "a whole number" if isinstance(kind, Integer) else "a number"
    above = kind.above if isinstance(kind, Number) else None
    low = f" above {above:g}" if above is not None else f" from {kind.minimum:,}" if kind.minimum is not None else ""
    high = f" to {kind.maximum:,}" if kind.maximum is not None else ""
    unit = f" ({kind.unit})" if isinstance(kind, Number) and kind.unit else ""
    return f"{noun}{low}{high}{unit}"


def default_of(entry: Declared) -> str:
    """The default as one would write it, or what its absence means."""
    if entry.required:
        return "required"
    if entry.default is None:
        return "absent"
    if isinstance(entry.key.kind, Block):
        return "its keys' defaults"
    value = written(entry.default, entry.key.kind)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value in ("", [], {}):
        return "empty"
    return f"`{value}`"


def page() -> str:
    """docs/config.md: every key of the language with its meaning, what it takes, its default, and what a change to it does."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Configuration reference"
    yield ""
    yield "Made from the types by `make schemas`; edits are lost. `aua explain KEY` says the same and what a config makes of it."
    yield ""
    yield "*Change* says what a change to the key is, and how a running deployment takes it over."
    yield from _table("", Config)
    yield from _profiles()
    yield ""
    yield "## Reserved keys"
    yield ""
    yield "Refused until the release that implements them: " + ", ".join(f"`{key}`" for key in sorted(RESERVED)) + "."


def _profiles() -> Iterator[str]:
    yield ""
    yield "## Profiles"
    yield ""
    yield "What each `profile` makes of what weakens a deployment: it allows it, warns, or refuses to compile."
    yield ""
    yield "| " + " | ".join(("what", *(f"`{profile}`" for profile in PROFILES), "code")) + " |"
    yield "|---" * (len(PROFILES) + 2) + "|"
    codes = {maker.rpartition(":")[2]: code for code, maker in CODES.items()}
    for exposure in EXPOSURES:
        yield "| " + " | ".join((exposure.what, *exposure.verdicts, codes[exposure.rule])) + " |"
    yield ""
    yield "Credentials from pages of any origin, and the origin `null`, are refused under every profile."


def _table(prefix: str, block: type) -> Iterator[str]:
    yield ""
    yield f"## `{prefix.rstrip('.')}`" if prefix else "## Top level"
    yield ""
    yield (block.__doc__ or "").strip()
    yield ""
    yield "| key | meaning | takes | default | change |"
    yield "|---|---|---|---|---|"
    inner: list[tuple[str, type]] = []
    for name, entry in declared(block).items():
        key = entry.key
        meaning = " ".join([key.doc, *([f"Higher: {key.higher}."] if key.higher else []), *([f"Lower: {key.lower}."] if key.lower else [])])
        cells = [f"`{name}`", meaning, accepts(key.kind), default_of(entry), f"{key.what}, {key.how}"]
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
        kind, path = key.kind, f"{prefix}{name}"
        while isinstance(kind, ListOf | MapOf):
            path += "[]" if isinstance(kind, ListOf) else ".<name>"
            kind = kind.item if isinstance(kind, ListOf) else kind.value
        if isinstance(kind, Block):
            inner.append((path, kind.type))
    for path, nested in inner:
        yield from _table(f"{path}.", nested)
