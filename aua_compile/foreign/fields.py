"""Fields that the package has and our registry lacks, with its weights (efficacy, confidence, curiosity) and least confidence."""

from collections.abc import Mapping
from typing import Any

OWN: Mapping[str, tuple[tuple[float, float, float], float, str]] = {
    "surgery": ((0.20, 0.70, 0.10), 0.95, "Operations: indications, technique, complications."),
    "aviation": ((0.20, 0.70, 0.10), 0.95, "Flying: aircraft, procedures, air traffic, maintenance."),
    "structural_engineering": ((0.40, 0.50, 0.10), 0.80, "Buildings and bridges: loads, materials, standards."),
    "art": ((0.80, 0.10, 0.10), 0.10, "Pictures, sculpture, design: making them and talking about them."),
}
HARMFUL = frozenset({"surgery", "aviation", "structural_engineering"})
"""Of these, the ones in which a wrong answer does harm: where the package wants at least 0.8 of confidence."""


def own_field(name: str) -> dict[str, Any]:
    """An entry of `fields` for a field that the registry lacks; of one that the package does not know either, only its name."""
    known = OWN.get(name)
    if known is None:
        return {"name": name}
    (efficacy, confidence, curiosity), least, description = known
    weights = {"efficacy": efficacy, "confidence": confidence, "curiosity": curiosity}
    return {
        "name": name,
        "description": description,
        "utility_weights": weights,
        "confidence_threshold": least,
        "high_risk": name in HARMFUL,
    }
