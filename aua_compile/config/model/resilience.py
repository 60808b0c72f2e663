"""`resilience`, and the parts of it that a specialist may have of its own."""

from dataclasses import field
from typing import Annotated

from aua_compile.config.declare import Block, Boolean, Duration, Integer, Key, Number
from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How many calls a specialist gets at once, and how many wait."""

    concurrency: Annotated[
        int | None,
        Key(
            "Calls that one router process has open at each server at once; without it the sequences planned for the engine, and no limit"
            " for one that runs elsewhere.",
            Integer(1, 100_000),
            higher="fewer calls wait here, more at the engine",
            lower="calls wait here, in the order they came",
            differ=(4, 16),
        ),
    ] = None
    queue: Annotated[
        int | None,
        Key(
            "Calls that wait for a place; one more is refused, or goes to the fallback. Without it twice `concurrency`, at least 16.",
            Integer(0, 100_000),
            higher="bursts survive, and wait",
            lower="clients hear sooner",
            differ=(0, 50),
            given={"resilience.limits.concurrency": 4},
        ),
    ] = None


# The keys of every breaker: of `resilience.breaker`, where they have defaults, and of a specialist's own.
_THRESHOLD = Key(
    "Failures in a row that open it.", Integer(1, 1000), higher="tolerates more failures", lower="gives up sooner", differ=(3, 9)
)
_RECOVERY_S = Key(
    "Seconds after which it lets probes through.",
    Number(above=0, maximum=86400, unit="s"),
    higher="leaves the specialist alone longer",
    lower="probes sooner",
    differ=(10, 20),
)
_HALF_OPEN_MAX = Key(
    "Probes at once while half open.", Integer(0, 100), higher="recovers faster", lower="spares the specialist", differ=(1, 3)
)
_WINDOW = Key(
    "Latest calls that are looked at, once there are so many; 0 looks at failures in a row alone.", Integer(0, 1000), differ=(0, 50)
)
_FAILING_SHARE = Key(
    "Share of the window's calls, failed or slow, that opens it.",
    Number(above=0, maximum=1),
    higher="tolerates more failures",
    lower="gives up sooner",
    differ=(0.3, 0.7),
)
_SLOW_SHARE = Key(
    "Share of the time a call may take from which it counts as slow: of `first_token` in a stream, else of `total`. 1 counts none.",
    Number(above=0, maximum=1),
    higher="tolerates slower calls",
    lower="gives up sooner",
    differ=(0.5, 1),
)


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """When the router stops calling a specialist that fails."""

    threshold: Annotated[int | None, _THRESHOLD] = None
    recovery_s: Annotated[float | None, _RECOVERY_S] = None
    half_open_max: Annotated[int | None, _HALF_OPEN_MAX] = None
    window: Annotated[int | None, _WINDOW] = None
    failing_share: Annotated[float | None, _FAILING_SHARE] = None
    slow_share: Annotated[float | None, _SLOW_SHARE] = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds on one upstream call."""

    connect: Annotated[float, Key("Longest wait for a connection.", Duration(0.001), differ=("2s", "3s"))] = 5.0
    first_token: Annotated[float, Key("Longest wait for the first token.", Duration(0.001), differ=("20s", "30s"))] = 60.0
    idle: Annotated[float, Key("Longest silence between tokens.", Duration(0.001), differ=("20s", "30s"))] = 30.0
    total: Annotated[float, Key("Longest whole call.", Duration(0.001), differ=("50s", "40s"))] = 60.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeats of failed upstream calls; only while no byte of the response has arrived."""

    max: Annotated[int, Key("Most repeats of one call.", Integer(0, 10), differ=(0, 1))] = 1
    base: Annotated[float, Key("Wait before the first repeat; doubled each time.", Duration(0.001), differ=("100ms", "200ms"))] = 0.1
    cap: Annotated[float, Key("Longest wait between repeats.", Duration(0.001), differ=("1s", "2s"))] = 2.0
    budget: Annotated[float, Key("Share of calls that may be repeats.", Number(0, 1), differ=(0.1, 0.2))] = 0.2


@dataclass(frozen=True, slots=True)
class Breaker:
    """Defaults of all circuit breakers."""

    threshold: Annotated[int, _THRESHOLD] = 5
    recovery_s: Annotated[float, _RECOVERY_S] = 30.0
    half_open_max: Annotated[int, _HALF_OPEN_MAX] = 1
    window: Annotated[int, _WINDOW] = 20
    failing_share: Annotated[float, _FAILING_SHARE] = 0.5
    slow_share: Annotated[float, _SLOW_SHARE] = 0.8


@dataclass(frozen=True, slots=True)
class Probe:
    """How servers that carry no calls are asked whether they are there."""

    enabled: Annotated[bool, Key("Whether they are asked at all.", Boolean(), differ=(True, False))] = True
    interval: Annotated[
        float,
        Key(
            "Time between two probes of a server without calls.",
            Duration(1, 3600),
            higher="an idle server's end is noticed later",
            lower="it is noticed sooner",
            differ=("5s", "30s"),
        ),
    ] = 15.0


@dataclass(frozen=True, slots=True)
class Hedge:
    """A second call for one that takes long; the first to answer wins."""

    after: Annotated[
        float,
        Key(
            "Time without an answer, in a stream without content, after which the second call is sent.",
            Duration(0.001),
            higher="fewer second calls",
            lower="slow calls matter less, at more cost",
            differ=("2s", "5s"),
        ),
    ]
    budget: Annotated[
        float,
        Key(
            "Share of calls that may have a second one.",
            Number(above=0, maximum=1),
            differ=(0.02, 0.1),
            given={"resilience.hedge.after": "2s"},
        ),
    ] = 0.05


@dataclass(frozen=True, slots=True)
class Resilience:
    """Defaults for all specialists; what a specialist says wins."""

    timeouts: Annotated[Timeouts, Key("Bounds on one upstream call.", Block(Timeouts))] = field(default_factory=Timeouts)
    retry: Annotated[Retry, Key("Repeats of failed calls.", Block(Retry))] = field(default_factory=Retry)
    breaker: Annotated[Breaker, Key("Circuit breakers.", Block(Breaker))] = field(default_factory=Breaker)
    limits: Annotated[CallLimits, Key("Calls that each specialist gets at once.", Block(CallLimits))] = field(default_factory=CallLimits)
    probe: Annotated[Probe, Key("Probes of servers without calls.", Block(Probe))] = field(default_factory=Probe)
    hedge: Annotated[Hedge | None, Key("Second calls; without it there are none.", Block(Hedge))] = None
