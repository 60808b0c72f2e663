"""Which text a use of prompts takes: a file of the project or a registered one, whichever the stronger layer names."""

from aua_compile.config.model.routing import PROMPT_USES
from aua_compile.config.resolve import Resolved
from aua_compile.config.tree import LAYERS
from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class PromptChoice:
    """What a use takes: exactly one of `path` and `template` is set. `tied` if one layer names both."""

    use: str
    path: str | None = None
    template: str | None = None
    tied: bool = False


def prompt_choices(resolved: Resolved) -> tuple[PromptChoice, ...]:
    """The uses that the config names a text for, in the order of the language."""
    given = resolved.config.prompts
    found = []
    for use in PROMPT_USES:
        path, template = getattr(given, f"{use}_template_path"), getattr(given, f"{use}_template")
        if path is not None and template is not None:
            over = _strength(resolved, f"prompts.{use}_template_path") - _strength(resolved, f"prompts.{use}_template")
            found.append(PromptChoice(use, path=path, tied=over == 0) if over >= 0 else PromptChoice(use, template=template))
        elif path is not None or template is not None:
            found.append(PromptChoice(use, path, template))
    return tuple(found)


def _strength(resolved: Resolved, path: str) -> int:
    return LAYERS.index(resolved.origin(path).layer)
