"""What the translated templates (`aua_compile.filled`) are made of: how a name is looked up, a loop is counted, values are joined."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from aua_compile.frozen import dataclass
from aua_compile.render import comment, markdown, python_literal, shell_quote

T = TypeVar("T")
Values: TypeAlias = Mapping[str, Any]
Write: TypeAlias = Callable[[str], object]
Template: TypeAlias = Callable[[Values, Write], None]


@dataclass(frozen=True, slots=True)
class Loop:
    """Where a loop is: `index` counts from 1."""

    index: int
    first: bool
    last: bool


def get(value: Any, name: str) -> Any:
    """The attribute `name` of `value`, else its entry `name`; a missing one is a bug of ours and raises."""
    try:
        return getattr(value, name)
    except AttributeError:
        return value[name]


def looped(values: Iterable[T]) -> Iterator[tuple[Loop, T]]:
    """Each value with its place in the loop."""
    listed = list(values)
    for index, value in enumerate(listed, 1):
        yield Loop(index, index == 1, index == len(listed)), value


def concat(*values: object) -> str:
    """Jinja's `~`."""
    return "".join(str(value) for value in values)


def join(values: Iterable[object], between: str = "") -> str:
    """Jinja's `join`."""
    return between.join(str(value) for value in values)


def each(values: Iterable[Any], filter_name: str = "", /, *, attribute: str = "") -> list[Any]:
    """Jinja's `map`, by attribute or by filter."""
    return [get(value, attribute) if attribute else FILTERS[filter_name](value) for value in values]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "capitalize": str.capitalize,
    "comment": comment,
    "join": join,
    "length": len,
    "map": each,
    "markdown": markdown,
    "python_literal": python_literal,
    "shell_quote": shell_quote,
    "upper": str.upper,
}
"""Every filter that a template may use; those with a name of Jinja's do what Jinja's does."""
