"""Labels of the router's metrics, and the bound of each one's set of values. No label ever holds what a client typed."""

from typing import Literal

from aua_runtime.contract.frozen import dataclass

NONE = "none"
"""The value of `field` and `mode` where a request did not get as far as having one."""

GENERAL = "general"
"""The field of a request that speaks for no other; the router uses the word also where the plan has no such field."""

WORKER = "worker"
"""Label of every sample where several processes serve one router: the number of the one that counted."""

NameSet = Literal["", "fields", "specialists", "servers", "devices", "engines", "errors"]


@dataclass(frozen=True, slots=True)
class Label:
    """A label's name and its possible values: the fixed `values`, and all `names_of` a kind of things that the plan names, or our errors.

    A value outside the set never occurs. `free` marks the labels of info metrics, whose one series carries a version or a digest.
    """

    name: str
    meaning: str
    values: tuple[str, ...] = ()
    names_of: NameSet = ""
    free: bool = False


MODES = ("single", "checked", "fanout")
OUTCOMES = ("answered", "abstained", "failed", "rejected", "cancelled")
STAGES = ("classify", "call", "score", "arbitrate")
BREAKER_STATES = ("closed", "half_open", "open")
"""What the values of `aua_breaker_state` mean, from 0."""
COMPARISONS = ("agree", "contradict")
VERDICTS = ("a", "b", "both", "neither")
BASES = ("checks", "judge", "welfare", "score")
ABSTENTION_REASONS = ("unsure_answer", "no_acceptable_answer")
WEBHOOK_OUTCOMES = ("delivered", "refused", "unreachable", "queue_full")
RELOAD_OUTCOMES = ("applied", "unchanged", "refused")
PROBE_RESULTS = ("up", "down")
SPAN_OUTCOMES = ("exported", "refused", "unreachable", "queue_full")
CANCELLED = "cancelled"

FIELD = Label("field", "The field the request was taken to belong to.", (NONE, GENERAL), names_of="fields")
SPECIALIST = Label("specialist", "The specialist, the arbiter's model included.", names_of="specialists")
SERVER = Label(
    "server",
    "A server of a specialist that has several: its name and the server's place in the list, counted from 0; no more than the plan has.",
    names_of="servers",
)
DEVICE = Label("device", "A device of the plan, by its number.", names_of="devices")
ENGINE = Label("engine", "An engine that this deployment starts, by the name of its service.", names_of="engines")
MODE = Label("mode", "How it was answered: one answer relayed, one answer checked first, several answers compared.", (NONE, *MODES))
OUTCOME = Label(
    "outcome",
    "How it ended: with an answer, with an abstention, with an error of ours or of a model server, refused for what the client sent, or"
    " given up by the client.",
    OUTCOMES,
)
STAGE = Label("stage", "A stage of a request's life.", STAGES)
ERROR_CODE = Label("code", "An error code of `aua_runtime.contract.errors`.", names_of="errors")
SPAN_OUTCOME = Label(
    "outcome",
    "What became of it: taken by the collector, refused by it, given up because it could not be reached, or too many waited already.",
    SPAN_OUTCOMES,
)
PROBE_RESULT = Label("result", "Whether the server said that it is there.", PROBE_RESULTS)
COMPARISON = Label("result", "Whether two answers speak of the same thing, judged by the words they share.", COMPARISONS)
VERDICT = Label("verdict", "The arbiter's verdict: the first candidate, the second, either, or none of them.", VERDICTS)
BASIS = Label(
    "basis",
    "What decided: deterministic checks, the judge model, the candidates' welfare, or the scores because a verdict was unusable.",
    BASES,
)
ABSTENTION_REASON = Label("reason", "Why no answer was given.", ABSTENTION_REASONS)
RELOAD_OUTCOME = Label("outcome", "What became of a settings file.", RELOAD_OUTCOMES)
WEBHOOK_OUTCOME = Label(
    "outcome",
    "What became of a webhook's message: taken, refused for good, given up after several attempts, or dropped because too many waited.",
    WEBHOOK_OUTCOMES,
)
CURRENCY = Label("currency", "The currency of all prices.", free=True)
PRICES = Label("prices", "The id of the prices: currency, price book, digest.", free=True)
DIGEST = Label("digest", "The plan's digest.", free=True)
ROUTER = Label("router", "The digest of what the plan says of its router: the same while only others have to change.", free=True)
DEPLOYMENT = Label("deployment", "The project's name.", free=True)
VERSION = Label("version", "The version of aua-runtime.", free=True)
PYTHON = Label("python", "The version of Python.", free=True)
