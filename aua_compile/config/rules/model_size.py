"""The size of every model that has to be placed is known."""

from collections.abc import Iterator

from aua_compile.config.mistakes import shown
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def model_of_unknown_size(subject: Subject, name: str, model_id: str, user: str) -> Diagnostic:
    """A model of which too little is known to place it.

    What it checks: a model under `models` that this deployment starts and whose `id` the registry does not list gives `vram_gib` or
    `shape`.
    Why: without the size of its weights nobody can say whether it fits.
    Example: `models: {mine: {id: acme/mine-7b}}`.
    Instead: `models: {mine: {id: acme/mine-7b, vram_gib: 15.2}}`; or `shape`, from the model's `config.json`, which is more exact.
    """
    place = subject.place(f"models.{name}.id", f"models.{name}")
    return Diagnostic(
        "AUA0253",
        "error",
        f"The registry does not list {shown(model_id)}, so what `{name}` needs is unknown.",
        place.span,
        place.path,
        "Give `vram_gib` (what its weights take) or `shape` (from its config.json).",
        subject.related("started here", f"{user}.model", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    models = subject.config.models
    users: dict[str, str] = {}
    for service in subject.services:
        if service.outside is None:
            for rung in service.spec.model or ():
                users.setdefault(rung, service.path)
    for name, user in list(users.items()):
        own = models.get(name)
        while own is not None and own.alias is not None and own.alias not in users:
            users[own.alias] = user
            own = models.get(own.alias)
    for name, own in models.items():
        unknown = own.id is not None and own.vram_gib is None and own.shape is None and subject.resolved.catalog.candidate(own.id) is None
        if name in users and own.id is not None and unknown:
            yield model_of_unknown_size(subject, name, own.id, users[name])
