"""What the package calls a model, as our config names it."""

import re
from collections.abc import Mapping
from typing import Any

from aua_compile.config.model.models import REVISION
from aua_compile.frozen import dataclass
from aua_compile.index import aliases
from aua_compile.registry.catalog import OLLAMA, Catalog
from aua_compile.registry.model import Candidate

REPOSITORY = re.compile(r"(?P<id>[A-Za-z0-9_.-]{1,96}/[A-Za-z0-9_.-]{1,96})(?:@(?P<revision>.+))?")
TAG = re.compile(r"[A-Za-z0-9_.-]{1,96}(/[A-Za-z0-9_.-]{1,96}){0,2}(:[A-Za-z0-9_.-]{1,64})?")
STORED = {"awq": "awq", "awq_marlin": "awq", "gptq": "gptq-int4", "gptq_marlin": "gptq-int4", "fp8": "fp8", None: "bf16"}
"""What the package gave vLLM as `--quantization` -> our word; without it vLLM loads what the repository holds, 16 bits if nothing else."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A model as our config names it: `reference` for a specialist, with an `entry` of `models` under that name where one is needed.

    `known` holds the registry's facts of it. `note` says what differs, or, without a reference, why there is none.
    """

    reference: str | None
    entry: Mapping[str, Any] | None = None
    known: Candidate | None = None
    note: str = ""


def weights(text: str, kind: str, quantization: str | None, catalog: Catalog) -> Weights:
    """A model of the package: a repository with or without `@revision`, a tag of Ollama's, a path, or a URI of MLflow."""
    if text.startswith("models:/"):
        return Weights(None, note="Models from MLflow are not available in this version: give the model's repository.")
    if text.startswith(("/", "./", "../", "~")):
        return Weights(None, note="Weights from a folder are not available in this version: give the model's repository.")
    if kind == OLLAMA:
        return _tagged(text, catalog)
    match = REPOSITORY.fullmatch(text)
    if match is None:
        return Weights(None, note="vLLM loads repositories of Hugging Face, and this is the name of none.")
    known = catalog.candidate(match["id"])
    pinned = {"revision": match["revision"]} if match["revision"] and REVISION.regex.fullmatch(match["revision"]) else {}
    note = "The revision behind `@` is no commit, tag or branch: give `revision`." if match["revision"] and not pinned else ""
    if known is not None and not pinned:
        return Weights(match["id"], known=known, note=note)
    facts = {} if known else {"quantization": STORED.get(quantization, "bf16")}
    if known is None:
        note = f"{note} {_UNKNOWN}".strip()
    return Weights(_alias(match["id"]), {"id": match["id"], **pinned, **facts}, known, note)


_UNKNOWN = "The registry does not know it: add `vram_gib`, what its weights take, or `shape`, from its config.json."


def _tagged(text: str, catalog: Catalog) -> Weights:
    """A tag of Ollama's library: the registry's name of it, where it has one."""
    if not TAG.fullmatch(text):
        return Weights(None, note="Ollama's library has no model of such a name.")
    tag = text if ":" in text else f"{text}:latest"
    name = aliases("models").get(tag, "").partition("/")[0]
    candidate = catalog.candidate(f"{name}-{OLLAMA}") if name else None
    if candidate is not None and candidate.variant.ollama_tag == tag:
        return Weights(f"{name}-{OLLAMA}", known=candidate)
    known = catalog.candidate(tag)
    return Weights(_alias(tag), {"id": tag, "backend": OLLAMA}, known, "" if known else _UNKNOWN)


def _alias(text: str) -> str:
    """A name for an entry of `models`: the model's own, as far as names allow."""
    short = re.sub(r"[^a-z0-9]+", "-", text.rpartition("/")[2].lower()).strip("-")
    return (short if short[:1].isalpha() else f"model-{short}")[:63].rstrip("-")
