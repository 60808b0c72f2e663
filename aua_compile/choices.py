"""What a command line says of a project; kept apart from reading it, so that what needs no more imports no more."""

from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Choices:
    """The config's path as typed, `--tier`, `--env`, and each `--set key=value`."""

    config: str
    tier: str | None = None
    env: str | None = None
    settings: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The config's name without its folder, by which artifacts speak of it: they are the same wherever it lies."""
        return self.config.replace("\\", "/").rsplit("/", 1)[-1]
