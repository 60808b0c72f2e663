"""Where a run keeps what it is working on: beside the output folder, or inside it where nothing can be put beside."""

import os

PENDING = ".aua.pending"  # inside the output folder: new files on their way in, and the journal of where they go
JOURNAL = "journal.json"
LOCK = ".aua.lock"
OWN = frozenset({PENDING, LOCK})


def staging(folder: str) -> str:
    """Beside `folder`: holds the complete new folder until it takes the place of the old one, then the old one until it is cleared."""
    parent, name = os.path.split(folder)
    return os.path.join(parent, f".{name}.aua-staging")


def lock_files(folder: str) -> tuple[str, str]:
    """The file that one run at a time holds locked: beside `folder`, or inside it where nothing can be made beside."""
    parent, name = os.path.split(folder)
    return os.path.join(parent, f".{name}.aua-lock"), os.path.join(folder, LOCK)


def has_leftovers(folder: str) -> bool:
    """Whether a run is at work on `folder`, or was stopped there."""
    return os.path.lexists(os.path.join(folder, PENDING)) or os.path.lexists(staging(folder))
