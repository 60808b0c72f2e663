"""Writes the registries as constructor calls: `make schemas` writes `aua_compile/registry/ready.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from hashlib import sha256
from typing import Any

from aua_compile.registry.catalog import Catalog, typed
from aua_compile.registry.model import AcceleratorFacts, EngineFacts, FieldFacts, ModelFacts
from aua_compile.shipped import Kind, entry_text

KINDS: Mapping[Kind, type] = {"accelerators": AcceleratorFacts, "engines": EngineFacts, "fields": FieldFacts, "models": ModelFacts}

BEGIN = '''"""Registries as typed facts, each by the digest of its file. Made from registries/ by `make schemas`; edits are lost."""

from collections.abc import Callable
from typing import Any

import aua_compile.config.model.routing as routing
import aua_compile.registry.model as registry

READY: dict[str, Callable[[], Any]] = {
'''


def ready() -> str:
    """The whole of `aua_compile/registry/ready.py`: one line an entry."""
    catalog = Catalog()
    lines = (f"    {digest(kind, name)!r}: lambda: {_call(read(catalog, kind, name))},\n" for kind, name in entries(catalog))
    return f"{BEGIN}{''.join(lines)}}}\n"


def entries(catalog: Catalog) -> Iterator[tuple[Kind, str]]:
    """Every entry that has a type."""
    for kind in KINDS:
        yield from ((kind, name) for name in catalog.names(kind))


def read(catalog: Catalog, kind: Kind, name: str) -> object:
    """What the file of an entry says, read anew."""
    document = catalog.document(kind, name)
    assert document is not None
    return typed(document, KINDS[kind], name)


def digest(kind: Kind, name: str) -> str:
    """What `ready.py` has an entry under."""
    return sha256(entry_text(kind, name).encode()).hexdigest()


def _call(value: object) -> str:
    """A value as the expression that makes it, without what is its default."""
    if is_dataclass(value) and not isinstance(value, type):
        package = type(value).__module__.removesuffix(".model").rpartition(".")[2]
        given = ((field.name, _call(getattr(value, field.name))) for field in fields(value) if not _is_default(value, field))
        return f"{package}.{type(value).__name__}({', '.join(f'{name}={text}' for name, text in given)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_call(key)}: {_call(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + "".join(f"{_call(item)}, " for item in value) + ")"
    assert value is None or isinstance(value, str | int | float), value
    return repr(value)


def _is_default(record: object, field: Field[Any]) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return repr(getattr(record, field.name)) == repr(default)
