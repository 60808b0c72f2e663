"""Artifacts as data again: what their YAML or JSON says, and the text of the same form for other data."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aua_compile.artifact import Artifact
from aua_compile.manifest import MANIFEST
from aua_compile.render import to_json, to_yaml_documents

_TARGETS = ("compose/", "kubernetes/", "prometheus/", "grafana/")
_OF_THE_ROUTER = ("plan.json", "settings.json", MANIFEST)


@dataclass(slots=True)
class File:
    """A structured artifact while patches change it: its documents (of JSON one) as emitted and now, and who changed them, by index.

    Patches make new documents and never change one.
    """

    artifact: Artifact
    emitted: tuple[Any, ...]
    documents: list[Any]
    patched_by: list[int] = field(default_factory=list)

    def written(self, head: str) -> Artifact:
        """The artifact with its documents as they are now; in YAML `head` is one line more of the opening comment."""
        if _is_json(self.artifact.path):
            return replace(self.artifact, text=to_json(self.documents[0]))
        lines = [*(line.removeprefix("# ") for line in _comment(self.artifact.text)), head]
        return replace(self.artifact, text=to_yaml_documents(self.documents, "\n".join(lines)))


@dataclass(slots=True)
class Files:
    """The artifacts of a plan, each read when a patch asks for it."""

    artifacts: tuple[Artifact, ...]
    opened: dict[str, File] = field(default_factory=dict)

    def at(self, path: str) -> File:
        """The file of a structured artifact."""
        if path not in self.opened:
            artifact = next(artifact for artifact in self.artifacts if artifact.path == path)
            documents = _documents(artifact)
            self.opened[path] = File(artifact, documents, list(documents))
        return self.opened[path]

    def holding(self, words: Sequence[str], among: Sequence[str]) -> Iterator[File]:
        """The structured YAML files of Kubernetes whose text has all of these words; only those can hold an object that has them."""
        for artifact in self.artifacts:
            path = artifact.path
            if path not in among or not path.startswith("kubernetes/") or _is_json(path):
                continue
            if path in self.opened or all(word in artifact.text for word in words):
                yield self.at(path)


def is_structured(path: str) -> bool:
    """Whether patches may change an artifact: data for other programs than the router, whose code and settings follow the plan alone."""
    return path.startswith(_TARGETS) and path.endswith((".yaml", ".json")) and not path.endswith(_OF_THE_ROUTER)


def _is_json(path: str) -> bool:
    return path.endswith(".json")


def _comment(text: str) -> list[str]:
    found = re.match(r"(?:#.*\n)*", text)
    return found.group().splitlines() if found else []


def _documents(artifact: Artifact) -> tuple[Any, ...]:
    if _is_json(artifact.path):
        return (json.loads(artifact.text),)
    import yaml

    return tuple(yaml.load_all(artifact.text, Loader=yaml.CSafeLoader))
