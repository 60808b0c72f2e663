"""Specialists and the arbiter of the package as ours: their models, where they run, and with what."""

import re
from collections.abc import Mapping
from itertools import chain, count
from typing import Any

from aua_compile.config.addresses import host_of, url_of
from aua_compile.config.serving import is_loopback
from aua_compile.foreign.keys import Fate
from aua_compile.foreign.making import Making
from aua_compile.foreign.models import STORED, weights
from aua_compile.index import aliases
from aua_compile.registry.catalog import OLLAMA
from aua_compile.registry.model import Candidate

CALLED = ("/v1/chat/completions", "/api/chat", "/v1")
_PLACING = (
    "gpu",
    "gpu_ids",
    "gpu_memory_utilization",
    "max_model_len",
    "quantization",
    "enforce_eager",
    "tensor_parallel_size",
    "pipeline_parallel_size",
)
_SERVICE_KEYS = ("name", "model", "port", *_PLACING)


def specialists(new: Making) -> list[dict[str, Any]]:
    """All of them, as our config has them."""
    last = max(int(match[1]) for path in new.found if (match := re.match(r"specialists\[(\d+)\]", path)))
    return [service(new, f"specialists[{index}]") for index in range(last + 1)]


def service(new: Making, at: str) -> dict[str, Any]:
    """A specialist or the arbiter as our config has it."""
    given = {key: new.values.get(f"{at}.{key}") for key in _SERVICE_KEYS}
    name = "arbiter" if at == "arbiter" else _named(new, at, str(given["name"]))
    here = name if at == "arbiter" else f"specialists.{name}"
    made: dict[str, Any] = {} if at == "arbiter" else {"name": name, "field": _field(new, at, here)}
    kind = _kind(new, at, here)
    model = weights(str(given["model"]), kind, _text(given["quantization"]), new.catalog)
    outside = _outside(new, at, name, kind)
    if model.reference is not None:
        made["model"] = model.reference if model.entry is None else _entry(new, model.reference, model.entry)
        new.set(f"{at}.model", "taken", f"{here}.model", model.note)
    else:
        new.instead(f"{at}.model", "unavailable", model.note)
    made["backend"] = outside or kind
    if outside is not None:
        _elsewhere(new, at, given, made)
    else:
        _placed(new, at, here, kind, given, made, model.known)
        made["port"] = given["port"]
        new.set(f"{at}.port", "taken", f"{here}.port")
    return made


def _entry(new: Making, name: str, facts: Mapping[str, Any]) -> str:
    """The name under which `models` has these facts: `name`, or one like it where that means another model."""
    models = new.config.setdefault("models", {})
    names = chain((name,), (f"{name}-{number}" for number in count(2)))
    return next(word for word in names if models.setdefault(word, facts) == facts)


def _named(new: Making, at: str, given: str) -> str:
    """A specialist's name: the same where our language allows it."""
    name = re.sub(r"[^a-z0-9_-]+", "-", given.lower()).strip("-")[:63]
    name = name if name[:1].isalpha() else f"s-{name}".rstrip("-")
    if name == given:
        new.set(f"{at}.name", "taken", f"specialists.{name}.name")
    else:
        new.set(f"{at}.name", "changed", f"specialists.{name}.name", "Names here are lower-case letters, digits, `-` and `_`.")
    return name


def _field(new: Making, at: str, here: str) -> str:
    given = str(new.values[f"{at}.field"])
    name = aliases("fields").get(given, given)
    if name == given:
        new.set(f"{at}.field", "taken", f"{here}.field")
    else:
        new.set(f"{at}.field", "changed", f"{here}.field", f"`{given}` is called `{name}` here.")
    return name


def _kind(new: Making, at: str, here: str) -> str:
    """What runs the model: the package starts everything but `ollama` as vLLM."""
    own, common = new.value(f"{at}.backend"), new.value("aua.backend")
    given = own or common or "vllm"
    kind = given if given in {"vllm", OLLAMA} else "vllm"
    note = "" if kind == given else "The package started everything but `ollama` as vLLM."
    if own is not None:
        new.set(f"{at}.backend", "changed" if note else "taken", f"{here}.backend", note)
    if common is not None:
        new.set("aua.backend", "changed", "specialists")
    return kind


def _outside(new: Making, at: str, name: str, kind: str) -> str | None:
    """The backend of a server that runs elsewhere, or None where this deployment starts it."""
    override, host, scheme = (new.value(f"{at}.{key}") for key in ("endpoint_override", "host", "scheme"))
    if override is None and (host is None or is_loopback(str(host)) or host_of(str(host)).reach == "everywhere"):
        if host is not None:
            told = "" if is_loopback(str(host)) else "An address to bind is none to call; engines get a network of their own here."
            new.instead(f"{at}.host", "changed" if told else "taken", told)
        if scheme is not None:
            plain = scheme == "http"
            note = "" if plain else "Engines that this deployment starts speak http on a network of their own."
            new.instead(f"{at}.scheme", "taken" if plain else "unavailable", note)
        return None
    url = str(override or f"{scheme or 'http'}://{host}:{new.value(f'{at}.port')}")
    base = next((url.removesuffix(ending) for ending in CALLED if url.endswith(ending)), url)
    backend = f"{name}-server"
    reach = url_of(base).host.reach
    settings = {"kind": kind, "base_url": base} | ({"allow_private": True} if reach in {"private", "loopback"} else {})
    new.config.setdefault("backends", {})[backend] = settings
    asked = "its tag" if kind == OLLAMA else f"the model `{name}`, here for its repository: start it with that as `--served-model-name`"
    note = f"`aua serve` started a model on its own machine nevertheless; here nothing is started, and the server is asked for {asked}."
    for key in ("endpoint_override", "host", "scheme"):
        if new.value(f"{at}.{key}") is not None:
            won = override is not None and key != "endpoint_override"
            if won:
                new.instead(f"{at}.{key}", "ignored", "`endpoint_override` said all of the address.")
            elif key == "scheme":
                new.set(f"{at}.scheme", "taken", f"backends.{backend}.base_url")
            else:
                new.set(f"{at}.{key}", "changed", f"backends.{backend}.base_url", note)
    if base == url and override is not None:
        new.note(f"backends.{backend}.base_url", "Calls go to `/v1/chat/completions` below this address.")
    return backend


