"""Shipped facts by name. A file is opened when it is first asked for, and only then: a compile reads what its plan names.

What it holds never changes while it is in use, so the phases that are given a catalog stay functions of their arguments.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

from aua_compile.checked import Checked
from aua_compile.config.read import build, read
from aua_compile.document import Document, Scalar, parse
from aua_compile.index import aliases
from aua_compile.registry.model import AcceleratorFacts, Candidate, EngineFacts, FieldFacts, ModelFacts, TierFacts
from aua_compile.registry.pins import NOTHING, Pins
from aua_compile.registry.ready import READY
from aua_compile.shipped import Kind, entry_text, names
from aua_compile.source import Source

OLLAMA = "ollama"
"""Suffix of a reference to the smallest variant that Ollama lists, on Ollama."""

T = TypeVar("T", ModelFacts, AcceleratorFacts, EngineFacts, FieldFacts, TierFacts)


class BrokenFactsError(Exception):
    """A shipped file that does not read: a bug of ours, never the user's mistake."""


class Catalog:
    """The registries, tiers, presets and prompts that come with the compiler."""

    def __init__(self, pins: Pins = NOTHING) -> None:
        self.pins = pins
        self._documents: dict[tuple[str, str], Document | None] = {}
        self._facts: dict[tuple[str, str], Any] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self.sources: dict[str, Source] = {}
        """Every file that was opened, for showing findings."""

    def pinned(self, pins: Pins) -> "Catalog":
        """The same files, with what `pins` says of commits and images. What either opens, `sources` of both holds."""
        other = Catalog(pins)
        other._documents, other._names, other.sources = self._documents, self._names, self.sources
        return other

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The entries of one kind, sorted."""
        if kind not in self._names:
            self._names[kind] = names(kind)
        return self._names[kind]

    def document(self, kind: Kind, name: str) -> Document | None:
        """The parsed file of an entry, or None where there is no such entry."""
        key = (kind, name)
        if key not in self._documents:
            self._documents[key] = self._parsed(kind, name) if name in self.names(kind) else None
        return self._documents[key]

    def _source(self, kind: Kind, name: str) -> Source:
        file = f"{kind}/{name}.yaml"
        if file not in self.sources:
            self.sources[file] = Source(file, entry_text(kind, name))
        return self.sources[file]

    def _parsed(self, kind: Kind, name: str) -> Document:
        source = self._source(kind, name)
        parsed = parse(source)
        if parsed.value is None:
            raise BrokenFactsError(f"{source.name}: {parsed.diagnostics[0].message}")
        return parsed.value

    def _of(self, kind: Kind, name: str, block: type[T]) -> T | None:
        key = (kind, name)
        if key not in self._facts:
            self._facts[key] = self._held(self._said(kind, name, block)) if name in self.names(kind) else None
        facts: T | None = self._facts[key]
        return facts

    def _said(self, kind: Kind, name: str, block: type[T]) -> T:
        """What a file says: as it was typed when the project was built, unless its text is another since."""
        ready: Callable[[], T] | None = READY.get(sha256(self._source(kind, name).text.encode()).hexdigest())
        return ready() if ready else typed(self._parsed(kind, name), block, name)

    def _held(self, facts: T) -> T:
        match facts:
            case ModelFacts():
                return self.pins.of_model(facts)
            case EngineFacts():
                return self.pins.of_engine(facts)
        return facts

    def model(self, name: str) -> ModelFacts | None:
        """A model by its registry name."""
        return self._of("models", name, ModelFacts)

    def model_names(self) -> tuple[str, ...]:
        """What a ladder may name: models, and other names of theirs."""
        return tuple(sorted({*self.names("models"), *aliases("models")}))

    def accelerator(self, name: str) -> AcceleratorFacts:
        """An accelerator that a tier names."""
        return _certain(self._of("accelerators", name, AcceleratorFacts), "accelerators", name)

    def engine(self, name: str) -> EngineFacts:
        """An engine that a tier names."""
        return _certain(self._of("engines", name, EngineFacts), "engines", name)

    def field(self, name: str) -> FieldFacts | None:
        """A field by its name."""
        return self._of("fields", name, FieldFacts)

    def with_facts(self, facts: dict[tuple[str, str], Any]) -> "Catalog":
        """The same catalog, saying something else of some entries (kind, name); for asking what would be then."""
        other = self.pinned(self.pins)
        other._facts = {**self._facts, **facts}  # noqa: SLF001 - its own, just made
        return other

    def tier(self, document: Document) -> Checked[TierFacts]:
        """The facts of a tier's file."""
        tree = read(document, TierFacts, "tier")
        return tree.then(lambda branch: build(branch, TierFacts)[0])

    def prompt(self, name: str) -> str:
        """A registered prompt's text; the rules have checked that there is one."""
        document = self.document("prompts", name)
        for entry in document.root.entries if document else ():
            if entry.key == "text" and isinstance(entry.value, Scalar):
                return str(entry.value.value)
        raise BrokenFactsError(f"prompts/{name}.yaml lacks `text`")

    def candidate(self, reference: str) -> Candidate | None:
        """What a rung names: a model (its first variant), `<model>-<variant>`, `<model>-ollama`, or a repository of one.

        The index holds every reference that the files allow, so that only the file of the model itself is opened.
        """
        name, _, variant = aliases("models").get(reference, reference).partition("/")
        facts = self.model(name)
        if facts is None:
            return None
        if variant == OLLAMA:
            tagged = [stored for stored in facts.variants.values() if stored.ollama_tag is not None]
            return Candidate(reference, facts, tagged[-1], OLLAMA)
        return Candidate(reference, facts, facts.variants[variant or next(iter(facts.variants))])

    def absence(self, reference: str) -> str:
        """Why a known model has no variant of that name, and which it has; empty where the name means no known model."""
        name, variant = self._split(reference)
        facts = self.model(name)
        if facts is None:
            return ""
        has = "It has " + ", ".join(f"`{name}-{quantization}`" for quantization in facts.variants) + "."
        why = facts.absent.get(variant)
        return f"{why[0].upper()}{why[1:]}. {has}" if why else has

    def _split(self, reference: str) -> tuple[str, str]:
        """`<model>-<variant>` in its two parts: the longest model name that fits, if any."""
        head = reference
        while "-" in head:
            head = head.rpartition("-")[0]
            if head in self.names("models"):
                return head, reference[len(head) + 1 :]
        return "", ""


def _certain(facts: T | None, kind: str, name: str) -> T:
    if facts is None:
        raise BrokenFactsError(f"{kind}/{name}.yaml is named and not there")
    return facts


def typed(document: Document, block: type[T], name: str) -> T:
    tree = read(document, block, "registry")
    built = tree.then(lambda branch: build(branch, block)[0])
    if built.value is None:
        first = built.diagnostics[0]
        raise BrokenFactsError(f"{document.name}:{first.span.line if first.span else 1}: {first.message}")
    facts: T = replace(built.value, name=name)  # type: ignore[arg-type]  # an engine's name is one of three, and a file has it
    if isinstance(facts, ModelFacts):
        variants: Mapping[str, Any] = {key: replace(variant, quantization=key) for key, variant in facts.variants.items()}
        return replace(facts, variants=variants)
    return facts
