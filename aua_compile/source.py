"""Where text comes from: a file's text, and a place in it."""

from dataclasses import dataclass

from aua_compile.diagnostic import Diagnostic
from aua_compile.span import Span

__all__ = ["BYTE_LIMIT", "Source", "Span", "too_large"]

BYTE_LIMIT = 2**20
"""The most bytes of one file."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read: its name as it is shown (project-relative, with `/`), and its decoded text."""

    name: str
    text: str


def too_large(name: str, size: int) -> Diagnostic:
    """A file beyond the limit.

    What it checks: a file has at most 1 MiB (1,048,576 bytes).
    Why: a config of a thousand specialists has a sixth of that; more is a data file named by mistake.
    Example: a model's weights given as the config.
    Instead: name the right file, or split the config with `extends`.
    """
    message = f"The file has {size:,} bytes; at most {BYTE_LIMIT:,} are read."
    return Diagnostic("AUA0104", "error", message, Span.of_file(name), help="Name the right file, or split the config with `extends`.")
