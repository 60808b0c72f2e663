"""What goes wrong, and which alert has to say so within which time; and what is well though it does not look so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.week import traffic
from bench.week.models import Server
from bench.week.play import Event, Play
from bench.week.traffic import DAY, HOUR, MINUTE, Pace

TIMES = {"Tuesday 11:00": DAY + 11 * HOUR, "Thursday 20:00": 3 * DAY + 20 * HOUR, "Sunday 03:00": 6 * DAY + 3 * HOUR}
NIGHT = "Sunday 03:00"
LONG = ("Tuesday 11:00", NIGHT)
"""For faults that last most of a day."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and the alert that it is for. `within_s` is by when that fires, by day and by night; `also` may rightly fire as well."""

    alert: str
    what: str
    begin: Event
    end: Event
    lasts_s: float
    within_s: tuple[float, float]
    recovers_s: float
    also: frozenset[str] = frozenset()
    times: tuple[str, ...] = tuple(TIMES)


@dataclass(frozen=True, slots=True)
class Healthy:
    """Something that is well: no alert fires."""

    what: str
    lasts_s: float
    events: tuple[tuple[float, Event], ...] = ()
    pace: Pace = field(default_factory=traffic.people)
    begins_s: float = TIMES[NIGHT]


def servers(specialists: tuple[int, ...] = (), **values: Any) -> Event:
    """Change the servers of some specialists, in the plan's order; of all where none are named."""

    def change(play: Play) -> None:
        for number, server in enumerate(play.models.servers.values()):
            if not specialists or number in specialists:
                for name, value in values.items():
                    setattr(server, name, value)

    return change


def well(play: Play) -> None:
    """Make every server as it was."""
    fresh = Server()
    for server in play.models.servers.values():
        for name in Server.__slots__:
            setattr(server, name, getattr(fresh, name))


def hopeless(play: Play) -> None:
    """Only what two answers part in is judged, and no verdict accepts either."""
    servers((1,), astray=0.9)(play)
    servers((2,), neither=0.8)(play)


def full(*, refuses: bool) -> Event:
    """Whether the disks refuse what they are given."""

    def change(play: Play) -> None:
        for router in play.routers:
            router.disk.refuses = refuses

    return change


def engine(metric: str, value: float) -> Event:
    """Set a metric of the first engine."""

    def change(play: Play) -> None:
        next(iter(play.engines.values()))[metric] = value

    return change


async def stop(play: Play) -> None:
    for router in play.routers:
        await router.stop()


async def start(play: Play) -> None:
    for router in play.routers:
        await router.start()


def reload(name: str, change: Callable[[dict[str, Any]], Any]) -> Event:
    """Give the first router another file, and have it read it."""

    def act(play: Play) -> None:
        play.routers[0].change(name, change)
        play.routers[0].reload()

    return act


def restored(play: Play) -> None:
    for router in play.routers:
        router.restore()
        router.reload()


def rush(takes_s: float, per_s: float) -> Event:
    """Slow servers, and a client that asks without waiting."""

    def change(play: Play) -> None:
        servers(takes_s=takes_s)(play)
        play.pace = lambda _: per_s

    return change


def calm(play: Play) -> None:
    well(play)
    play.pace = traffic.people()


def stall(play: Play) -> None:
    """The disks take nothing, and much is written."""
    for router in play.routers:
        router.disk.stalls = True
    play.rows_per_s = 40.0


def resume(play: Play) -> None:
    play.rows_per_s = 0.0
    for router in play.routers:
        router.disk.resume()


def other_plan(data: dict[str, Any]) -> None:
    data["digests"]["plan"] = "0" * 64


def preempting(count: float) -> Event:
    """So many requests are put back every minute, from now on."""

    def change(play: Play) -> None:
        play.preempted_per_scrape = count * play.interval_s / MINUTE

    return change


UNDER = frozenset({"AUA_AvailabilityBudgetBurn", "AUA_AvailabilityBudgetBurnSlow", "AUA_HighErrorRate", "AUA_BreakerOpen"})
"""What else follows from calls that fail."""
LATE = frozenset({"AUA_LatencyBudgetBurn", "AUA_LatencyBudgetBurnSlow"})
"""What else follows from calls that are slow."""
UNJUDGED = frozenset({"AUA_ArbiterCaseFourSpike", "AUA_LowUtilityScore"})
"""What else follows where the arbiter or half of the candidates are missing."""

