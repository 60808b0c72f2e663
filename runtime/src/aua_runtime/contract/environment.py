"""Environment variables that a deployment sets for its router, besides those of secrets, which the plan names."""


def specialist_url(name: str) -> str:
    """The variable that, when set, says where a specialist is reached, without `/v1`. Containers reach it elsewhere than the host does.

    Several addresses, separated by spaces or commas, are servers of the same model.

    Names differ in more than `-` and `_`, so no two specialists share a variable.

    >>> specialist_url("swe-fast")
    'AUA_SPECIALIST_SWE_FAST_URL'
    """
    return f"AUA_SPECIALIST_{name.upper().replace('-', '_')}_URL"


def specialist_model(name: str) -> str:
    """The variable that, when set, says what a specialist's server calls its model.

    >>> specialist_model("swe-fast")
    'AUA_SPECIALIST_SWE_FAST_MODEL'
    """
    return f"AUA_SPECIALIST_{name.upper().replace('-', '_')}_MODEL"


TRACES_URL = "AUA_TRACES_URL"
"""Says, when set, where spans are sent, without `/v1/traces`. Containers reach a collector elsewhere than the host does."""

SETTINGS_FOLDER = "AUA_SETTINGS"
"""Names a folder that may hold a newer `settings.json` and `plan.json` than the package does; a container mounts it."""
