"""Whether today is a day on which the price book says that its prices hold."""

from collections.abc import Iterator
from datetime import UTC, datetime

from aua_runtime.doctor.subject import Finding, Patient


def check(patient: Patient) -> Iterator[Finding]:
    """Nothing to say of prices that no book holds; a plan of an older compiler knows of none."""
    costs = patient.plan.get("observability", {}).get("costs", {})
    facts = costs.get("book_facts")
    if facts is None:
        return
    today = datetime.now(UTC).date().isoformat()
    if today < facts["effective"]:
        yield Finding(
            "prices", costs["book"], "warning", f"Its prices hold from {facts['effective']}; calls are reckoned with them already."
        )
    elif facts["until"] is not None and facts["until"] < today:
        yield Finding("prices", costs["book"], "warning", f"Its prices held until {facts['until']}; calls are still reckoned with them.")
    else:
        yield Finding("prices", costs["book"], "ok", f"in force since {facts['effective']}")
