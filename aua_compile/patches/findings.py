"""The diagnostics of patches, AUA070x: one builder per code. `malformed_patch` is a rule on the config."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from aua_compile.characters import shown
from aua_compile.config.mistakes import listed, nearest
from aua_compile.config.tree import Origin
from aua_compile.diagnostic import Diagnostic, Related

LONGEST_VALUE = 100
LONGEST_PATH = 200


def matches_nothing(origin: Origin, what: str, why: str, advice: str) -> Diagnostic:
    """A patch whose target is not there, or is not one thing.

    What it checks: `target` names a file that is written or objects that are in one; a file that is named by the end of its path is the
        only one that ends so.
    Why: a patch that changes nothing looks as if what it says held.
    Example: `target: {kind: Deployment, name: ruoter}`.
    Instead: `target: {kind: Deployment, name: router}`; the output folder has the files and objects that there are.
    """
    return Diagnostic("AUA0702", "error", f"The patch of {what} matches nothing: {why}.", origin.span, origin.written, advice)


def leads_nowhere(origin: Origin, pointer: str, where: str, why: str, known: Sequence[str]) -> Diagnostic:
    """A patch that changes or removes what is not there.

    What it checks: what an operation replaces, removes, tests, moves or copies is there, as is the mapping or list into which it adds; and
        what a merge patch removes with null is there.
    Why: the artifact is not, or no longer, what the patch was written for, so it would do nothing or something else.
    Example: `{op: replace, path: /spec/replica, value: 2}`.
    Instead: `{op: replace, path: /spec/replicas, value: 2}`; look at the file in the output folder.
    """
    near = nearest(pointer.rpartition("/")[2], known)
    advice = (
        f"Did you mean `{near}`?" if near else f"There are {listed(known)}." if known else "Look at the file as it is without the patch."
    )
    message = f"There is no `{shown(pointer, LONGEST_PATH)}` in {where}: {why}."
    return Diagnostic("AUA0703", "error", message, origin.span, origin.written, advice)


def unexpected_value(origin: Origin, pointer: str, where: str, expected: Any, found: Any, null: str = "null") -> Diagnostic:
    """A patch that was written for another value.

    What it checks: `test` operations and `expects` find the values that they say, before the patch changes anything.
    Why: what the patch changes has changed by itself; whether it is still right, a person must say.
    Example: `expects: {services: {router: {restart: always}}}` where the compiler now writes `unless-stopped`.
    Instead: look at what is written now, then change or remove the patch.
    """
    at = shown(pointer or "/", LONGEST_PATH)
    message = f"`{at}` in {where} is {_value(found, null)}, but the patch was written for {_value(expected, null)}."
    return Diagnostic(
        "AUA0704", "error", message, origin.span, origin.written, "See whether the patch is still right, and write the new value here."
    )


def not_patchable(origin: Origin, path: str) -> Diagnostic:
    """A patch of a file that patches cannot change.

    What it checks: patches change YAML and JSON of compose, Kubernetes, Prometheus and Grafana. They do not change the plan, the manifest,
        the router's code and settings, or the runtime that is carried along.
    Why: those files say what was decided or follow from it as a whole; a part that says something else would be untrue.
    Example: `target: {file: plan.json}`.
    Instead: set the config key that decides it; or take the file over with `aua eject FILE`, which leaves it to you from then on.
    """
    eject = "" if path.endswith("plan.json") else f", or take the file over: `aua eject {path}`"
    advice = f"Set the key of the config that decides it{eject}."
    return Diagnostic("AUA0705", "error", f"`{path}` cannot be patched.", origin.span, origin.written, advice)


def breaks_file(origin: Origin, where: str, why: str, others: Iterable[Origin]) -> Diagnostic:
    """Patches that leave a file which its program would refuse or which no longer fits the rest.

    What it checks: a patched Kubernetes object keeps its `apiVersion`, `kind`, name and namespace, its selector matches its own pods, and
        its mounts have volumes; a patched compose file has every service, network, volume, secret and config that it refers to.
    Why: other files and the plan know objects by these names; a reference to nothing fails when it is deployed.
    Example: `merge: {metadata: {name: other}}` on a Service.
    Instead: change the names in the config; add what the patch refers to.
    """
    related = tuple(Related("changed here too", other.span) for other in others)
    advice = "Change the patch; docs/patches.md says what is checked."
    return Diagnostic("AUA0706", "error", f"{where} does not hold together: {why}.", origin.span, origin.written, advice, related)


def changes_nothing(origin: Origin, where: str) -> Diagnostic:
    """A patch that leaves everything as it was.

    What it checks: a patch, unless it only tests, changes something in what it matches.
    Why: what it was written for is by now written without it, and the next change may make it wrong.
    Example: `merge: {services: {router: {restart: unless-stopped}}}`, which is what compose.yaml says anyway.
    Instead: remove the patch.
    """
    message = f"The patch changes nothing in {where}: it says so already."
    return Diagnostic("AUA0707", "warning", message, origin.span, origin.written, "Remove the patch.")


def _value(value: Any, null: str) -> str:
    return null if value is None else f"`{shown(json.dumps(value, ensure_ascii=False), LONGEST_VALUE)}`"