def _elsewhere(new: Making, at: str, given: Mapping[str, Any], made: dict[str, Any]) -> None:
    """Settings of a server that this deployment does not start."""
    if new.value(f"{at}.endpoint_override") is not None:
        new.instead(f"{at}.port", "ignored", "`endpoint_override` said all of the address.")
    else:
        new.set(f"{at}.port", "taken", f"backends.{made['backend']}.base_url")
    for key in _PLACING:
        if f"{at}.{key}" in new.outcomes and given.get(key) is not None:
            new.instead(f"{at}.{key}", "unavailable", "It runs elsewhere and is not started here: its server has settings of its own.")


def _placed(new: Making, at: str, here: str, kind: str, given: Mapping[str, Any], made: dict[str, Any], known: Candidate | None) -> None:
    """Where a model runs that this deployment starts, and with how much memory."""
    if kind == OLLAMA:
        for key in _PLACING:
            if f"{at}.{key}" in new.outcomes:
                new.instead(f"{at}.{key}", "ignored", "The package gave it to vLLM alone; Ollama arranges memory itnew.")
    else:
        _gpus(new, at, here, given, made)
        _memory(new, at, here, given, made, known)
        _context(new, at, here, given, made, known)
        _stored(new, at, here, given, known, is_given="model" in made)
    made["concurrency"] = 1
    new.once(f"{here}.concurrency", "The package asked for no number of requests at once; raise it to what must be served.")


def _gpus(new: Making, at: str, here: str, given: Mapping[str, Any], made: dict[str, Any]) -> None:
    parallel, ids, index = given["tensor_parallel_size"], given["gpu_ids"], given["gpu"]
    if ids:
        made["gpus"] = ids
        new.set(f"{at}.gpu_ids", "taken", f"{here}.gpus")
        if index is not None:
            new.instead(f"{at}.gpu", "ignored", "`gpu_ids` won.")
    elif index is not None and (parallel or 1) > 1:
        new.instead(f"{at}.gpu", "impossible", f"vLLM saw one GPU there and was asked to use {parallel}; the planner chooses them here.")
    elif index is not None:
        made["gpus"] = [index]
        new.set(f"{at}.gpu", "taken", f"{here}.gpus")
    if parallel is not None:
        made["tensor_parallel"] = parallel
        new.set(f"{at}.tensor_parallel_size", "taken", f"{here}.tensor_parallel")
    if (given["pipeline_parallel_size"] or 1) > 1:
        new.instead(f"{at}.pipeline_parallel_size", "unavailable", "A model is not split into stages in this version.")


def _memory(new: Making, at: str, here: str, given: Mapping[str, Any], made: dict[str, Any], known: Candidate | None) -> None:
    share = given["gpu_memory_utilization"]
    if share is None:
        return
    made["memory"] = share
    fate: Fate = "taken"
    note = ""
    if known is not None and new.machine is not None and (visible := new.machine.memory.visible_gib) is not None:
        each = known.variant.weights_gib / (given["tensor_parallel_size"] or 1)
        if each > share * visible:
            fate = "impossible"
            note = (
                f"{share:g} of {visible:g} GiB is {share * visible:.1f} GiB, and the weights alone take {each:.1f} GiB of each GPU:"
                " vLLM could not start with it."
            )
    new.set(f"{at}.gpu_memory_utilization", fate, f"{here}.memory", note)


def _context(new: Making, at: str, here: str, given: Mapping[str, Any], made: dict[str, Any], known: Candidate | None) -> None:
    tokens = given["max_model_len"]
    made["context"] = tokens if tokens is not None else 2048
    if tokens is None:
        new.once(f"{here}.context", "`max_model_len` was absent, which meant 2048 there.")
        return
    most = None if known is None else known.model.context_tokens
    beyond = most is not None and tokens > most
    note = f"The model has {most} tokens of context: vLLM refuses to start with more." if beyond else ""
    new.set(f"{at}.max_model_len", "impossible" if beyond else "taken", f"{here}.context", note)


def _stored(new: Making, at: str, here: str, given: Mapping[str, Any], known: Candidate | None, *, is_given: bool) -> None:
    """How the weights are stored, which the package told vLLM beside the repository; absent meant `awq`."""
    path = f"{at}.quantization"
    said = path in new.values
    if said and not is_given:
        new.instead(path, "unavailable", "The repository, once it is given, says how its weights are stored.")
        return
    word = _text(given["quantization"]) if said else "awq"
    wanted = STORED.get(word or None)
    real = None if known is None else known.variant.quantization
    if real is None or wanted == real or (wanted == "bf16" and said):
        if said:
            new.set(path, "taken", f"{here}.model")
        return
    told = f"vLLM was told `{word}`" if said else "`quantization` was absent, so vLLM was told `awq`"
    note = f"{told}, and the repository holds {real} weights: it could not start."
    if said:
        new.set(path, "impossible", f"{here}.model", note)
    else:
        new.note(f"{here}.model", note)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
