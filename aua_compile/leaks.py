"""Finds secrets that were written into a config, so that they go no further: not into the plan, not into an artifact, not onto a screen."""

from collections.abc import Iterator
from typing import TypeAlias

from aua_compile.characters import shown
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Document, Mapping, Node, Scalar, Sequence
from aua_compile.frozen import dataclass
from aua_compile.secrets import SHORTEST, forms_in, kind_by_form, kind_by_name, pattern, redacted
from aua_compile.source import Source
from aua_compile.span import Lines, Span

_Way: TypeAlias = "tuple[_Way, str] | None"
"""The steps from a node back to the root; joined only for a finding."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A scalar on its way to be judged: its text, the name that it stands under, and where it is."""

    text: str
    name: str
    way: _Way
    span: Span


def find_secrets(document: Document) -> tuple[Diagnostic, ...]:
    """A finding for each key or value of the document, its `x-*` entries included, that is a secret."""
    everything = Mapping((*document.root.entries, *document.extensions), document.root.span)
    places = tuple(_places(everything))
    forms = forms_in("\n".join(place.text for place in places))
    found = ((kind_by_form(place.text, forms) or kind_by_name(place.name, place.text), place) for place in places)
    return tuple(secret_value(kind, _path(place.way), place.span) for kind, place in found if kind)


def find_secrets_in_text(source: Source) -> tuple[Diagnostic, ...]:
    """The same for a file that is only text, such as a prompt. It has no keys, so only the published forms are seen."""
    lines = Lines(source.name, source.text)
    found = ((form.kind, match) for form in forms_in(source.text) for match in pattern(form.pattern).finditer(source.text))
    return tuple(secret_value(kind, "", lines.span(match.start(), match.end())) for kind, match in found)


def secret_value(kind: str, path: str, span: Span) -> Diagnostic:
    """A secret in the config.

    What it checks: no key or value, also under `x-*` and in keys that mean nothing, has the form of a secret: known key prefixes, private
        keys, credentials in URLs, bearer and signed tokens, and opaque values under names such as `key`, `token`, `password`, `secret`.
    Why: a config is committed, reviewed and copied into artifacts, and so would the secret be.
    Example: `api_key_secret:` followed by the key itself.
    Instead: put the secret into an environment variable and write the variable's name, as in `api_key_secret: AUA_API_KEY`. If the file
        was shared, revoke the secret.
    """
    help_ = "Put it into an environment variable and write the variable's NAME here. If this file was shared, revoke the secret."
    return Diagnostic("AUA0130", "error", f"A secret is written here: {kind}.", span, path, help=help_, secret=True)


def _places(root: Mapping) -> Iterator[_Place]:
    """Every key and scalar below `root`, in the order of the file. A node that aliases share is visited once."""
    seen: set[int] = set()
    waiting: list[tuple[Node, str, _Way]] = [(root, "", None)]
    while waiting:
        node, name, way = waiting.pop()
        if isinstance(node, Scalar):
            yield _Place(node.text, name, way, node.span)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            waiting.extend((item, name, (way, f"[{index}]")) for index, item in reversed(tuple(enumerate(node.items))))
            continue
        named = _sibling_name(node)
        for entry in reversed(node.entries):
            if len(entry.key) >= SHORTEST:
                yield _Place(entry.key, "", way, entry.key_span)
            name = named if named and entry.key == "value" else entry.key
            waiting.append((entry.value, name, (way, f".{entry.key}")))


def _sibling_name(mapping: Mapping) -> str:
    """What `{name: API_KEY, value: ...}` calls its value."""
    for entry in mapping.entries:
        if entry.key == "name" and isinstance(entry.value, Scalar):
            return entry.value.text
    return ""


def _path(way: _Way) -> str:
    steps = []
    while way is not None:
        way, step = way
        steps.append(shown(redacted(step)))
    return "".join(reversed(steps)).removeprefix(".")
