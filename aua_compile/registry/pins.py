"""What a project holds on to although the registry knows newer: commits of repositories and images."""

from collections.abc import Mapping
from dataclasses import replace

from aua_compile.frozen import dataclass
from aua_compile.registry.model import EngineFacts, ModelFacts

CPU = "-cpu"
"""Suffix of an engine's name for its image without accelerator."""


@dataclass(frozen=True, slots=True)
class Pins:
    """`revisions`: repository -> commit. `images`: role -> reference.

    Roles are the engines' names, `<engine>-cpu`, `router-base`, `prometheus`, `grafana` and `collector`.
    """

    revisions: Mapping[str, str]
    images: Mapping[str, str]

    def of_model(self, facts: ModelFacts) -> ModelFacts:
        """A model whose repositories stand at their pinned commits."""
        held = {name: self.revisions.get(variant.repository or "", variant.revision) for name, variant in facts.variants.items()}
        if all(held[name] == variant.revision for name, variant in facts.variants.items()):
            return facts
        return replace(facts, variants={name: replace(variant, revision=held[name]) for name, variant in facts.variants.items()})

    def of_engine(self, facts: EngineFacts) -> EngineFacts:
        """An engine with its pinned images. A pin is a whole reference: it has the digest, if one was known."""
        image, cpu_image = self.images.get(facts.name), self.images.get(facts.name + CPU)
        if image is None and cpu_image is None:
            return facts
        return replace(facts, image=image or facts.reference(on_cpu=False), digest=None, cpu_image=cpu_image or facts.cpu_image)


NOTHING = Pins({}, {})
