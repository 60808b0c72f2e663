"""aua: a declarative config compiler and code generator for self-hosted, multi-model LLM systems.

The public surface is `__all__`; everything else may change between releases.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aua_compile.plan.model import Plan

__all__ = ["__version__", "load_plan"]

__version__ = "0.1.0"


def load_plan(text: str | bytes) -> "Plan":
    """The plan that a `plan.json` holds. Raises `ValueError` where it is none, or is one of another schema version."""
    from aua_compile.plan.load import plan_of

    return plan_of(text)
