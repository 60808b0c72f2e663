"""A patch says what it changes and how, in a form that can be carried out."""

from collections.abc import Iterator

from aua_compile.config.model.deploy import Patch
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def malformed_patch(subject: Subject, path: str, why: str, advice: str) -> Diagnostic:
    """A patch that cannot be carried out as it is written.

    What it checks: a patch names a target, has either `merge` or `json` and something in it, and each operation of `json` is one of
        RFC 6902 with what it needs and nothing else.
    Why: a patch that is half understood would change something else than was meant, or nothing.
    Example: `json: [{op: replace, path: spec/replicas}]`, whose path lacks the first `/` and which has no `value`.
    Instead: `json: [{op: replace, path: /spec/replicas, value: 2}]`.
    """
    place = subject.place(path)
    return Diagnostic("AUA0701", "error", f"`{place.path}` cannot be carried out: {why}.", place.span, place.path, advice)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for index, patch in enumerate(subject.config.patches):
        yield from _of_patch(subject, patch, f"patches.{index}")


def _of_patch(subject: Subject, patch: Patch, path: str) -> Iterator[Diagnostic]:
    from aua_compile.json_patch import mistake  # most configs have no patches

    at = patch.target
    if not (at.file or at.kind or at.name or at.labels):
        yield malformed_patch(subject, f"{path}.target", "it names no target", "Give `file`, or `kind`, `name` or `labels` of objects.")
    if patch.merge is not None and patch.json is not None:
        yield malformed_patch(subject, path, "it has both `merge` and `json`", "Make two patches of it; they apply in their order.")
    elif not patch.merge and not patch.json:
        given = "merge" if patch.merge is not None else "json" if patch.json is not None else ""
        yield malformed_patch(
            subject,
            f"{path}.{given}".rstrip("."),
            "it changes nothing",
            "Say what to change under `merge`, or by operations under `json`.",
        )
    for number, operation in enumerate(patch.json or ()):
        if (wrong := mistake(operation)) is not None:
            key, why = wrong
            yield malformed_patch(subject, f"{path}.json.{number}.{key}".rstrip("."), why, "docs/patches.md shows each operation.")
