"""What the rules look at: the config, who needs a model and where it runs, and where each value was said."""

from aua_compile.config.model import Config
from aua_compile.config.model.models import Backend
from aua_compile.config.resolve import Resolved
from aua_compile.config.serving import External, Spec, backend_name, backend_of, external, specs
from aua_compile.config.tree import LAYERS, LayerName
from aua_compile.diagnostic import Related
from aua_compile.frozen import dataclass
from aua_compile.span import Span

MOST_RELATED = 16
"""Of the places that decide too, as many as a person would read."""


@dataclass(frozen=True, slots=True)
class Service:
    """A specialist or the arbiter, and the backend it asks for by name and settings. `outside` is None where this deployment starts it."""

    path: str
    spec: Spec
    backend: str | None
    settings: Backend | None
    outside: External | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, and its key path as written there."""

    span: Span
    path: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A resolved config as the rules see it. Paths are by name (`specialists.swe.port`)."""

    resolved: Resolved
    config: Config
    services: tuple[Service, ...]

    def says(self, path: str) -> bool:
        """Whether some layer gives the value; otherwise it is a default."""
        origins = self.resolved.origins.get(path)
        return bool(origins and origins[0].written)  # the document itself has no path: what points at it was never written

    def layer(self, path: str) -> LayerName | None:
        """The layer that gives the value; None for a default."""
        origins = self.resolved.origins.get(path)
        return origins[0].layer if origins else None

    def place(self, *paths: str) -> Place:
        """The one of `paths` that the strongest layer gives, the first of equals; where all are defaults, what encloses the first."""
        said = [path for path in paths if self.says(path)]
        if not said:
            return Place(self.resolved.span(paths[0]), paths[0])
        path = max(said, key=lambda path: LAYERS.index(self.resolved.origin(path).layer))
        return Place(self.resolved.span(path), self.resolved.written(path))

    def related(self, message: str, *paths: str, beside: Place) -> tuple[Related, ...]:
        """The places of values that decide too, other than where the finding points; a default has none."""
        spans = dict.fromkeys(self.resolved.span(path) for path in paths[:MOST_RELATED] if self.says(path))
        return tuple(Related(message, span) for span in spans if span != beside.span)


def subject(resolved: Resolved) -> Subject:
    """The config as the rules see it."""
    return Subject(resolved, resolved.config, tuple(_service(path, spec, resolved.config) for path, spec in specs(resolved.config)))


def _service(path: str, spec: Spec, config: Config) -> Service:
    name = backend_name(spec, config)
    return Service(path, spec, name, backend_of(name, config), external(spec, config))
