"""A config of the package as one of ours: what becomes of each key, and the new config with a note on all that was different there."""

import re
from collections.abc import Mapping
from itertools import chain, count
from math import ceil, fsum
from typing import Any

from aua_compile.checked import Checked
from aua_compile.config.addresses import host_of, url_of
from aua_compile.config.model import CONFIG_VERSION, Config
from aua_compile.config.model.api import ORIGIN
from aua_compile.config.model.kinds import PATH
from aua_compile.config.named import outside_project
from aua_compile.config.serving import is_loopback
from aua_compile.diagnostic import Diagnostic
from aua_compile.document import Document, Node, Scalar, Sequence
from aua_compile.document import Mapping as MappingNode
from aua_compile.foreign import rules
from aua_compile.foreign.fields import own_field
from aua_compile.foreign.keys import KEYS, VERSIONS, Fate, Known
from aua_compile.foreign.models import STORED, weights
from aua_compile.foreign.read import Leaf, leaves, value_of, without_merges
from aua_compile.frozen import dataclass
from aua_compile.index import aliases
from aua_compile.plain_scalar import Value
from aua_compile.registry.catalog import OLLAMA, Catalog
from aua_compile.registry.model import AcceleratorFacts, Candidate, TierFacts
from aua_compile.span import Span

LEVELS = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "warn": "warning",
    "error": "error",
    "critical": "error",
    "fatal": "error",
}
CALLED = ("/v1/chat/completions", "/api/chat", "/v1")
MOST_RETRIES = 10
DEADLINE_S = 150.0
DEFAULT_TIMEOUT_S, DEFAULT_RETRIES, DEFAULT_BASE_S, DEFAULT_CAP_S = 60.0, 1, 0.1, 2.0
KEY_VARIABLE = "AUA_API_KEY"
"""The variable that a key for clients is read from, where the package signed tokens."""

