"""No literal variable takes the place of one that the router uses."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

OF_THE_IMAGE = frozenset({"PATH", "HOME", "TMPDIR", "USER", "HOSTNAME", "PWD"})
PREFIXES = {
    "AUA_": "the router reads it",
    "PYTHON": "it changes how Python starts",
    "LD_": "the dynamic linker reads it",
    "DYLD_": "the dynamic linker reads it",
}


def variable_taken(subject: Subject, name: str, why: str, *deciding: str) -> Diagnostic:
    """An environment variable that already has a meaning.

    What it checks: `deploy.env` sets no variable that holds a secret of this config, none that begins with `AUA_`, `PYTHON`, `LD_` or
    `DYLD_`, and none that the image sets.
    Why: a literal value would win over the secret, change what the router does, or load other code into it.
    Example: `deploy: {env: {AUA_MODE: fast}}`.
    Instead: a name of your own, such as `SHOP_MODE`.
    """
    place = subject.place(f"deploy.env.{name}")
    return Diagnostic(
        "AUA0281",
        "error",
        f"`deploy.env` cannot set `{name}`: {why}.",
        place.span,
        place.path,
        "Choose another name, or remove it.",
        subject.related("used here", *deciding, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    config = subject.config
    secrets = {config.api.api_key_secret: "api.api_key_secret"}
    secrets |= {backend.auth_secret: f"backends.{name}.auth_secret" for name, backend in config.backends.items()}
    for name in config.deploy.env:
        prefix = next((why for start, why in PREFIXES.items() if name.startswith(start)), "")
        if name in secrets:
            yield variable_taken(subject, name, "it holds a secret of this config", secrets[name])
        elif prefix:
            yield variable_taken(subject, name, prefix)
        elif name in OF_THE_IMAGE:
            yield variable_taken(subject, name, "the image sets it")
