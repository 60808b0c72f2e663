"""`observability.webhooks`, `.slo` and `.alerts`: who is told of what, and from where on."""

from typing import Annotated, Literal

from aua_runtime.contract.notices import NAMES, SEVERITIES, Severity

from aua_compile.config.declare import ENVIRONMENT_KIND, URL, Block, Boolean, Choice, Duration, Integer, Key, ListOf, Number
from aua_compile.frozen import dataclass

_HOOKED = {"observability.webhooks.<name>.url": "https://a.example.org/hook"}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Someone who is told what happens: at `url`, or at what `url_secret` holds."""

    kind: Annotated[
        Literal["generic", "slack"],
        Key(
            "`generic` sends JSON of schemas/webhook.json, `slack` what Slack shows.",
            Choice(("generic", "slack")),
            differ=("generic", "slack"),
            given=_HOOKED,
        ),
    ] = "generic"
    url: Annotated[
        str | None,
        Key(
            "Where messages are sent, if that is no secret.",
            URL,
            what="security",
            differ=("https://a.example.org/hook", "https://b.example.org/hook"),
        ),
    ] = None
    url_secret: Annotated[
        str | None,
        Key(
            "Environment variable that holds the URL, for one that is a secret as Slack's are.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("SLACK_A_URL", "SLACK_B_URL"),
        ),
    ] = None
    signing_secret: Annotated[
        str | None,
        Key(
            "Environment variable with the key that signs messages, as Standard Webhooks describe it.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("HOOK_A_KEY", "HOOK_B_KEY"),
            given=_HOOKED,
        ),
    ] = None
    allow_private: Annotated[
        bool,
        Key(
            "Whether its address may be a private one, and plain http. Link-local and metadata addresses are refused even so.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=_HOOKED,
            safer=False,
        ),
    ] = False
    events: Annotated[
        tuple[str, ...],
        Key(
            "Which events are told; without it all that are severe enough.",
            ListOf(Choice(NAMES), minimum=1),
            how="hot_reload",
            differ=(["specialist_down"], ["specialist_down", "specialist_up"]),
            given=_HOOKED,
        ),
    ] = ()
    min_severity: Annotated[
        Severity,
        Key("The least severe events that are told.", Choice(SEVERITIES), how="hot_reload", differ=("info", "error"), given=_HOOKED),
    ] = "info"
    quiet: Annotated[
        float,
        Key(
            "Time after a message in which the same event is only counted; then one message tells of all.",
            Duration(1, 86400),
            how="hot_reload",
            differ=("1m", "1h"),
            given=_HOOKED,
            higher="fewer messages of what comes and goes",
        ),
    ] = 300.0


@dataclass(frozen=True, slots=True)
class LatencyObjective:
    """How fast responses are to be."""

    within: Annotated[
        float,
        Key(
            "Time that a response may take to count as fast: a bound of the router's latency histogram.",
            Duration(0.001, 3600),
            how="recreate",
            differ=("10s", "20s"),
            given={"observability.slo.latency.target": 0.95},
            higher="fewer responses count as slow",
        ),
    ]
    target: Annotated[
        float,
        Key(
            "Share of responses that are to be fast, over 30 days.",
            Number(0, 0.99999, above=0),
            how="recreate",
            differ=(0.9, 0.95),
            given={"observability.slo.latency.within": "10s"},
            higher="fewer slow responses are allowed",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Slo:
    """Service level objectives: what users are promised, from which alerts on the error budget are made."""

    availability: Annotated[
        float | None,
        Key(
            "Share of requests that are to be answered without an error, over 30 days.",
            Number(0, 0.99999, above=0),
            how="recreate",
            differ=(0.99, 0.995),
            higher="fewer failures are allowed",
        ),
    ] = None
    latency: Annotated[LatencyObjective | None, Key("How fast responses are to be.", Block(LatencyObjective))] = None


def _count(doc: str, differ: tuple[int, int], higher: str) -> Key:
    return Key(doc, Integer(1, 1_000_000), how="recreate", differ=differ, higher=higher)


def _share(doc: str, differ: tuple[float, float], higher: str, most: float = 0.99) -> Key:
    """A share that has to be exceeded, so that 1 would never be told of, unless `most` allows it."""
    return Key(doc, Number(0, most, above=0), how="recreate", differ=differ, higher=higher)


def _wait(doc: str, differ: tuple[str, str]) -> Key:
    return Key(doc, Duration(1, 86_400), how="recreate", differ=differ, higher="people are told later")


@dataclass(frozen=True, slots=True)
class Alerts:
    """Prometheus alerts, and from where on they tell someone."""

    enabled: Annotated[bool, Key("Whether they are emitted.", Boolean(), how="recreate", differ=(True, False))] = True
    # one of fewer is more than 5 %: a share of them says nothing
    min_samples: Annotated[
        int, _count("Requests, comparisons or verdicts of which a share is told at least.", (20, 50), "fewer alerts where few ask")
    ] = 20
    # more than one request makes with its repeats
    min_failures: Annotated[int, _count("Of them those that have to be bad at least.", (3, 5), "fewer alerts where few ask")] = 3
    # clients see it, and the restart of one engine does not reach it unless traffic depends on that engine alone
    failed_share: Annotated[float, _share("Share of requests that may fail.", (0.05, 0.1), "more may fail")] = 0.05
    # with p95 as the promise, one in twenty
    slow_share: Annotated[
        float, _share("Share of responses that may take nearly as long as they are allowed.", (0.05, 0.1), "more may be slow")
    ] = 0.05
    # the next slowdown cuts answers off
    slow_deadline_share: Annotated[
        float,
        _share("From which share of `routing.deadline_s` on a response counts as slow.", (0.8, 0.02), "responses count as slow later", 1),
    ] = 0.8
    # fan-out asks where the field is unclear, so some contradiction is its purpose; half is a bad pairing
    contradiction_share: Annotated[float, _share("Share of comparisons that may contradict.", (0.5, 0.6), "more may contradict")] = 0.5
    # each such verdict cost two answers and a judgement and gave the client nothing
    neither_share: Annotated[float, _share("Share of verdicts that may accept no answer.", (0.25, 0.3), "more may accept none")] = 0.25
    # means within a tenth of it move with the mix of questions
    utility_floor_share: Annotated[
        float,
        _share(
            "Share of a field's utility floor that the mean utility of its answers may fall to.", (0.9, 0.8), "worse answers are told of", 1
        ),
    ] = 0.9
    # the next burst is refused
    queue_share: Annotated[
        float, _share("Share of the places in line for a specialist that may be taken, as a mean.", (0.8, 0.5), "longer lines are told of")
    ] = 0.8
    backlog_share: Annotated[
        float,
        _share("Share of the rows that may wait for the state store before rows are lost.", (0.5, 0.6), "longer backlogs are told of"),
    ] = 0.5
    # a few come with any burst, steady ones mean that the KV cache is too small
    preemptions: Annotated[int, _count("Requests that an engine may put back within half an hour.", (20, 50), "more may be put back")] = 20
    # longer than a rolling restart leaves one replica away
    router_down_after: Annotated[float, _wait("How long no router answers before someone is told.", ("1m", "2m"))] = 60.0
    # longer than a breaker's recovery and a restart of the router, shorter than people wait for an answer
    page_after: Annotated[float, _wait("How long what harms users holds before someone is told.", ("2m", "5m"))] = 120.0
    # it is judged over long windows; nobody has to wake up for it
    ticket_after: Annotated[float, _wait("How long what only lowers quality holds before someone is told.", ("15m", "30m"))] = 900.0
