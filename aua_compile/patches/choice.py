"""What a patch's target means among the artifacts: the documents of one file, or objects of Kubernetes wherever they are written."""

from collections.abc import Iterator
from typing import Any

from aua_compile.config.mistakes import listed, nearest
from aua_compile.config.tree import Origin
from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass
from aua_compile.patches import findings
from aua_compile.patches.structured import File, Files, is_structured
from aua_compile.plan.model import PatchTarget


@dataclass(frozen=True, slots=True)
class Place:
    """One document of a file."""

    file: File
    index: int

    @property
    def document(self) -> Any:
        return self.file.documents[self.index]

    @property
    def named(self) -> str:
        """How a message speaks of it."""
        path = f"`{self.file.artifact.path}`"
        return f"{self.document['kind']} `{name_of(self.document)}` of {path}" if len(self.file.documents) > 1 else path


def chosen(target: PatchTarget, origin: Origin, files: Files, targets: tuple[str, ...]) -> tuple[Place, ...] | Diagnostic:
    """The documents that a target means, in the order of the files. `targets` are those that the plan emits."""
    among = tuple(artifact.path for artifact in files.artifacts if is_structured(artifact.path))
    if target.file is not None:
        named = _named(target.file, origin, files, targets)
        if isinstance(named, Diagnostic):
            return named
        among = (named,)
        if not (target.kind or target.name or target.labels):
            file = files.at(named)
            if len(file.documents) == 1:
                return (Place(file, 0),)
            advice = f"Say which by `kind` and `name`: {listed(map(_called, file.documents))}."
            return findings.matches_nothing(origin, f"`{named}`", f"it holds {len(file.documents)} objects", advice)
    words = [word for word in (target.kind, target.name, *target.labels.values()) if word]
    found = tuple(place for place in _objects(files, words, among) if _is_meant(target, place.document))
    return found or _no_object(target, origin, files, among, targets)


def name_of(document: Any) -> str:
    """The name of an object of Kubernetes; empty where it has none."""
    metadata = document.get("metadata") if isinstance(document, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


def _named(path: str, origin: Origin, files: Files, targets: tuple[str, ...]) -> str | Diagnostic:
    known = [artifact.path for artifact in files.artifacts]
    ends = [path] if path in known else [name for name in known if name.endswith(f"/{path}")]
    patchable = [name for name in ends if is_structured(name)]
    if len(patchable) == 1:
        return patchable[0]
    if patchable:
        return findings.matches_nothing(origin, f"`{path}`", f"{len(patchable)} files end so", f"Name one of {listed(patchable)}.")
    if ends:
        return findings.not_patchable(origin, ends[0])
    structured = [name for name in known if is_structured(name)]
    near = nearest(path, structured) or nearest(path, [name.rpartition("/")[2] for name in structured])
    advice = f"Did you mean `{near}`?" if near else f"Targets that are written: {listed(targets)}; the output folder has their files."
    return findings.matches_nothing(origin, f"`{path}`", "there is no such file", advice)


def _objects(files: Files, words: list[str], among: tuple[str, ...]) -> Iterator[Place]:
    for file in files.holding(words, among):
        for index, document in enumerate(file.documents):
            if isinstance(document, dict) and "kind" in document:
                yield Place(file, index)


def _is_meant(target: PatchTarget, document: dict[str, Any]) -> bool:
    metadata = document.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    labels = labels if isinstance(labels, dict) else {}
    return (
        target.kind in {None, document["kind"]}
        and target.name in {None, name_of(document)}
        and all(labels.get(label) == value for label, value in target.labels.items())
    )


def _no_object(target: PatchTarget, origin: Origin, files: Files, among: tuple[str, ...], targets: tuple[str, ...]) -> Diagnostic:
    label = ",".join(f"{name}={value}" for name, value in target.labels.items())
    what = " ".join(filter(None, (target.kind or "objects", target.name, label)))
    if "kubernetes" not in targets:
        advice = f"Objects are written for the target `kubernetes`; `targets` has {listed(targets)}."
        return findings.matches_nothing(origin, f"`{what}`", "no objects are written", advice)
    documents = [place.document for place in _objects(files, [], among)]
    alike = [document for document in documents if document["kind"] == target.kind]
    kinds = sorted({document["kind"] for document in documents})
    if target.kind and not alike:
        near, advice = nearest(target.kind, kinds), f"Kinds that are written: {listed(kinds)}."
    else:
        near = nearest(target.name or "", map(name_of, alike or documents))
        advice = f"There are {listed(map(_called, alike or documents))}."
    return findings.matches_nothing(origin, f"`{what}`", "there is no such object", f"Did you mean `{near}`?" if near else advice)


def _called(document: dict[str, Any]) -> str:
    return f"{document['kind']} {name_of(document)}".rstrip()
