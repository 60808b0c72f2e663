"""The only writer: compares artifacts with a folder, and makes the folder hold them, whole or not at all.

`destination` judges the folder that the user named, `compare` lists what writing would do (`--check` and `--dry-run` print that list),
`apply` does what the list says, `recover` completes what a killed run began, and `archive` is the same artifacts as one stream.
`disk.drift` makes findings of such a list, and `disk.eject` hands one file over to its user and back; only their commands import them.
"""

from aua_compile.disk.apply import apply, destination, recover
from aua_compile.disk.archive import archive
from aua_compile.disk.compare import Change, Kind, compare, differs

__all__ = ["Change", "Kind", "apply", "archive", "compare", "destination", "differs", "recover"]
