"""What texts of a config name: which names there are, what is known of each, and where it is declared."""

from collections.abc import Iterable, Iterator
from typing import Any

from aua_compile.config.declare import Names, walk
from aua_compile.config.model.models import ENGINE_KINDS
from aua_compile.document import Mapping, plain
from aua_compile.editor.around import Around
from aua_compile.editor.sketch import Part
from aua_compile.frozen import dataclass
from aua_compile.index import aliases
from aua_compile.registry.model import Candidate
from aua_compile.shipped import Kind
from aua_compile.span import Span

OWN: dict[Names, str] = {"model": "models", "backend": "backends", "specialist": "specialists", "field": "fields"}
"""Where a config declares names of its own."""

SHIPPED: dict[Names, Kind] = {"preset": "presets", "tier": "tiers", "field": "fields", "backend": "engines", "prompt": "prompts"}


@dataclass(frozen=True, slots=True)
class Name:
    """A name that may be written, and where it comes from in a word or two."""

    text: str
    source: str


def known(names: Names, root: Part, around: Around) -> list[Name]:
    """Every name of a kind, each once: the config's own first, then what is shipped."""
    found = {name.text: name for name in reversed([*_own(names, root, around), *_given(names, around)])}
    return list(reversed(found.values()))


def _own(names: Names, root: Part, around: Around) -> Iterator[Name]:
    """Names that this text declares, then those of the project's other layers."""
    if names not in OWN:
        return
    key = OWN[names]
    for part in getattr(root.child(key), "parts", ()):
        text = part.key or part.child_text("name") or part.text
        if text:
            yield Name(text, "this file")
    if around.resolved is not None:
        held: Any = getattr(around.resolved.config, key)
        yield from (Name(text if isinstance(text, str) else text.name, "this project") for text in held)


def _given(names: Names, around: Around) -> Iterator[Name]:
    catalog = around.catalog
    if names == "model":
        yield from (Name(text, "registry") for text in catalog.model_names() if "/" not in text)
    elif names == "repository":
        yield from (Name(text, "registry") for text in catalog.model_names() if "/" in text)
    elif names == "file":
        yield from (Name(text, "file") for text in around.files)
    elif names == "key":
        yield from (Name(path, "key") for path, entry in walk(around.block) if entry.key.safer is not None and "[" not in path)
    elif names == "backend":
        yield from (Name(text, "kind of backend") for text in ENGINE_KINDS)
    elif names in SHIPPED:
        yield from (Name(text, "shipped") for text in catalog.names(SHIPPED[names]))
        yield from (Name(text, f"another name of {name}") for text, name in aliases(SHIPPED[names]).items())


def described(names: Names, text: str, root: Part, around: Around) -> str:
    """What is known of a name, as Markdown; empty where it means nothing."""
    if names in OWN and (part := root.at(OWN[names], text)) is not None and not (names == "field" and part.text):
        return f"`{text}`: declared in this file, line {part.key_at.line + 1}."
    if names in {"model", "repository"}:
        candidate = around.catalog.candidate(text)
        return "" if candidate is None else _model(candidate)
    kind = SHIPPED.get(names)
    document = around.catalog.document(kind, aliases(kind).get(text, text)) if kind else None
    said: Any = plain(document.root) if document else {}
    match names:
        case "preset" if document:
            return _preset(text, said)
        case "tier" if document:
            return _tier(text, said)
        case "field" if document:
            other = f" Also {_listed(said['aliases'])}." if said.get("aliases") else ""
            return f"**{text}**: {said.get('description', '')}{other}"
        case "prompt" if document:
            return f"**{text}**\n\n```text\n{said.get('text', '').strip()}\n```"
        case "backend" if document:
            return f"**{text}** {said.get('version', '')}, image `{said.get('image', '')}`"
        case _:
            return ""


def _model(candidate: Candidate) -> str:
    model, variant = candidate.model, candidate.variant
    where = variant.repository or variant.ollama_tag or ""
    size = f"{model.parameters.total / 1e9:.1f} billion parameters, {variant.weights_gib:.1f} GiB of weights"
    lines = [
        f"**{model.name}** as `{variant.quantization}`: {size}, {model.context_tokens:,} tokens of context.",
        f"Licence {model.license or 'unknown'}{', gated' if model.gated else ''}. {f'`{where}`' if where else ''}",
    ]
    if model.strengths:
        lines.append(f"For {', '.join(model.strengths)}.")
    return "\n\n".join(lines)


def _preset(text: str, said: Any) -> str:
    rows = [f"- `{one['name']}` for `{one['field']}`: {_listed(_as_list(one['model'])[:3])} …" for one in said.get("specialists", [])]
    return "\n".join([f"**{text}**", "", *rows])


def _tier(text: str, said: Any) -> str:
    devices = f"{said['accelerators']} x `{said['accelerator']}`" if said.get("accelerators") else f"`{said['accelerator']}`"
    return f"**{text}**: {said.get('description', '')}\n\n{devices}, {said['host_ram_gib']} GiB of host memory; {_listed(said['engines'])}."


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def declared_where(names: Names, text: str, root: Part, around: Around) -> Part | Span | None:
    """Where a name is declared: a part of this text, or a place in another file."""
    if names in OWN:
        part = root.at(OWN[names], text)
        if part is not None:
            return part
        origin = around.resolved.origins.get(f"{OWN[names]}.{text}") if around.resolved else None
        if origin and origin[0].layer != "registry":
            return origin[0].span
    if names in {"model", "repository"}:
        return _variant_at(text, around)
    kind = SHIPPED.get(names)
    if kind is None:
        return None
    name = aliases(kind).get(text, text)
    return Span.of_file(f"{kind}/{name}.yaml") if name in around.catalog.names(kind) else None


def _variant_at(text: str, around: Around) -> Span | None:
    """The line of a model's variant in its registry file."""
    name, _, variant = aliases("models").get(text, text).partition("/")
    document = around.catalog.document("models", name)
    if document is None:
        return None
    variants = next((entry.value for entry in document.root.entries if entry.key == "variants"), None)
    if isinstance(variants, Mapping):
        for entry in variants.entries:
            stored = plain(entry.value) if isinstance(entry.value, Mapping) else {}
            if entry.key == variant or (isinstance(stored, dict) and stored.get("repository") == text):
                return entry.key_span
    return Span.of_file(document.name)