UNSAID = {
    "router.host": "the router listened on every address; here on 127.0.0.1 alone",
    "router.cors_origins": "pages of every origin could call the router; here none can",
    "router.retry": "a failed call was repeated up to 3 times; here once",
}
"""What the package took for granted where a file does not say it, and what holds here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one key: `here` is the path by name of what took its place, empty where nothing did."""

    path: str
    line: int
    fate: Fate
    here: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A new config as plain data, `notes` by the path that each belongs to (`specialists.swe.context`), and what became of each key."""

    config: Mapping[str, Any]
    notes: Mapping[str, tuple[str, ...]]
    outcomes: tuple[Outcome, ...]


def translate(document: Document, name: str, tier: str | None, tier_facts: TierFacts | None, catalog: Catalog) -> Checked[Draft]:
    """The new config of a project `name`, for a tier where one is known. Nothing of the old one is lost: each key has an outcome."""
    root = without_merges(MappingNode((*document.root.entries, *document.extensions), document.root.span))
    assert isinstance(root, MappingNode)
    if (refused := _not_foreign(root)) is not None:
        return Checked(None, (refused,))
    machine = None if tier_facts is None else catalog.accelerator(tier_facts.accelerator)
    translation = _Translation({leaf.path: leaf for leaf in leaves(root)}, catalog, machine)
    if translation.complete(root):
        translation.whole(name, tier)
    return Checked.of(translation.draft(), translation.findings)


def _not_foreign(root: MappingNode) -> Diagnostic | None:
    entries = {entry.key: entry for entry in root.entries}
    if "config_version" in entries:
        advice = "`aua config migrate` brings it up to date; `aua compile` compiles it."
        return rules.not_foreign("it has a `config_version`, so it is a config of aua", advice, entries["config_version"].key_span)
    if "_alias" in entries and isinstance(entries["_alias"].value, Scalar):
        other = entries["_alias"].value.text
        advice = "Import that file of the package instead."
        return rules.not_foreign(f"it only gives another name to the tier {other!r}", advice, entries["_alias"].key_span)
    lacking = [key for key in ("specialists", "arbiter") if key not in entries]
    if lacking:
        return rules.not_foreign(f"it lacks `{lacking[0]}`", "Name an `aua_config.yaml`, or a tier's file of the package.", root.span)
    return None


class _Translation:
    """The new config in the making."""

    def __init__(self, found: Mapping[str, Leaf], catalog: Catalog, machine: AcceleratorFacts | None) -> None:
        self.found = found
        self.catalog = catalog
        self.machine = machine
        self.config: dict[str, Any] = {}
        self.notes: dict[str, list[str]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.findings: list[Diagnostic] = []
        self.values: dict[str, Value | list[Value]] = {}
        for leaf in found.values():
            self.first_look(leaf)

    def draft(self) -> Draft:
        for outcome in self.outcomes.values():
            if outcome.note and outcome.here:
                self.note(outcome.here, f"`{_shortly(outcome.path)}`: {outcome.note}")
        return Draft(self.config, {path: tuple(dict.fromkeys(notes)) for path, notes in self.notes.items()}, tuple(self.outcomes.values()))

    # what every key gets before anything is decided

    def first_look(self, leaf: Leaf) -> None:
        """The outcome that `foreign.keys` states, and the value as the package reads it."""
        known = _known(leaf.pattern)
        if known is None:
            self.unknown(leaf)
            return
        self.outcomes[leaf.path] = Outcome(leaf.path, leaf.span.line, known.fate, "", known.note)
        if known.whole:
            return
        try:
            value, otherwise = value_of(leaf.node, known.read)
        except (ValueError, OverflowError):
            self.findings.append(rules.refused_there(leaf.path, f"takes {_WORDS[known.read]}", leaf.node.span))
            return
        if value is None and not leaf.path.endswith(".quantization"):
            self.set(leaf.path, "ignored", note="An empty value means absent.")
            return
        self.values[leaf.path] = value
        if otherwise and isinstance(leaf.node, Scalar):
            fate: Fate = "changed" if known.fate in {"taken", "changed"} else known.fate
            self.set(leaf.path, fate, note=f"The package reads what is written there as {_shown(value)}.")

    def unknown(self, leaf: Leaf) -> None:
        if _is_section(leaf.pattern):
            if _is_empty(leaf.node):
                self.outcomes[leaf.path] = Outcome(leaf.path, leaf.span.line, "ignored", note="There is nothing in it.")
            else:
                self.findings.append(rules.refused_there(leaf.path, "takes keys of its own", leaf.span))
            return
        self.outcomes[leaf.path] = Outcome(leaf.path, leaf.span.line, "unknown", note="The package has no such key.")
        steps, patterns = leaf.path.split("."), leaf.pattern.split(".")
        for depth in range(1, len(patterns)):
            if (above := KEYS.get(".".join(patterns[:depth]))) is not None:
                self.findings.append(rules.refused_there(".".join(steps[:depth]), f"takes {_WORDS[above.read]}", leaf.span))
                return
        depth = next(depth for depth in range(1, len(patterns) + 1) if not _is_section(".".join(patterns[:depth])))
        top, parent = ".".join(steps[:depth]), ".".join(patterns[: depth - 1])
        if not any(finding.path == top for finding in self.findings):
            ours = any(top == part for part in Config.__slots__)
            self.findings.append(rules.unknown_foreign_key(top, leaf.span, _keys_below(parent), ours=ours))

    def complete(self, root: MappingNode) -> bool:
        """Whether all is there that the package cannot do without."""
        entries = {entry.key: entry.value for entry in root.entries}
        specialists, arbiter = entries["specialists"], entries["arbiter"]
        if not isinstance(specialists, Sequence) or not specialists.items:
            self.findings.append(rules.refused_there("specialists", "is a list with at least one entry", specialists.span))
        else:
            for index, item in enumerate(specialists.items):
                self.require(f"specialists[{index}]", ("name", "model", "port", "field"), item.span)
        if isinstance(arbiter, MappingNode):
            self.require("arbiter", ("model", "port"), arbiter.span)
        else:
            self.findings.append(rules.refused_there("arbiter", "is a mapping with `model` and `port`", arbiter.span))
        return not any(finding.severity == "error" for finding in self.findings)

    def require(self, at: str, keys: tuple[str, ...], span: Span) -> None:
        for key in keys:
            if f"{at}.{key}" not in self.values:
                self.findings.append(rules.refused_there(at, f"lacks `{key}`", span))

    # small steps

    def value(self, path: str) -> Any:
        return self.values.get(path)

    def set(self, path: str, fate: Fate, here: str = "", note: str = "") -> None:
        """Say what becomes of a key after all; a note is added to what is noted already."""
        before = self.outcomes[path]
        worse = "changed" if before.fate == "changed" and fate == "taken" else fate
        notes = " ".join(dict.fromkeys(part for part in (before.note, note) if part))
        self.outcomes[path] = Outcome(path, before.line, worse, here, notes)

    def instead(self, path: str, fate: Fate, note: str) -> None:
        """Say that a key is not taken over, and why, whatever was noted before."""
        self.outcomes[path] = Outcome(path, self.outcomes[path].line, fate, "", note)

    def note(self, here: str, text: str) -> None:
        self.notes.setdefault(here, []).append(text)

    def once(self, here: str, text: str) -> None:
        """A note for the first of several places that it holds for."""
        if not any(text in told for told in self.notes.values()):
            self.note(here, text)

    def put(self, here: str, value: Any) -> None:
        """Write a value at a dotted path of the new config."""
        *blocks, key = here.split(".")
        inside = self.config
        for block in blocks:
            inside = inside.setdefault(block, {})
        inside[key] = value

    def take(self, path: str, here: str, value: Any, fate: Fate = "taken", note: str = "") -> None:
        self.put(here, value)
        self.set(path, fate, here, note)

    # the whole

    def whole(self, name: str, tier: str | None) -> None:
        self.put("config_version", CONFIG_VERSION)
        self.head(name, tier)
        specialists = [self.service(f"specialists[{index}]") for index in range(self.services())]
        arbiter = self.service("arbiter")
        self.fields(specialists)
        self.config["specialists"] = specialists
        self.config["arbiter"] = arbiter
        self.router()
        self.rest()
        self.unsaid(specialists)

    def services(self) -> int:
        return 1 + max(int(match[1]) for path in self.found if (match := re.match(r"specialists\[(\d+)\]", path)))

    def head(self, name: str, tier: str | None) -> None:
        self.put("project.name", name)
        if "aua.project_name" in self.values:
            self.set("aua.project_name", "changed", "project.name")
        if tier is not None:
            self.put("tier", tier)
        if "aua.version" in self.values:
            self.set("aua.version", "changed", "config_version")
            if self.values["aua.version"] not in VERSIONS:
                self.note("config_version", f"Keys of {VERSIONS[0]} to {VERSIONS[-1]} are known, not of this version.")

    def fields(self, specialists: list[dict[str, Any]]) -> None:
        """Fields, only where one of them is not in the registry."""
        names = list(dict.fromkeys(specialist["field"] for specialist in specialists))
        if any(self.catalog.field(name) is None for name in names):
            self.config["fields"] = [own_field(name) if self.catalog.field(name) is None else {"name": name} for name in names]
            self.note("fields", "The registry lacks a field of this config. Give it `keywords`, or the classifier never finds it.")

    # specialists and the arbiter

    def service(self, at: str) -> dict[str, Any]:
        """A specialist or the arbiter as our config has it."""
        given = {key: self.values.get(f"{at}.{key}") for key in _SERVICE_KEYS}
        name = "arbiter" if at == "arbiter" else self.named(at, str(given["name"]))
        here = name if at == "arbiter" else f"specialists.{name}"
        made: dict[str, Any] = {} if at == "arbiter" else {"name": name, "field": self.field(at, here)}
        kind = self.kind(at, here)
        model = weights(str(given["model"]), kind, _text(given["quantization"]), self.catalog)
        outside = self.outside(at, name, kind)
        if model.reference is not None:
            made["model"] = model.reference if model.entry is None else self.entry(model.reference, model.entry)
            self.set(f"{at}.model", "taken", f"{here}.model", model.note)
        else:
            self.instead(f"{at}.model", "unavailable", model.note)
        made["backend"] = outside or kind
        if outside is not None:
            self.elsewhere(at, given, made)
        else:
            self.placed(at, here, kind, given, made, model.known)
            made["port"] = given["port"]
            self.set(f"{at}.port", "taken", f"{here}.port")
        return made

    def entry(self, name: str, facts: Mapping[str, Any]) -> str:
        """The name under which `models` has these facts: `name`, or one like it where that means another model."""
        models = self.config.setdefault("models", {})
        names = chain((name,), (f"{name}-{number}" for number in count(2)))
        return next(word for word in names if models.setdefault(word, facts) == facts)

    def named(self, at: str, given: str) -> str:
        """A specialist's name: the same where our language allows it."""
        name = re.sub(r"[^a-z0-9_-]+", "-", given.lower()).strip("-")[:63]
        name = name if name[:1].isalpha() else f"s-{name}".rstrip("-")
        if name == given:
            self.set(f"{at}.name", "taken", f"specialists.{name}.name")
        else:
            self.set(f"{at}.name", "changed", f"specialists.{name}.name", "Names here are lower-case letters, digits, `-` and `_`.")
        return name

    def field(self, at: str, here: str) -> str:
        given = str(self.values[f"{at}.field"])
        name = aliases("fields").get(given, given)
        if name == given:
            self.set(f"{at}.field", "taken", f"{here}.field")
        else:
            self.set(f"{at}.field", "changed", f"{here}.field", f"`{given}` is called `{name}` here.")
        return name

    def kind(self, at: str, here: str) -> str:
        """What runs the model: the package starts everything but `ollama` as vLLM."""
        own, common = self.value(f"{at}.backend"), self.value("aua.backend")
        given = own or common or "vllm"
        kind = given if given in {"vllm", OLLAMA} else "vllm"
        note = "" if kind == given else "The package started everything but `ollama` as vLLM."
        if own is not None:
            self.set(f"{at}.backend", "changed" if note else "taken", f"{here}.backend", note)
        if common is not None:
            self.set("aua.backend", "changed", "specialists")
        return kind

    def outside(self, at: str, name: str, kind: str) -> str | None:
        """The backend of a server that runs elsewhere, or None where this deployment starts it."""
        override, host, scheme = (self.value(f"{at}.{key}") for key in ("endpoint_override", "host", "scheme"))
        if override is None and (host is None or is_loopback(str(host)) or host_of(str(host)).reach == "everywhere"):
            if host is not None:
                told = "" if is_loopback(str(host)) else "An address to bind is none to call; engines get a network of their own here."
                self.instead(f"{at}.host", "changed" if told else "taken", told)
            if scheme is not None:
                plain = scheme == "http"
                note = "" if plain else "Engines that this deployment starts speak http on a network of their own."
                self.instead(f"{at}.scheme", "taken" if plain else "unavailable", note)
            return None
        url = str(override or f"{scheme or 'http'}://{host}:{self.value(f'{at}.port')}")
        base = next((url.removesuffix(ending) for ending in CALLED if url.endswith(ending)), url)
        backend = f"{name}-server"
        reach = url_of(base).host.reach
        settings = {"kind": kind, "base_url": base} | ({"allow_private": True} if reach in {"private", "loopback"} else {})
        self.config.setdefault("backends", {})[backend] = settings
        asked = "its tag" if kind == OLLAMA else f"the model `{name}`, here for its repository: start it with that as `--served-model-name`"
        note = f"`aua serve` started a model on its own machine nevertheless; here nothing is started, and the server is asked for {asked}."
        for key in ("endpoint_override", "host", "scheme"):
            if self.value(f"{at}.{key}") is not None:
                won = override is not None and key != "endpoint_override"
                if won:
                    self.instead(f"{at}.{key}", "ignored", "`endpoint_override` said all of the address.")
                elif key == "scheme":
                    self.set(f"{at}.scheme", "taken", f"backends.{backend}.base_url")
                else:
                    self.set(f"{at}.{key}", "changed", f"backends.{backend}.base_url", note)
        if base == url and override is not None:
            self.note(f"backends.{backend}.base_url", "Calls go to `/v1/chat/completions` below this address.")
        return backend

    def elsewhere(self, at: str, given: Mapping[str, Any], made: dict[str, Any]) -> None:
        """Settings of a server that this deployment does not start."""
        if self.value(f"{at}.endpoint_override") is not None:
            self.instead(f"{at}.port", "ignored", "`endpoint_override` said all of the address.")
        else:
            self.set(f"{at}.port", "taken", f"backends.{made['backend']}.base_url")
        for key in _PLACING:
            if f"{at}.{key}" in self.outcomes and given.get(key) is not None:
                self.instead(f"{at}.{key}", "unavailable", "It runs elsewhere and is not started here: its server has settings of its own.")

    def placed(self, at: str, here: str, kind: str, given: Mapping[str, Any], made: dict[str, Any], known: Candidate | None) -> None:
        """Where a model runs that this deployment starts, and with how much memory."""
        if kind == OLLAMA:
            for key in _PLACING:
                if f"{at}.{key}" in self.outcomes:
                    self.instead(f"{at}.{key}", "ignored", "The package gave it to vLLM alone; Ollama arranges memory itself.")
        else:
            self.gpus(at, here, given, made)
            self.memory(at, here, given, made, known)
            self.context(at, here, given, made, known)
            self.stored(at, here, given, known, is_given="model" in made)
        made["concurrency"] = 1
        self.once(f"{here}.concurrency", "The package asked for no number of requests at once; raise it to what must be served.")

    def gpus(self, at: str, here: str, given: Mapping[str, Any], made: dict[str, Any]) -> None:
        parallel, ids, index = given["tensor_parallel_size"], given["gpu_ids"], given["gpu"]
        if ids:
            made["gpus"] = ids
            self.set(f"{at}.gpu_ids", "taken", f"{here}.gpus")
            if index is not None:
                self.instead(f"{at}.gpu", "ignored", "`gpu_ids` won.")
        elif index is not None and (parallel or 1) > 1:
            self.instead(
                f"{at}.gpu", "impossible", f"vLLM saw one GPU there and was asked to use {parallel}; the planner chooses them here."
            )
        elif index is not None:
            made["gpus"] = [index]
            self.set(f"{at}.gpu", "taken", f"{here}.gpus")
        if parallel is not None:
            made["tensor_parallel"] = parallel
            self.set(f"{at}.tensor_parallel_size", "taken", f"{here}.tensor_parallel")
        if (given["pipeline_parallel_size"] or 1) > 1:
            self.instead(f"{at}.pipeline_parallel_size", "unavailable", "A model is not split into stages in this version.")

    def memory(self, at: str, here: str, given: Mapping[str, Any], made: dict[str, Any], known: Candidate | None) -> None:
        share = given["gpu_memory_utilization"]
        if share is None:
            return
        made["memory"] = share
        fate: Fate = "taken"
        note = ""
        if known is not None and self.machine is not None and (visible := self.machine.memory.visible_gib) is not None:
            each = known.variant.weights_gib / (given["tensor_parallel_size"] or 1)
            if each > share * visible:
                fate = "impossible"
                note = (
                    f"{share:g} of {visible:g} GiB is {share * visible:.1f} GiB, and the weights alone take {each:.1f} GiB of each GPU:"
                    " vLLM could not start with it."
                )
        self.set(f"{at}.gpu_memory_utilization", fate, f"{here}.memory", note)

    def context(self, at: str, here: str, given: Mapping[str, Any], made: dict[str, Any], known: Candidate | None) -> None:
        tokens = given["max_model_len"]
        made["context"] = tokens if tokens is not None else 2048
        if tokens is None:
            self.once(f"{here}.context", "`max_model_len` was absent, which meant 2048 there.")
            return
        most = None if known is None else known.model.context_tokens
        beyond = most is not None and tokens > most
        note = f"The model has {most} tokens of context: vLLM refuses to start with more." if beyond else ""
        self.set(f"{at}.max_model_len", "impossible" if beyond else "taken", f"{here}.context", note)

    def stored(self, at: str, here: str, given: Mapping[str, Any], known: Candidate | None, *, is_given: bool) -> None:
        """How the weights are stored, which the package told vLLM beside the repository; absent meant `awq`."""
        path = f"{at}.quantization"
        said = path in self.values
        if said and not is_given:
            self.instead(path, "unavailable", "The repository, once it is given, says how its weights are stored.")
            return
        word = _text(given["quantization"]) if said else "awq"
        wanted = STORED.get(word or None)
        real = None if known is None else known.variant.quantization
        if real is None or wanted == real or (wanted == "bf16" and said):
            if said:
                self.set(path, "taken", f"{here}.model")
            return
        told = f"vLLM was told `{word}`" if said else "`quantization` was absent, so vLLM was told `awq`"
        note = f"{told}, and the repository holds {real} weights: it could not start."
        if said:
            self.set(path, "impossible", f"{here}.model", note)
        else:
            self.note(f"{here}.model", note)

    # the router

    def router(self) -> None:
        self.put("routing", {})
        for old, new in (("single_domain_threshold", "single_threshold"), ("fanout_threshold", "fanout_threshold")):
            if (value := self.value(f"router.{old}")) is not None:
                self.take(f"router.{old}", f"routing.{new}", value)
        self.arbitration()
        self.put("api.host", self.value("router.host") or "127.0.0.1")
        self.put("api.port", self.value("router.port") or 8000)
        for key in ("host", "port"):
            if self.value(f"router.{key}") is not None:
                self.set(f"router.{key}", "taken", f"api.{key}")
        if self.value("router.tau") == 1.0:
            self.instead("router.tau", "ignored", "At 1.0 it changed nothing.")
        self.origins()
        self.calls()
        if not self.config["routing"]:
            del self.config["routing"]

    def arbitration(self) -> None:
        mode = self.value("router.arbitration_mode")
        if mode is None:
            return
        here = "arbiter.mode"
        if mode in {"pairwise", "vcg"}:
            checks = mode == "pairwise"
            self.take("router.arbitration_mode", here, mode, "changed" if checks else "taken", _PAIRWISE if checks else "")
        elif mode == "llm":
            self.take(
                "router.arbitration_mode", here, "pairwise", "changed", "`llm` asked the model once; here it is asked in either order."
            )
        else:
            self.instead("router.arbitration_mode", "unavailable", "The package knows `pairwise`, `vcg` and `llm`.")

    def origins(self) -> None:
        winner = "security.cors_origins" if self.value("security.cors_origins") else "router.cors_origins"
        for path in ("security.cors_origins", "router.cors_origins"):
            given = self.value(path)
            if given is None:
                continue
            if path != winner:
                self.instead(
                    path, "ignored", "`security.cors_origins` won." if winner.startswith("security") else "An empty list was passed over."
                )
                continue
            plain = [str(origin).rstrip("/") for origin in given]
            good = [origin for origin in plain if ORIGIN.regex.fullmatch(origin)]
            note = "" if good == [str(origin) for origin in given] else "An origin has no path; what is none was left out."
            self.take(path, "api.cors_origins", good, "changed" if note else "taken", note)

    def calls(self) -> None:
        """Bounds on calls. The package had no deadline; ours must leave room for every repeat."""
        timeout_s = self.value("router.specialist_timeout")
        if timeout_s is not None:
            self.take("router.specialist_timeout", "resilience.timeouts.total", _duration(timeout_s))
        retries = self.value("router.retry.max_retries")
        if retries is not None:
            bounded = min(retries, MOST_RETRIES)
            note = "" if bounded == retries else f"At most {MOST_RETRIES} repeats are allowed here."
            self.take("router.retry.max_retries", "resilience.retry.max", bounded, "changed" if note else "taken", note)
        for old, new in (("base_delay_ms", "base"), ("max_delay_ms", "cap")):
            if (given := self.value(f"router.retry.{old}")) is not None:
                note = "" if given >= 1 else "1 ms is the shortest wait here."
                self.take(f"router.retry.{old}", f"resilience.retry.{new}", _duration(given / 1000), "changed" if note else "taken", note)
        for old, new in (("failure_threshold", "threshold"), ("recovery_timeout_s", "recovery_s")):
            if (given := self.value(f"router.circuit_breaker.{old}")) is not None:
                self.take(f"router.circuit_breaker.{old}", f"resilience.breaker.{new}", given)
        if self.value("router.circuit_breaker.enabled") is True:
            self.instead("router.circuit_breaker.enabled", "taken", "")
        if self.value("router.retry.jitter") is True:
            self.instead("router.retry.jitter", "taken", "")
        self.deadline(timeout_s)

    def deadline(self, timeout_s: float | None) -> None:
        base_ms, cap_ms = self.value("router.retry.base_delay_ms"), self.value("router.retry.max_delay_ms")
        base_s = DEFAULT_BASE_S if base_ms is None else base_ms / 1000
        cap_s = DEFAULT_CAP_S if cap_ms is None else cap_ms / 1000
        retries = self.config.get("resilience", {}).get("retry", {}).get("max", DEFAULT_RETRIES)
        waits_s = fsum(min(base_s * 2**repeat, cap_s) for repeat in range(retries))
        needed_s = (retries + 1) * (DEFAULT_TIMEOUT_S if timeout_s is None else timeout_s) + waits_s
        if needed_s > DEADLINE_S:
            self.put("routing.deadline_s", ceil(needed_s) + 1)
            self.note("routing.deadline_s", "The package had no deadline for a whole request; this leaves room for a call and its repeats.")

    def rest(self) -> None:
        self.state()
        level = self.value("logging.level")
        if level is not None:
            word = LEVELS.get(str(level).lower())
            if word is None:
                self.instead("logging.level", "unavailable", "Levels here are debug, info, warning and error.")
            else:
                self.take("logging.level", "observability.logging.level", word, "changed")
        if self.value("secrets.provider") == "env":
            self.instead("secrets.provider", "taken", "")
        if (wanted := self.value("security.auth_enabled")) is True:
            note = (
                f"Clients sent signed tokens there; here they send the one key that the variable {KEY_VARIABLE} holds, as"
                " `Authorization: Bearer`."
            )
            self.take("security.auth_enabled", "api.api_key_secret", KEY_VARIABLE, "changed", note)
        elif wanted is False:
            self.instead("security.auth_enabled", "taken", "")

    def state(self) -> None:
        backend, path = self.value("state.backend"), self.value("state.path")
        files = backend == "files"
        if files:
            self.instead("state.backend", "unavailable", "State is in SQLite or Postgres here.")
        elif backend is not None:
            self.take("state.backend", "state.backend", "sqlite")
        if path is None:
            return
        inside = outside_project("state.path", str(path), self.found["state.path"].span) is None and "/" in str(path).lstrip("./")
        if files:
            self.instead("state.path", "unavailable", "It was a folder of files; here state is one file of SQLite's.")
        elif inside and PATH.regex.fullmatch(str(path)):
            self.take("state.path", "state.path", path, "changed")
        else:
            self.instead("state.path", "unavailable", "The file lies in a folder of the project here: `state/aua.db` unless you say so.")

    def unsaid(self, specialists: list[dict[str, Any]]) -> None:
        """What the file relied on without saying it."""
        for path, told in UNSAID.items():
            wins = path == "router.cors_origins" and "security.cors_origins" in self.values
            if not wins and not any(given == path or given.startswith(f"{path}.") for given in self.values):
                place = "resilience" if path == "router.retry" else "api"
                self.note(place if place in self.config else "api", f"`{path}` is absent: {told}.")
        if any("gpus" not in made and made["backend"] == "vllm" for made in specialists):
            self.note("specialists", "`gpu` was absent, which meant GPU 0 there; here the planner chooses.")


