"""Labels of the router's metrics, and the bound of each one's set of values. No label ever holds what a client typed."""

from typing import Literal

from aua_runtime.contract.frozen import dataclass

NONE = "none"
"""The value of `field`, `specialist` and `mode` where a request did not get as far as having one."""

GENERAL = "general"
"""The field of a request that speaks for no other; the router uses the word also where the plan has no such field."""

WORKER = "worker"
"""Label of every sample where several processes serve one router: the number of the one that counted."""

NameSet = Literal["", "fields", "specialists", "errors"]


@dataclass(frozen=True, slots=True)
class Label:
    """A label's name and its possible values: the fixed `values`, and all `names_of` the plan's fields or specialists, or our errors.

    A value outside the set never occurs. `free` marks the labels of info metrics, whose one series carries a version or a digest.
    """

    name: str
    meaning: str
    values: tuple[str, ...] = ()
    names_of: NameSet = ""
    free: bool = False


MODES = ("single", "checked", "fanout")
OUTCOMES = ("answered", "abstained", "failed", "rejected", "cancelled")
STAGES = ("classify", "score", "arbitrate")
DIRECTIONS = ("prompt", "completion")
BREAKER_STATES = ("closed", "open", "half_open")
COMPARISONS = ("agree", "contradict")
VERDICTS = ("a", "b", "both", "neither")
BASES = ("checks", "judge", "welfare", "score")
ABSTENTION_REASONS = ("unsure_answer", "no_acceptable_answer")
PARTS = ("efficacy", "confidence", "curiosity")
RELOAD_OUTCOMES = ("applied", "unchanged", "refused")
PROBE_RESULTS = ("up", "down")
HEDGE_RESULTS = ("won", "lost")
OK = "ok"
CANCELLED = "cancelled"

FIELD = Label("field", "The field the request was taken to belong to.", (NONE, GENERAL), names_of="fields")
SPECIALIST = Label("specialist", "The specialist, the arbiter's model included.", (NONE,), names_of="specialists")
FALLBACK = Label("fallback", "The specialist that was called instead.", names_of="specialists")
MODE = Label("mode", "How it was answered: one answer relayed, one answer checked first, several answers compared.", (NONE, *MODES))
OUTCOME = Label(
    "outcome",
    "How it ended: with an answer, with an abstention, with an error of ours or of a model server, refused for what the client sent, or"
    " given up by the client.",
    OUTCOMES,
)
STAGE = Label(
    "stage", "A stage of a request's lifecycle that the router itself works in; calls to specialists have a metric of their own.", STAGES
)
DIRECTION = Label("direction", "Tokens read or tokens written.", DIRECTIONS)
ERROR_CODE = Label("code", "An error code of `aua_runtime.contract.errors`.", names_of="errors")
CALL_CODE = Label(
    "code",
    f"`{OK}`, `{CANCELLED}` (the client left, or another call answered first), or an error code of `aua_runtime.contract.errors`.",
    (OK, CANCELLED),
    names_of="errors",
)
BREAKER_STATE = Label("state", "A state of a circuit breaker.", BREAKER_STATES)
PROBE_RESULT = Label("result", "Whether the server said that it is there.", PROBE_RESULTS)
HEDGE_RESULT = Label("result", "Whether the second call answered first.", HEDGE_RESULTS)
COMPARISON = Label("result", "Whether two answers speak of the same thing, judged by the words they share.", COMPARISONS)
VERDICT = Label("verdict", "The arbiter's verdict: the first candidate, the second, either, or none of them.", VERDICTS)
BASIS = Label(
    "basis",
    "What decided: deterministic checks, the judge model, the candidates' welfare, or the scores because a verdict was unusable.",
    BASES,
)
ABSTENTION_REASON = Label("reason", "Why no answer was given.", ABSTENTION_REASONS)
PART = Label("part", "A part of the utility: efficacy E, confidence C or curiosity K.", PARTS)
RELOAD_OUTCOME = Label("outcome", "What became of a settings file.", RELOAD_OUTCOMES)
DIGEST = Label("digest", "The plan's digest.", free=True)
DEPLOYMENT = Label("deployment", "The project's name.", free=True)
VERSION = Label("version", "The version of aua-runtime.", free=True)
PYTHON = Label("python", "The version of Python.", free=True)
