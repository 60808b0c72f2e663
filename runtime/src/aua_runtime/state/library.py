"""What is known to be wrong with versions of the SQLite library."""

WAL_SINCE = (3, 7, 0)
WAL_RESET_FIXED = (3, 51, 3)
WAL_RESET_BACKPORTS = {(3, 44): 6, (3, 50): 7}
"""Branches that got the fix too, and the patch release that brought it."""


def wal_reset_defect(version: tuple[int, int, int]) -> str | None:
    """What to know about a library that may corrupt a database in WAL mode; None where it has the fix.

    Two connections that checkpoint and commit at the same moment can leave part of the log out of the database. Versions 3.7.0 to 3.51.2
    are affected but for 3.44.6 and 3.50.7 onward on their branches. Source: sqlite.org/wal.html, section "The WAL-Reset Bug", and
    sqlite.org/releaselog/3_51_3.html (March 2026).

    >>> wal_reset_defect((3, 51, 3)) is None
    True
    """
    fixed = WAL_RESET_BACKPORTS.get(version[:2])
    if version < WAL_SINCE or version >= WAL_RESET_FIXED or (fixed is not None and version[2] >= fixed):
        return None
    return (
        f"SQLite {'.'.join(map(str, version))} has the WAL-reset defect: when another program writes to the state file or checkpoints it"
        " at the same moment, the file may be damaged. Routers guard their own checkpoints against it. SQLite 3.51.3, 3.50.7 and 3.44.6"
        " have the fix"
    )
