"""What a deployment is made of, as entries of a lock.

Digests are SHA-256 of texts with plain line feeds, so that they are the same on every machine. What the user writes is not here, for the
repository it lies in has it; but for a price book, whose name promises that it says the same wherever it is copied to.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from aua_compile.lock.model import IMAGES, REVISIONS
from aua_compile.plan.images import images_used
from aua_compile.plan.model import Plan


def digest(texts: Iterable[tuple[str, str]]) -> str:
    """The digest of several named texts, in the order given."""
    hashed = sha256()
    for name, text in texts:
        for part in (name, text.replace("\r\n", "\n")):
            hashed.update(part.encode() + b"\0")
    return f"sha256:{hashed.hexdigest()}"


def entries(plan: Plan, shipped: Mapping[str, Iterable[tuple[str, str]]]) -> dict[str, str]:
    """Every entry of a plan, sorted by name. `shipped`: kind and name of what was read -> its texts by name."""
    found = {name: digest(texts) for name, texts in shipped.items()}
    found.update((REVISIONS + repository, commit) for repository, commit in _revisions(plan))
    found.update((IMAGES + role, reference) for role, reference in images_used(plan))
    return dict(sorted(found.items()))


def _revisions(plan: Plan) -> Iterator[tuple[str, str]]:
    for instance in plan.instances:
        for model in instance.models:
            if model.repository is not None and model.revision is not None:
                yield model.repository, model.revision
