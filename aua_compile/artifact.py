"""An artifact: one file that the compiler writes."""

from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Artifact:
    """`path` is relative to the output folder, with `/`; `text` is the whole file, ending in a line feed."""

    path: str
    text: str
    executable: bool = False
