"""Findings about what a config names: presets, tiers, other files, paths and command-line settings."""

import re
from collections.abc import Iterable
from typing import Literal

from aua_compile.config.mistakes import MOST_LISTED, listed, nearest, shown
from aua_compile.diagnostic import Diagnostic, Fix
from aua_compile.span import Span


def unknown_name(kind: str, name: str, known: Iterable[str], span: Span | None, otherwise: str = "") -> Diagnostic:
    """A preset, tier, field, model or backend that does not exist.

    What it checks: every name that a config uses is shipped with aua or declared in the config itself; a tier may be a file of the
    project's below `tiers/`.
    Why: there is nothing to take instead that would be what was meant.
    Example: `tier: single-4900`.
    Instead: `tier: single-4090`; `aua tiers list` shows all.
    """
    known = sorted(known)
    near = nearest(name, known)
    names = f"Known: {listed(known)}." if len(known) <= MOST_LISTED or not otherwise else ""
    return Diagnostic(
        "AUA0220",
        "error",
        f"There is no {kind} named {shown(name)}.",
        span,
        kind,
        f"Did you mean `{near}`?" if near else f"{names} {otherwise}".strip(),
        fix=Fix(span, near) if near and span is not None and not span.file.startswith("--") else None,
    )


def extends_cycle(path: str, span: Span) -> Diagnostic:
    """Files that extend each other in a circle.

    What it checks: following `extends` from file to file never returns to a file already read.
    Why: there would be no order of precedence.
    Example: `a.yaml` extends `b.yaml`, which extends `a.yaml`.
    Instead: move what both need into a third file.
    """
    return Diagnostic(
        "AUA0221", "error", f"`extends` leads back to {shown(path)}.", span, "extends", "Remove one of the `extends` in the circle."
    )


def extends_too_long(limit: int, span: Span) -> Diagnostic:
    """A chain of `extends` that is too long.

    What it checks: at most 8 files lie under the project's.
    Why: nobody could say where a value comes from.
    Example: nine files, each extending the next.
    Instead: merge some of them.
    """
    return Diagnostic("AUA0222", "error", f"More than {limit} files extend each other.", span, "extends", "Merge some of them.")


def outside_project(key: str, path: str, span: Span) -> Diagnostic | None:
    """A path that leaves the project.

    What it checks: paths are relative to the project and stay inside it: no absolute or home path, no `..` that leads out, no URI.
    Why: a config must mean the same on every machine, and compiling must not read anything else.
    Example: `extends: ../../etc/base.yaml`.
    Instead: put the file into the project.
    """
    absolute = path.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path) is not None
    depth = 0
    for part in path.split("/"):
        depth += -1 if part == ".." else 0 if part in {"", "."} else 1
        if depth < 0:
            absolute = True
    if not absolute:
        return None
    return Diagnostic(
        "AUA0223",
        "error",
        f"`{key}` is {shown(path)}, which lies outside the project.",
        span,
        key,
        "Give a path relative to the project's folder.",
    )


def bad_setting(setting: str, reason: str, advice: str = "Write `--set key.path=value`.") -> Diagnostic:
    """A `--set` that cannot be applied.

    What it checks: `--set` is `key=value` with a dotted path to a key of the language; entries of lists are named, and must exist.
    Why: a setting that reaches nothing would be ignored in silence.
    Example: `--set specialists.swee.port=9100`.
    Instead: `--set specialists.swe.port=9100`.
    """
    return Diagnostic("AUA0224", "error", f"`--set` cannot apply {shown(setting)}: {reason}.", Span.of_file("--set"), help=advice)


def unreached(path: str, kind: Literal["key", "entry"], name: str, known: Iterable[str]) -> Diagnostic:
    """A `--set` whose path leads to no key, or to no entry of a list."""
    known = tuple(known)
    near = nearest(name, known)
    missing = f"there is no key `{name}`" if kind == "key" else f"no entry is named `{name}`"
    advice = f"Did you mean `{near}`?" if near else f"Known there: {listed(known)}." if known else "It has no keys below it."
    return bad_setting(path, missing, advice)


def lacks_tier(span: Span) -> Diagnostic:
    """No tier was chosen.

    What it checks: the config or the command line says what hardware the deployment runs on.
    Why: without it nothing can be placed, and no default would be right for everyone.
    Example: a config with neither `tier:` nor `--tier`.
    Instead: `tier: single-4090`.
    """
    return Diagnostic(
        "AUA0225", "error", "No tier is chosen.", span, "tier", "Add `tier: NAME`, or give `--tier NAME`; `aua tiers list` shows all."
    )


def weakened_lock(path: str, locked: str, given: str, span: Span, preset: str) -> Diagnostic:
    """A locked value made less safe.

    What it checks: a key that a preset lists under `locked` is not made less safe by a stronger layer; making it safer is allowed.
    Why: presets such as medical-safe promise that they abstain and ask the arbiter.
    Example: `preset: medical-safe` with `safety: {abstention_enabled: false}`.
    Instead: keep the preset's value, or start from another preset.
    """
    return Diagnostic(
        "AUA0226",
        "error",
        f"`{path}` is locked at `{locked}` by {preset}; `{given}` is less safe.",
        span,
        path,
        "Remove the line, or choose another preset.",
    )


def config_version(found: str, supported: str, span: Span) -> Diagnostic:
    """A config of another version of the language.

    What it checks: `config_version` is the one that this compiler reads.
    Why: keys may mean something else in another version.
    Example: `config_version: "2.0"`.
    Instead: `config_version: "1.0"`; `aua config migrate FILE` brings an older file up to date.
    """
    older = re.fullmatch(r"0\.\d{1,3}", found) is not None
    advice = f"`aua config migrate {span.file}` brings it to {supported}." if older else "Upgrade aua to read it."
    return Diagnostic(
        "AUA0227", "error", f"`config_version` is {shown(found)}; this compiler reads `{supported}`.", span, "config_version", advice
    )
