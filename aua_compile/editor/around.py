"""What is known besides the text at hand: shipped facts, and the project as it was when it last had no errors."""

from collections.abc import Callable, Mapping
from typing import Any

from aua_compile.config.model import Config
from aua_compile.config.resolve import Resolved
from aua_compile.frozen import dataclass
from aua_compile.registry.catalog import Catalog
from aua_compile.span import Span


@dataclass(frozen=True, slots=True)
class Around:
    """`resolved` is absent until a project has once been without errors, and `current` says whether it is of the text at hand.

    `block` declares the keys of the document. `files` are the other files of the project, relative to it. `link` gives the address at which
    an editor opens a place.
    """

    catalog: Catalog
    link: Callable[[Span], str]
    resolved: Resolved | None = None
    current: bool = False
    block: type = Config
    files: tuple[str, ...] = ()

    def value(self, path: str) -> tuple[bool, Any]:
        """Whether the project has something at a path by name, and it, typed."""
        value: Any = None if self.resolved is None else self.resolved.config
        for step in path.split("."):
            value = _step(value, step)
        return value is not None, value


def _step(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, tuple):
        found = next((item for item in value if getattr(item, "name", None) == step), None)
        return value[int(step)] if found is None and step.isdigit() and int(step) < len(value) else found
    return getattr(value, step, None)
