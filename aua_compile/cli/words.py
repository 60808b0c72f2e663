"""Which words of the command line a shell completes; what they are is looked up when it asks."""

from collections.abc import Callable
from typing import Literal

Wanted = Literal["config", "tier", "preset", "field", "engine", "prompt", "model", "key", "key or code", "setting", "schema"]


def words(wanted: Wanted) -> Callable[[str], list[str]]:
    """The completion of an argument or option that takes words of a kind."""

    def complete(incomplete: str) -> list[str]:
        from aua_compile.cli.complete import completed

        return completed(wanted, incomplete)

    return complete
