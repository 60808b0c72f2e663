"""What may be wrong with a migration, one builder for each code."""

from aua_compile.diagnostic import Diagnostic
from aua_compile.span import Span


def gone_key(path: str, version: str, note: str, span: Span) -> Diagnostic:
    """A key of an older version that has no successor.

    What it checks: every key of an older config has a place in today's language.
    Why: a migration writes a config of the same plan; a key that would be dropped on the way might have been the reason for the file.
    Example: `enforce_eager: true` in a config of version 0.6.
    Instead: remove the key, once you know that you can do without it.
    """
    message = f"`{path}` of version {version} has no place in today's language."
    return Diagnostic("AUA0623", "error", message, span, path, f"Remove it. {note}".strip())


def plan_differs(differences: list[str], span: Span) -> Diagnostic:
    """A migration that would change the plan.

    What it checks: the config before and after a migration give plans with the same digest, on the tier that it names or on every tier.
    Why: bringing a file up to date must not change what runs.
    Example: never seen; it would be a mistake of the migration's own steps.
    Instead: keep the file as it is, which nothing has touched, and report what is listed.
    """
    told = "; ".join(differences)
    return Diagnostic("AUA0624", "error", f"The plan would change: {told}.", span, help="Nothing was written. Please report it.")


def unknown_version(found: str, known: list[str], span: Span) -> Diagnostic:
    """A config of a version that no migration begins at.

    What it checks: `aua config migrate` is given a file that says a `config_version` from which there is a way to today's.
    Why: without it nobody can say what the file's keys meant.
    Example: `config_version: "0.3"`, or no `config_version` at all.
    Instead: write the version that the file is of; a file of the public package, which says `aua: {version: ...}`, is for `aua import`.
    """
    message = f"No migration begins at version {found}." if found else "The file says no `config_version`."
    return Diagnostic("AUA0625", "error", message, span, "config_version", f"Versions that are known: {', '.join(known)}.")
