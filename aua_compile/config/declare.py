"""How a config key is declared: a `Key` in the `Annotated` type of a dataclass field, holding the key's kind and all that is said of it.

The reader (`config.read`), the JSON Schemas, docs/config.md, `aua explain` and the plan diff all walk these declarations; there is no
second description of a key anywhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, field, fields
from functools import cache
from typing import Any, Literal, TypeAlias

from aua_compile.frozen import dataclass

NAME = r"[a-z][a-z0-9_-]{0,62}"
ENVIRONMENT_NAME = r"[A-Z_][A-Z0-9_]*"

DURATION_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SIZE_UNITS_BYTES = {
    "B": 1,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
}

Names = Literal["", "preset", "tier", "field", "model", "repository", "backend", "specialist", "prompt", "file", "key"]
"""What a text of the config may be the name of."""

Change = Literal["metadata", "additive", "behavioural", "breaking", "security"]
Apply = Literal["none", "hot_reload", "rolling_restart", "recreate", "manual"]


@dataclass(frozen=True, slots=True)
class Text:
    """Any printable text; line feeds only where `lines`."""

    lines: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text of a fixed form. `expected` says in words what `form`, a regular expression for the whole text, wants."""

    form: str
    expected: str

    @property
    def regex(self) -> re.Pattern[str]:
        """`form`, compiled when it is first asked for: most forms never are while one config is read."""
        return re.compile(self.form)


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within bounds, both included."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number within bounds, both included unless `above` bounds it from below strictly. `unit` is for people."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of words."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duration:
    """A time with its unit, such as `30s`; read as seconds."""

    minimum_s: float = 0.0
    maximum_s: float = 30 * 86400.0


@dataclass(frozen=True, slots=True)
class Size:
    """An amount of memory or storage with its unit, such as `24GiB`; read as bytes."""

    minimum_bytes: int = 1
    maximum_bytes: int = 2**50


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction of a GPU (above 0, at most 1), or a size with its unit."""


@dataclass(frozen=True, slots=True)
class Data:
    """Data of the user's own shape, null included: a mapping, or a list of JSON Patch operations."""

    of: Literal["mapping", "operations"]


@dataclass(frozen=True, slots=True)
class Block:
    """A mapping with the keys of a declared dataclass. `shorthand`: a bare scalar stands for the key of that name."""

    type: type
    shorthand: str = ""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list. `single`: one bare item stands for a list of one. Items that are blocks with a `name` are distinct by it."""

    item: "Kind"
    single: bool = False
    minimum: int = 0
    maximum: int = 10_000


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from names of the user's choice, of the form `keys`, to values of one kind."""

    value: "Kind"
    keys: Pattern


ScalarKind: TypeAlias = Text | Pattern | Integer | Number | Boolean | Choice | Duration | Size | Share
Kind: TypeAlias = ScalarKind | Data | Block | ListOf | MapOf

NAME_KIND = Pattern(NAME, "a name: a lower-case letter, then at most 62 lower-case letters, digits, `-` or `_`")
ENVIRONMENT_KIND = Pattern(ENVIRONMENT_NAME, "the NAME of an environment variable, such as `MY_API_KEY`")
PORT = Integer(1, 65535)
PATH = Pattern(r"[^\x00-\x1f\\]+", "a path inside the project, with `/`")
HOST = Pattern(r"[A-Za-z0-9._:-]{1,253}|\[[0-9A-Fa-f:.]+\]", "a host name or an IP address")
URL = Pattern(r"https?://[^\s]+", "an `http://` or `https://` URL")
HEADER = Pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", "an HTTP header name")
HEADERS = MapOf(Text(), HEADER)
DECIMAL = Pattern(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?", 'a decimal number in quotes with at most 6 decimals, such as `"2.50"`')


@dataclass(frozen=True, slots=True)
class Key:
    """All that is said of one config key.

    `what` a change to it is and `how` it is applied are read by `aua diff`. `differ` holds two legal values for which some artifact, the
    plan or a verdict differs in a config that has the keys of `given` (dotted path -> value). `safer` says which direction is the safe one
    for a key that a preset may lock: `higher`, `lower`, `more` (of a list), or the one safe value. `names` says of what its texts are the
    names, for editors and shells that complete them.
    """

    doc: str
    kind: Kind
    what: Change = "behavioural"
    how: Apply = "rolling_restart"
    example: Any = None
    higher: str = ""
    lower: str = ""
    differ: tuple[Any, Any] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    safer: Any = None
    since: str = "1.0"
    names: Names = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """A key with its name and default. `required` keys have none."""

    name: str
    key: Key
    default: Any
    required: bool


def _default(of: "Field[Any]") -> Any:
    return of.default_factory() if of.default_factory is not MISSING else of.default


@cache
def declared(block: type) -> dict[str, Declared]:
    """The keys of a declared dataclass by name, in order. Fields without a `Key` are not config keys and do not appear."""
    found = {}
    for part in fields(block):
        metadata = getattr(part.type, "__metadata__", ())
        if metadata and isinstance(metadata[0], Key):
            default = _default(part)
            found[part.name] = Declared(part.name, metadata[0], None if default is MISSING else default, default is MISSING)
    return found


def walk(block: type, prefix: str = "") -> Iterator[tuple[str, Declared]]:
    """Every key below `block` with its path; list items show as `[]` and map keys as `<name>`."""
    for name, key in declared(block).items():
        path = f"{prefix}{name}"
        yield path, key
        kind, inside = key.key.kind, path
        while isinstance(kind, ListOf | MapOf):
            inside += "[]" if isinstance(kind, ListOf) else ".<name>"
            kind = kind.item if isinstance(kind, ListOf) else kind.value
        if isinstance(kind, Block):
            yield from walk(kind.type, f"{inside}.")
