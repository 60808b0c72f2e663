"""Applies the config's patches to the artifacts of its plan, in their order, and checks what came of it.

A patch sees what those before it left. Nothing else is touched: a file that no patch matches keeps its bytes.
"""

from collections.abc import Iterator, Mapping

from aua_compile.artifact import Artifact
from aua_compile.checked import Checked
from aua_compile.config.show import free
from aua_compile.config.tree import Said
from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass
from aua_compile.json_patch import NowhereError, UnequalError, applied, equal, pointer
from aua_compile.merge_patch import idle_removals, merged, unmet
from aua_compile.patches import findings
from aua_compile.patches.choice import Place, chosen
from aua_compile.patches.structured import Files
from aua_compile.patches.whole import faults
from aua_compile.plan.model import Patch, Plan

__all__ = ["Patched", "patched"]


@dataclass(frozen=True, slots=True)
class Patched:
    """Artifacts after patching, and by path which patches changed them."""

    artifacts: tuple[Artifact, ...]
    origins: Mapping[str, tuple[str, ...]]


def patched(artifacts: tuple[Artifact, ...], plan: Plan, said: Said) -> Checked[Patched]:
    """The artifacts with every patch of the plan applied. Returns AUA0702 to AUA0707."""
    files = Files(artifacts)
    found: list[Diagnostic] = []
    for index, patch in enumerate(plan.patches):
        found += _applied(patch, f"patches.{index}", index, files, plan.targets, said)
    found += _faults(files, said)
    changed = {path: file for path, file in files.opened.items() if file.patched_by}
    written = {path: file.written(_head(plan, file.patched_by)) for path, file in changed.items()}
    origins = {path: tuple(f"{by.file} {by.path}" for by in _of(plan, file.patched_by)) for path, file in changed.items()}
    return Checked.of(Patched(tuple(written.get(artifact.path, artifact) for artifact in artifacts), origins), found)


def _applied(patch: Patch, path: str, index: int, files: Files, targets: tuple[str, ...], said: Said) -> Iterator[Diagnostic]:
    """Apply a patch to everything that it means; what is wrong with it leaves that document as it was."""
    places = chosen(patch.target, said(f"{path}.target"), files, targets)
    if isinstance(places, Diagnostic):
        yield places
        return
    idle = True
    for place in places:
        before = place.document
        wrong = [*_unmet(patch, place, path, said)]
        after = before
        if not wrong and patch.merge is not None:
            after = merged(before, free(patch.merge))
            wrong += _idle_removals(patch.merge, place, f"{path}.merge", said)
        elif not wrong:
            after = _operated(patch, place, path, said, wrong)
        yield from wrong
        idle &= not wrong and equal(before, after)
        if not wrong and not equal(before, after):
            place.file.documents[place.index] = after
            place.file.patched_by.append(index)
    if idle and not (patch.json and all(operation["op"] == "test" for operation in patch.json)):
        yield findings.changes_nothing(said(path), places[0].named)


def _operated(patch: Patch, place: Place, path: str, said: Said, wrong: list[Diagnostic]) -> object:
    """The document after all operations; after the first that fails, as it was."""
    document = place.document
    for number, operation in enumerate(map(free, patch.json)):
        at = f"{path}.json.{number}"
        try:
            document = applied(document, operation)
        except NowhereError as nowhere:
            origin = said(f"{at}.{nowhere.key}")
            wrong.append(findings.leads_nowhere(origin, nowhere.pointer, place.named, nowhere.why, nowhere.known))
            return place.document
        except UnequalError as unequal:
            origin = said(f"{at}.value")
            wrong.append(findings.unexpected_value(origin, unequal.pointer, place.named, unequal.expected, unequal.found))
            return place.document
    return document


def _unmet(patch: Patch, place: Place, path: str, said: Said) -> Iterator[Diagnostic]:
    for steps, expected, found in unmet(place.document, patch.expects or {}):
        origin = said(".".join((path, "expects", *steps)))
        yield findings.unexpected_value(origin, pointer(steps), place.named, expected, found, null="absent")


def _idle_removals(merge: Mapping[str, object], place: Place, path: str, said: Said) -> Iterator[Diagnostic]:
    for steps in idle_removals(place.document, merge):
        origin = said(".".join((path, *steps)))
        yield findings.leads_nowhere(origin, pointer(steps), place.named, "null removes, and there is nothing to remove", ())


def _faults(files: Files, said: Said) -> Iterator[Diagnostic]:
    """What no longer holds together in the files that were changed, told at the last patch of each."""
    for file in files.opened.values():
        if file.patched_by:
            *others, last = (said(f"patches.{index}") for index in dict.fromkeys(file.patched_by))
            for where, why in faults(file):
                yield findings.breaks_file(last, where, why, others)


def _head(plan: Plan, indices: list[int]) -> str:
    return f"Patched by {', '.join(dict.fromkeys(patch.file for patch in _of(plan, indices)))}"


def _of(plan: Plan, indices: list[int]) -> tuple[Patch, ...]:
    return tuple(plan.patches[index] for index in dict.fromkeys(indices))