_PAIRWISE = (
    "The package weighs checks there, of which at most 0.60 can be reached and 0.85 is needed: every fan-out ends without a verdict."
    " Here checks decide first, then the arbiter's model, asked in either order."
)
_WORDS = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "texts": "a list of texts",
    "integers": "a list of whole numbers",
    "anything": "anything",
}
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


def _known(pattern: str) -> Known | None:
    """The key of a path, or the one that stands for all below it."""
    if pattern in KEYS and not KEYS[pattern].whole:
        return KEYS[pattern]
    return next((known for key, known in KEYS.items() if known.whole and re.match(rf"{re.escape(key)}(\[\])?(\.|\[|$)", pattern)), None)


def _is_section(pattern: str) -> bool:
    """Whether keys of the package lie below a path."""
    return any(key.startswith((f"{pattern}.", f"{pattern}[]", f"{pattern}.*")) for key in KEYS) or (
        pattern.count(".") == 1 and pattern.startswith("blue_green.")
    )


def _is_empty(node: Node) -> bool:
    match node:
        case Scalar(value=value):
            return value is None
        case Sequence(items=inside) | MappingNode(entries=inside):
            return not inside


def _keys_below(pattern: str) -> set[str]:
    start = f"{pattern}." if pattern else ""
    return {re.split(r"[.\[]", key.removeprefix(start))[0] for key in KEYS if key.startswith(start)}


def _shortly(path: str) -> str:
    """A key as a note beside it calls it: without the specialist that it stands in."""
    return re.sub(r"^(specialists\[\d+\]|arbiter)\.", "", path)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _shown(value: Any) -> str:
    return f"`{str(value).lower()}`" if isinstance(value, bool | int | float) else "a text"


def _duration(seconds: float) -> str:
    """A duration with its unit, in whole milliseconds at least one."""
    thousandths = max(1, round(seconds * 1000))
    return f"{thousandths // 1000}s" if thousandths % 1000 == 0 else f"{thousandths}ms"
