"""What the package said of its router, of state, logs and keys, as ours."""

from math import ceil, fsum

from aua_compile.config.declare import PATH
from aua_compile.config.model.api import ORIGIN
from aua_compile.config.named import outside_project
from aua_compile.foreign.making import Making

LEVELS = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "warn": "warning",
    "error": "error",
    "critical": "error",
    "fatal": "error",
}
MOST_RETRIES = 10
DEADLINE_S = 150.0
DEFAULT_TIMEOUT_S, DEFAULT_RETRIES, DEFAULT_BASE_S, DEFAULT_CAP_S = 60.0, 1, 0.1, 2.0
KEY_VARIABLE = "AUA_API_KEY"
"""The variable that a key for clients is read from, where the package signed tokens."""
_PAIRWISE = (
    "The package weighs checks there, of which at most 0.60 can be reached and 0.85 is needed: every fan-out ends without a verdict."
    " Here checks decide first, then the arbiter's model, asked in either order."
)


def router(new: Making) -> None:
    new.put("routing", {})
    for there, here in (("single_domain_threshold", "single_threshold"), ("fanout_threshold", "fanout_threshold")):
        if (value := new.value(f"router.{there}")) is not None:
            new.take(f"router.{there}", f"routing.{here}", value)
    _arbitration(new)
    new.put("api.host", new.value("router.host") or "127.0.0.1")
    new.put("api.port", new.value("router.port") or 8000)
    for key in ("host", "port"):
        if new.value(f"router.{key}") is not None:
            new.set(f"router.{key}", "taken", f"api.{key}")
    if new.value("router.tau") == 1.0:
        new.instead("router.tau", "ignored", "At 1.0 it changed nothing.")
    _origins(new)
    _calls(new)
    if not new.config["routing"]:
        del new.config["routing"]


def _arbitration(new: Making) -> None:
    mode = new.value("router.arbitration_mode")
    if mode is None:
        return
    here = "arbiter.mode"
    if mode in {"pairwise", "vcg"}:
        checks = mode == "pairwise"
        new.take("router.arbitration_mode", here, mode, "changed" if checks else "taken", _PAIRWISE if checks else "")
    elif mode == "llm":
        new.take("router.arbitration_mode", here, "pairwise", "changed", "`llm` asked the model once; here it is asked in either order.")
    else:
        new.instead("router.arbitration_mode", "unavailable", "The package knows `pairwise`, `vcg` and `llm`.")


def _origins(new: Making) -> None:
    winner = "security.cors_origins" if new.value("security.cors_origins") else "router.cors_origins"
    for path in ("security.cors_origins", "router.cors_origins"):
        given = new.value(path)
        if given is None:
            continue
        if path != winner:
            new.instead(
                path, "ignored", "`security.cors_origins` won." if winner.startswith("security") else "An empty list was passed over."
            )
            continue
        plain = [str(origin).rstrip("/") for origin in given]
        good = [origin for origin in plain if ORIGIN.regex.fullmatch(origin)]
        note = "" if good == [str(origin) for origin in given] else "An origin has no path; what is none was left out."
        new.take(path, "api.cors_origins", good, "changed" if note else "taken", note)


def _calls(new: Making) -> None:
    """Bounds on calls. The package had no deadline; ours must leave room for every repeat."""
    timeout_s = new.value("router.specialist_timeout")
    if timeout_s is not None:
        new.take("router.specialist_timeout", "resilience.timeouts.total", _duration(timeout_s))
    retries = new.value("router.retry.max_retries")
    if retries is not None:
        bounded = min(retries, MOST_RETRIES)
        note = "" if bounded == retries else f"At most {MOST_RETRIES} repeats are allowed here."
        new.take("router.retry.max_retries", "resilience.retry.max", bounded, "changed" if note else "taken", note)
    for there, here in (("base_delay_ms", "base"), ("max_delay_ms", "cap")):
        if (given := new.value(f"router.retry.{there}")) is not None:
            note = "" if given >= 1 else "1 ms is the shortest wait here."
            new.take(f"router.retry.{there}", f"resilience.retry.{here}", _duration(given / 1000), "changed" if note else "taken", note)
    for there, here in (("failure_threshold", "threshold"), ("recovery_timeout_s", "recovery_s")):
        if (given := new.value(f"router.circuit_breaker.{there}")) is not None:
            new.take(f"router.circuit_breaker.{there}", f"resilience.breaker.{here}", given)
    if new.value("router.circuit_breaker.enabled") is True:
        new.instead("router.circuit_breaker.enabled", "taken", "")
    if new.value("router.retry.jitter") is True:
        new.instead("router.retry.jitter", "taken", "")
    _deadline(new, timeout_s)


def _deadline(new: Making, timeout_s: float | None) -> None:
    base_ms, cap_ms = new.value("router.retry.base_delay_ms"), new.value("router.retry.max_delay_ms")
    base_s = DEFAULT_BASE_S if base_ms is None else base_ms / 1000
    cap_s = DEFAULT_CAP_S if cap_ms is None else cap_ms / 1000
    retries = new.config.get("resilience", {}).get("retry", {}).get("max", DEFAULT_RETRIES)
    waits_s = fsum(min(base_s * 2**repeat, cap_s) for repeat in range(retries))
    needed_s = (retries + 1) * (DEFAULT_TIMEOUT_S if timeout_s is None else timeout_s) + waits_s
    if needed_s > DEADLINE_S:
        new.put("routing.deadline_s", ceil(needed_s) + 1)
        new.note("routing.deadline_s", "The package had no deadline for a whole request; this leaves room for a call and its repeats.")


def rest(new: Making) -> None:
    _state(new)
    level = new.value("logging.level")
    if level is not None:
        word = LEVELS.get(str(level).lower())
        if word is None:
            new.instead("logging.level", "unavailable", "Levels here are debug, info, warning and error.")
        else:
            new.take("logging.level", "observability.logging.level", word, "changed")
    if new.value("secrets.provider") == "env":
        new.instead("secrets.provider", "taken", "")
    if (wanted := new.value("security.auth_enabled")) is True:
        note = (
            f"Clients sent signed tokens there; here they send the one key that the variable {KEY_VARIABLE} holds, as"
            " `Authorization: Bearer`."
        )
        new.take("security.auth_enabled", "api.api_key_secret", KEY_VARIABLE, "changed", note)
    elif wanted is False:
        new.instead("security.auth_enabled", "taken", "")


def _state(new: Making) -> None:
    backend, path = new.value("state.backend"), new.value("state.path")
    files = backend == "files"
    if files:
        new.instead("state.backend", "unavailable", "State is in SQLite or Postgres here.")
    elif backend is not None:
        new.take("state.backend", "state.backend", "sqlite")
    if path is None:
        return
    inside = outside_project("state.path", str(path), new.found["state.path"].span) is None and "/" in str(path).lstrip("./")
    if files:
        new.instead("state.path", "unavailable", "It was a folder of files; here state is one file of SQLite's.")
    elif inside and PATH.regex.fullmatch(str(path)):
        new.take("state.path", "state.path", path, "changed")
    else:
        new.instead("state.path", "unavailable", "The file lies in a folder of the project here: `state/aua.db` unless you say so.")


def _duration(seconds: float) -> str:
    """A duration with its unit, in whole milliseconds at least one."""
    thousandths = max(1, round(seconds * 1000))
    return f"{thousandths // 1000}s" if thousandths % 1000 == 0 else f"{thousandths}ms"