FAULTS = (
    Fault("AUA_RouterDown", "both routers are stopped", stop, start, 15 * MINUTE, (5 * MINUTE, 5 * MINUTE), 3 * MINUTE),
    Fault(
        "AUA_HighErrorRate",
        "45 % of calls fail",
        servers(failing=0.45),
        well,
        HOUR,
        (15 * MINUTE, 45 * MINUTE),
        8 * MINUTE,
        UNDER | UNJUDGED,
    ),
    Fault(
        "AUA_HighLatency",
        "calls take a minute, and more are asked than then fit in",
        rush(60.0, 0.7),
        calm,
        HOUR,
        (30 * MINUTE, 30 * MINUTE),
        20 * MINUTE,
        UNDER | LATE | UNJUDGED | {"AUA_QueueSaturated"},
    ),
    Fault(
        "AUA_AvailabilityBudgetBurn",
        "30 % of calls fail",
        servers(failing=0.3),
        well,
        2 * HOUR,
        (HOUR, 1.5 * HOUR),
        40 * MINUTE,
        UNDER | UNJUDGED,
    ),
    Fault(
        "AUA_AvailabilityBudgetBurnSlow",
        "16 % of calls fail",
        servers(failing=0.16),
        well,
        8 * HOUR,
        (3 * HOUR, 6 * HOUR),
        7 * HOUR,
        UNDER,
        times=LONG,
    ),
    Fault(
        "AUA_LatencyBudgetBurn", "calls take 25 s", servers(takes_s=25.0), well, 3 * HOUR, (75 * MINUTE, 100 * MINUTE), 40 * MINUTE, LATE
    ),
    Fault(
        "AUA_LatencyBudgetBurnSlow",
        "calls take 13 s",
        servers(takes_s=13.0),
        well,
        8 * HOUR,
        (3 * HOUR, 6 * HOUR),
        7 * HOUR,
        LATE,
        times=LONG,
    ),
    Fault(
        "AUA_SpecialistDown",
        "nothing listens at `swe`",
        servers((0,), reachable=False),
        well,
        30 * MINUTE,
        (6 * MINUTE, 6 * MINUTE),
        5 * MINUTE,
        UNDER | UNJUDGED,
    ),
    Fault(
        "AUA_BreakerOpen",
        "`math` answers every call with an error",
        servers((1,), failing=1.0),
        well,
        HOUR,
        (15 * MINUTE, 40 * MINUTE),
        15 * MINUTE,
        UNDER | UNJUDGED,
    ),
    Fault(
        "AUA_QueueSaturated",
        "calls take 60 s, and a client asks four times a second",
        rush(60.0, 4.0),
        calm,
        30 * MINUTE,
        (15 * MINUTE, 15 * MINUTE),
        12 * MINUTE,
        UNDER | LATE | UNJUDGED | {"AUA_HighLatency"},
    ),
    Fault(
        "AUA_LowUtilityScore",
        "four of five answers are cut off",
        servers(cut=0.8),
        well,
        6 * HOUR,
        (1.5 * HOUR, 5 * HOUR),
        45 * MINUTE,
        frozenset({"AUA_ArbiterCaseFourSpike"}),
    ),
    Fault(
        "AUA_HighContradictionRate",
        "`math` answers something else than those that are asked with it",
        servers((1,), astray=0.9),
        well,
        6 * HOUR,
        (2 * HOUR, 6 * HOUR),
        45 * MINUTE,
        UNJUDGED,
        times=LONG,
    ),
    Fault(
        "AUA_ArbiterCaseFourSpike",
        "`math` answers something else, and the arbiter accepts nothing",
        hopeless,
        well,
        6 * HOUR,
        (2 * HOUR, 6 * HOUR),
        45 * MINUTE,
        UNJUDGED | {"AUA_HighContradictionRate"},
        times=LONG,
    ),
    Fault(
        "AUA_EngineDown",
        "an engine's metrics are gone",
        engine("up", 0.0),
        engine("up", 1.0),
        30 * MINUTE,
        (15 * MINUTE, 15 * MINUTE),
        3 * MINUTE,
    ),
    Fault(
        "AUA_EnginePreempting",
        "an engine puts two requests back each minute",
        preempting(2.0),
        preempting(0.0),
        2 * HOUR,
        (40 * MINUTE, 40 * MINUTE),
        35 * MINUTE,
    ),
    Fault(
        "AUA_SettingsReloadRefused",
        "a router is given settings of other code",
        reload("settings.json", lambda data: data.update(structure="0" * 64)),
        restored,
        30 * MINUTE,
        (2 * MINUTE, 2 * MINUTE),
        3 * MINUTE,
    ),
    Fault(
        "AUA_PlanDiffers",
        "one router runs another plan",
        reload("plan.json", other_plan),
        restored,
        HOUR,
        (25 * MINUTE, 25 * MINUTE),
        3 * MINUTE,
    ),
    Fault(
        "AUA_StateLagging",
        "the disk stalls",
        stall,
        resume,
        30 * MINUTE,
        (25 * MINUTE, 25 * MINUTE),
        5 * MINUTE,
        frozenset({"AUA_StateRowsLost"}),
    ),
    Fault(
        "AUA_StateRowsLost",
        "the disk is full",
        full(refuses=True),
        full(refuses=False),
        30 * MINUTE,
        (10 * MINUTE, 20 * MINUTE),
        12 * MINUTE,
    ),
)


async def one_by_one(play: Play) -> None:
    """A rolling restart."""
    await play.rolling_restart()


def scraping(*, scraped: bool) -> Event:
    """Whether Prometheus reads anything."""

    def change(play: Play) -> None:
        play.scraped = scraped

    return change


HEALTHY = (
    Healthy("a rolling restart, each router scraped while it starts", 2 * HOUR, ((HOUR, one_by_one),), begins_s=TIMES["Tuesday 11:00"]),
    Healthy(
        "three rolling restarts within half an hour, by night", 3 * HOUR, tuple((HOUR + n * 10 * MINUTE, one_by_one) for n in range(3))
    ),
    Healthy("no scrape for five minutes", 2 * HOUR, ((HOUR, scraping(scraped=False)), (HOUR + 5 * MINUTE, scraping(scraped=True)))),
    Healthy("three requests an hour", 24 * HOUR, pace=traffic.steady(3)),
    Healthy("a burst after silence", 3 * HOUR, pace=lambda now_s: 2.0 if 0 <= now_s - (TIMES[NIGHT] + HOUR) < 3 * MINUTE else 0.0),
    Healthy("nobody asks anything", 6 * HOUR, pace=traffic.steady(0.001)),
    Healthy("every fourth request of a few fails", 3 * HOUR, ((0.0, servers(failing=0.5)),), pace=traffic.steady(4)),
    Healthy("settings are reloaded ten times", 2 * HOUR, tuple((HOUR + n * 5 * MINUTE, restored) for n in range(10))),
)
