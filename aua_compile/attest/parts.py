"""The parts of a deployment that come from elsewhere: images, models' weights and packages, each with its package URL (purl)."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from aua_compile.frozen import dataclass
from aua_compile.plan.images import images_used
from aua_compile.plan.model import Plan, ServedModel

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_DOCKER_HUB = frozenset({"docker.io", "index.docker.io"})


@dataclass(frozen=True, slots=True)
class Image:
    """A container image: the reference that is used, in its parts. `digest` is hexadecimal SHA-256."""

    reference: str
    registry: str
    repository: str
    tag: str
    digest: str

    @property
    def purl(self) -> str:
        """Its package URL, of the type `docker`."""
        version = f"sha256:{self.digest}" if self.digest else self.tag
        at = "" if not version else f"@{quote(version, safe=':')}"
        return f"pkg:docker/{self.repository}{at}" + (f"?repository_url={self.registry}" if self.registry else "")


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package that the router installs, and the digests (SHA-256) of the distributions that are accepted for it."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name.lower().replace('_', '-')}@{quote(self.version)}"


def image_of(reference: str) -> Image:
    """An image reference in its parts.

    >>> image_of("vllm/vllm-openai:v0.33.0").purl
    'pkg:docker/vllm/vllm-openai@v0.33.0'
    >>> image_of("ghcr.io/acme/router:1").purl
    'pkg:docker/acme/router@1?repository_url=ghcr.io'
    """
    named, _, digest = reference.partition("@sha256:")
    head, _, rest = named.partition("/")
    has_registry = bool(rest) and ("." in head or ":" in head or head == "localhost")
    registry, path = (head, rest) if has_registry else ("", named)
    repository, _, tag = path.partition(":")
    return Image(reference, "" if registry in _DOCKER_HUB else registry, repository, tag, digest)


def images(plan: Plan) -> tuple[Image, ...]:
    """Every image that the artifacts start or build on, each once, sorted."""
    return tuple(image_of(reference) for reference in sorted({reference for _, reference in images_used(plan)}))


def models(plan: Plan) -> tuple[ServedModel, ...]:
    """The weights that the deployment serves, each once, by name."""
    found: Mapping[str, ServedModel] = {model.model: model for instance in plan.instances for model in instance.models}
    return tuple(found[name] for name in sorted(found))


def model_purl(model: ServedModel) -> str:
    """The package URL of weights on Hugging Face; empty for those of Ollama's library, which has no type."""
    if model.repository is None:
        return ""
    return f"pkg:huggingface/{quote(model.repository)}" + (f"@{model.revision}" if model.revision else "")


def packages(requirements: str) -> tuple[Package, ...]:
    """The packages that a hash-pinned requirements file names."""
    found = list(_REQUIREMENT.finditer(requirements))
    ends = [*(match.start() for match in found), len(requirements)][1:]
    return tuple(
        Package(match[1], match[2], tuple(_HASH.findall(requirements, match.end(), end))) for match, end in zip(found, ends, strict=True)
    )
