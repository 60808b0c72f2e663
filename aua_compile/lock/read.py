"""A document as a lock."""

from aua_compile.checked import Checked
from aua_compile.config.read import build, read
from aua_compile.document import Document, Mapping
from aua_compile.lock.model import Lock, LockFile
from aua_compile.span import Span


def read_lock(document: Document) -> Checked[Lock]:
    """The lock that `aua.lock` holds, with the findings of any other config file where it holds none."""
    tree = read(document, LockFile, "project")
    if tree.diagnostics:
        return Checked(None, tree.diagnostics)
    return tree.then(lambda branch: build(branch, LockFile)[0]).then(lambda file: Checked.of(_placed(file, document)))


def _placed(file: LockFile, document: Document) -> Lock:
    return Lock(document.name, dict(file.entries), _places(document))


def _places(document: Document) -> dict[str, Span]:
    for entry in document.root.entries:
        if entry.key == "entries" and isinstance(entry.value, Mapping):
            return {inner.key: inner.key_span for inner in entry.value.entries}
    return {}
