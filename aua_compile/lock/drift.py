"""Where a lock and what a deployment is made of part."""

from collections.abc import Mapping

from aua_compile.characters import listed
from aua_compile.diagnostic import Diagnostic, Severity
from aua_compile.frozen import dataclass
from aua_compile.lock.model import LOCK, Lock
from aua_compile.span import Span


@dataclass(frozen=True, slots=True)
class Drift:
    """`lacking`: used and not locked. `changed`: locked with another value. `unused`: locked and not used by this compile."""

    lacking: tuple[str, ...]
    changed: tuple[str, ...]
    unused: tuple[str, ...]


def drift(locked: Mapping[str, str], used: Mapping[str, str]) -> Drift:
    """The names in which two sets of entries differ, sorted."""
    return Drift(
        lacking=tuple(sorted(used.keys() - locked.keys())),
        changed=tuple(sorted(name for name in used.keys() & locked.keys() if used[name] != locked[name])),
        unused=tuple(sorted(locked.keys() - used.keys())),
    )


def findings(lock: Lock, used: Mapping[str, str], level: Severity, config: str) -> tuple[Diagnostic, ...]:
    """What a compile of `config` says of a lock: warnings, or errors where `--locked` holds it to its word."""
    found = drift(lock.entries, used)
    lacks = (entry_lacking(lock, found.lacking, level, config),) if found.lacking else ()
    return (*(entry_changed(lock, name, used[name], level, config) for name in found.changed), *lacks)


def no_lock(config: str) -> Diagnostic:
    """`--locked` and no lock.

    What it checks: with `--locked`, a file `aua.lock` lies beside the config.
    Why: `--locked` promises that the deployment is made of what was reviewed. Without a lock nobody said what that is.
    Example: `aua compile coding.yaml --locked` in a folder without `aua.lock`.
    Instead: `aua lock coding.yaml`, and commit what it writes.
    """
    return Diagnostic(
        "AUA0601", "error", f"There is no `{LOCK}` beside `{config}`.", help=f"Make one with `aua lock {config}`, and commit it."
    )


def entry_changed(lock: Lock, name: str, now: str, level: Severity, config: str) -> Diagnostic:
    """Something differs from what was locked.

    What it checks: each preset, tier, registry entry, template, model revision and image that a compile uses is the one in `aua.lock`.
    Why: another version of the compiler ships other facts, and a deployment must not change without anyone having looked at it.
    Example: `presets/coding` was locked, and the compiler was upgraded to a version with another `coding` preset.
    Instead: look at the change with `aua lock coding.yaml --upgrade coding --dry-run`, then take it over with `--upgrade coding`.
    """
    return Diagnostic(
        "AUA0602",
        level,
        f"`{name}` is locked as `{short(lock.entries[name])}` and is `{short(now)}` now.",
        lock.places.get(name),
        help=f"See what it changes with `aua lock {config} --upgrade {name} --dry-run`, then take it over without `--dry-run`.",
    )


def entry_lacking(lock: Lock, names: tuple[str, ...], level: Severity, config: str) -> Diagnostic:
    """The lock lacks something that is used.

    What it checks: `aua.lock` has an entry for all that a compile uses.
    Why: what is not locked can change without being noticed.
    Example: a specialist was added, whose model no compile used when the lock was written.
    Instead: `aua lock coding.yaml` adds what is lacking and changes nothing else.
    """
    return Diagnostic(
        "AUA0603",
        level,
        f"`{LOCK}` lacks {listed(names, 8)}.",
        Span.of_file(lock.file),
        help=f"Add it with `aua lock {config}`; nothing else changes.",
    )


def unknown_entry(asked: str, known: Mapping[str, str]) -> Diagnostic:
    """Nothing of that name is used or locked.

    What it checks: each name given to `--upgrade` is that of an entry, whole or its last part.
    Why: an upgrade that upgrades nothing would be taken for one that did.
    Example: `aua lock coding.yaml --upgrade vlm`
    Instead: `aua lock coding.yaml --upgrade images/vllm`, or `--upgrade vllm`.
    """
    from difflib import get_close_matches

    short = {name.rpartition("/")[2]: name for name in known}
    near = get_close_matches(asked, [*known, *short], n=1)
    advice = f"Did you mean `{near[0]}`?" if near else "The entries stand in `aua.lock`, one a line."
    return Diagnostic("AUA0604", "error", f"No entry is named `{asked[:100]}`.", help=advice)


def no_place(preset: str) -> Diagnostic:
    """A shipped preset has no lock.

    What it checks: the config given to `aua lock` is a file of a project.
    Why: a lock lies beside the config and is committed with it. Nothing is written beside shipped files.
    Example: `aua lock coding --tier single-4090`
    Instead: `aua init` makes a config that names the preset; lock that.
    """
    return Diagnostic(
        "AUA0605", "error", f"`{preset}` is a shipped preset: a lock lies beside a config of yours.", help="Make one with `aua init`."
    )


def short(value: str) -> str:
    """A digest as far as it is needed to be told apart; other values whole."""
    return f"{value[:19]}…" if value.startswith("sha256:") else value
