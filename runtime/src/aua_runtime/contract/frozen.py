"""`dataclass`, cheap to declare. The compiler and this contract declare some hundred and sixty records, and every command imports most."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["MANY", "dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool, order: bool = False) -> Callable[[type], type]:
        """`dataclasses.dataclass(frozen=True, slots=True)`, and to a type checker exactly that.

        The standard decorator compiles six methods per class while a module is imported, which takes 0.5 ms a class (docs/decisions/0005).
        Here `__init__` is compiled for a class that makes many instances, and all other methods are shared by all classes. A record has
        fields only: no `ClassVar`, `InitVar` or keyword marker.
        """
        assert frozen, "the shared methods refuse every change"
        assert slots, "a value of a record lies in a slot"

        shared = _Ordered if order else _Record

        def declare(declared: type) -> type:
            fields = _fields(declared)
            body = {name: value for name, value in declared.__dict__.items() if name not in fields and name not in _PER_CLASS}
            body |= {"__slots__": tuple(declared.__annotations__), "__match_args__": tuple(fields), "__dataclass_fields__": fields}
            body["__qualname__"] = declared.__qualname__
            body.setdefault("__init__", _first_init())
            above = tuple(base for base in declared.__bases__ if base is not object)
            bases = above if any(issubclass(base, shared) for base in above) else (*above, shared)
            return type(declared)(declared.__name__, bases, body)

        return declare


_PER_CLASS = frozenset({"__dict__", "__weakref__"})


def _fields(declared: Any) -> dict[str, "dataclasses.Field[Any]"]:
    """The fields of a class as the standard library keeps them, those of its bases first."""
    fields: dict[str, dataclasses.Field[Any]] = {}
    for base in reversed(declared.__mro__[1:]):
        fields |= getattr(base, "__dataclass_fields__", {})
    for name, kind in declared.__annotations__.items():
        default = declared.__dict__.get(name, dataclasses.MISSING)
        made: Any = default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
        if made.default.__class__.__hash__ is None:
            raise ValueError(f"the default of `{name}` is mutable: use a default_factory")
        made.name, made.type = name, kind
        made._field_type = dataclasses._FIELD  # type: ignore[attr-defined]  # noqa: SLF001 - what `dataclasses.fields` looks for
        fields[name] = made
    return fields


MANY = 16
"""So many instances of a class pay for compiling its `__init__`; most classes of a compile have fewer."""


def _first_init() -> Callable[..., None]:
    """An `__init__` that walks the fields; after `MANY` instances, or where it has nothing for a field, the compiled one takes over."""
    fields: tuple[dataclasses.Field[Any], ...] = ()
    instances = 0

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal fields, instances
        cls = type(self)
        fields = fields or dataclasses.fields(cls)
        instances += 1
        if instances > MANY or len(args) + len(kwargs) > len(fields):
            cls.__init__ = _compiled_init(cls)
            cls.__init__(self, *args, **kwargs)
            return
        taken = len(args)
        for field, value in zip(fields, args, strict=False):
            _set(self, field.name, value)
        for field in fields[len(args) :]:
            if field.name in kwargs:
                taken += 1
                _set(self, field.name, kwargs[field.name])
            elif field.default is not dataclasses.MISSING:
                _set(self, field.name, field.default)
            elif field.default_factory is not dataclasses.MISSING:
                _set(self, field.name, field.default_factory())
            else:
                taken = -1
                break
        if taken != len(args) + len(kwargs):
            _compiled_init(cls)(self, *args, **kwargs)  # it knows how to say what is missing or too much
        elif hasattr(cls, "__post_init__"):
            self.__post_init__()

    return init


def _compiled_init(cls: Any) -> Callable[..., None]:
    names: dict[str, Any] = {"_missing": dataclasses.MISSING}
    parameters, lines = ["self"], ["    pass"]
    for field in dataclasses.fields(cls):
        parameter = value = field.name
        if field.default is not dataclasses.MISSING:
            names[f"_default_{field.name}"] = field.default
            parameter = f"{field.name}=_default_{field.name}"
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_make_{field.name}"] = field.default_factory
            parameter = f"{field.name}=_missing"
            value = f"_make_{field.name}() if {field.name} is _missing else {field.name}"
        parameters.append(parameter)
        names[f"_set_{field.name}"] = getattr(cls, field.name).__set__  # the slot itself: faster than by its name
        lines.append(f"    _set_{field.name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines), names)  # noqa: S102 - made of field names alone
    made: Callable[..., None] = names["__init__"]
    return made


_set = object.__setattr__


def _values(record: Any) -> tuple[Any, ...]:
    return tuple([getattr(record, name) for name in record.__dataclass_fields__])


class _Record:
    """What all records are, beside their fields."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self) -> int:
        return hash(_values(self))

    def __repr__(self: Any) -> str:
        shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
        return f"{self.__class__.__qualname__}({shown})"

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return self.__class__, _values(self)

    def __replace__(self: Any, **changes: Any) -> Any:
        return dataclasses.replace(self, **changes)


class _Ordered(_Record):
    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return _values(self) < _values(other) if other.__class__ is self.__class__ else NotImplemented

    def __le__(self, other: object) -> bool:
        return _values(self) <= _values(other) if other.__class__ is self.__class__ else NotImplemented

    def __gt__(self, other: object) -> bool:
        return _values(self) > _values(other) if other.__class__ is self.__class__ else NotImplemented

    def __ge__(self, other: object) -> bool:
        return _values(self) >= _values(other) if other.__class__ is self.__class__ else NotImplemented
