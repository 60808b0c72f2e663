"""No variable of a config takes the place of one that already has a meaning."""

from collections.abc import Iterator

from aua_runtime.contract.environment import SETTINGS_FOLDER

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

OF_THE_IMAGE = frozenset({"PATH", "HOME", "TMPDIR", "USER", "HOSTNAME", "PWD"})
OF_THE_PROCESS = {
    "PYTHON": "it changes how Python starts",
    "LD_": "the dynamic linker reads it",
    "DYLD_": "the dynamic linker reads it",
    "AUA_SPECIALIST_": "it says where specialists are",
}
OURS = "AUA_"


def variable_taken(subject: Subject, path: str, name: str, why: str, *deciding: str) -> Diagnostic:
    """An environment variable that already has a meaning.

    What it checks: neither `deploy.env` nor a secret uses a variable that the image sets, that the router reads for something else, or that
    begins with `PYTHON`, `LD_` or `DYLD_`; `deploy.env` sets none that holds a secret of this config, and none that begins with `AUA_`.
    Why: a literal value would win over the secret, change what the router does, or load other code into it.
    Example: `deploy: {env: {AUA_MODE: fast}}`.
    Instead: a name of your own, such as `SHOP_MODE`.
    """
    place = subject.place(path)
    others = subject.related("used here", *deciding, beside=place)
    return Diagnostic("AUA0281", "error", f"The variable `{name}` is taken: {why}.", place.span, place.path, "Choose another name.", others)


def check(subject: Subject) -> Iterator[Diagnostic]:
    config = subject.config
    secrets = {backend.auth_secret: f"backends.{name}.auth_secret" for name, backend in config.backends.items()}
    secrets |= {config.api.api_key_secret: "api.api_key_secret", config.state.dsn_secret: "state.dsn_secret"}
    for name, path in secrets.items():
        if name is not None and (why := _meaning(name)):
            yield variable_taken(subject, path, name, why)
    for name in config.deploy.env:
        path = f"deploy.env.{name}"
        if name in secrets:
            yield variable_taken(subject, path, name, "it holds a secret of this config", secrets[name])
        elif why := _meaning(name) or ("names of the router's own begin so" if name.startswith(OURS) else ""):
            yield variable_taken(subject, path, name, why)


def _meaning(name: str) -> str:
    """What a variable already is; empty where it is free."""
    if name in OF_THE_IMAGE:
        return "the image sets it"
    if name == SETTINGS_FOLDER:
        return "it says where the router's settings are"
    return next((why for start, why in OF_THE_PROCESS.items() if name.startswith(start)), "")
