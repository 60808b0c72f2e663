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
    """A fault, and the alert that it is for. `within_min` is by when that fires, by day and by night; `also` may fire too."""

    alert: str
    what: str
    begin: Event
    end: Event
    lasts_min: float
    within_min: tuple[float, float]
    recovers_min: float
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
    data["digests"]["router"] = "0" * 64


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
    Fault("AUA_RouterDown", "both routers are stopped", stop, start, 15, (5, 5), 3),
    Fault("AUA_HighErrorRate", "45 % of calls fail", servers(failing=0.45), well, 60, (15, 45), 8, UNDER | UNJUDGED),
    Fault(
        "AUA_HighLatency",
        "calls take a minute, and more are asked than then fit in",
        rush(60.0, 0.7),
        calm,
        60,
        (30, 30),
        20,
        UNDER | LATE | UNJUDGED | {"AUA_QueueSaturated"},
    ),
    Fault("AUA_AvailabilityBudgetBurn", "30 % of calls fail", servers(failing=0.3), well, 120, (60, 90), 40, UNDER | UNJUDGED),
    Fault("AUA_AvailabilityBudgetBurnSlow", "16 % of calls fail", servers(failing=0.16), well, 480, (180, 360), 420, UNDER, times=LONG),
    Fault("AUA_LatencyBudgetBurn", "calls take 25 s", servers(takes_s=25.0), well, 180, (75, 100), 40, LATE),
    Fault("AUA_LatencyBudgetBurnSlow", "calls take 13 s", servers(takes_s=13.0), well, 480, (180, 360), 420, LATE, times=LONG),
    Fault("AUA_SpecialistDown", "nothing listens at `swe`", servers((0,), reachable=False), well, 30, (6, 6), 5, UNDER | UNJUDGED),
    Fault(
        "AUA_BreakerOpen", "`math` answers every call with an error", servers((1,), failing=1.0), well, 60, (15, 40), 15, UNDER | UNJUDGED
    ),
    Fault(
        "AUA_QueueSaturated",
        "calls take 60 s, and a client asks four times a second",
        rush(60.0, 4.0),
        calm,
        30,
        (15, 15),
        12,
        UNDER | LATE | UNJUDGED | {"AUA_HighLatency"},
    ),
    Fault(
        "AUA_LowUtilityScore",
        "four of five answers are cut off",
        servers(cut=0.8),
        well,
        360,
        (90, 300),
        45,
        frozenset({"AUA_ArbiterCaseFourSpike"}),
    ),
    Fault(
        "AUA_HighContradictionRate",
        "`math` answers something else than those that are asked with it",
        servers((1,), astray=0.9),
        well,
        360,
        (120, 360),
        45,
        UNJUDGED,
        times=LONG,
    ),
    Fault(
        "AUA_ArbiterCaseFourSpike",
        "`math` answers something else, and the arbiter accepts nothing",
        hopeless,
        well,
        360,
        (120, 360),
        45,
        UNJUDGED | {"AUA_HighContradictionRate"},
        times=LONG,
    ),
    Fault("AUA_EngineDown", "an engine's metrics are gone", engine("up", 0.0), engine("up", 1.0), 30, (15, 15), 3),
    Fault("AUA_EnginePreempting", "an engine puts two requests back each minute", preempting(2.0), preempting(0.0), 120, (40, 40), 35),
    Fault(
        "AUA_SettingsReloadRefused",
        "a router is given settings of other code",
        reload("settings.json", lambda data: data.update(structure="0" * 64)),
        restored,
        30,
        (2, 2),
        3,
    ),
    Fault("AUA_PlanDiffers", "one router runs another plan", reload("plan.json", other_plan), restored, 60, (25, 25), 3),
    Fault("AUA_StateLagging", "the disk stalls", stall, resume, 30, (25, 25), 5, frozenset({"AUA_StateRowsLost"})),
    Fault("AUA_StateRowsLost", "the disk is full", full(refuses=True), full(refuses=False), 30, (10, 20), 12),
)


def scraping(*, scraped: bool) -> Event:
    """Whether Prometheus reads anything."""

    def change(play: Play) -> None:
        play.scraped = scraped

    return change


HEALTHY = (
    Healthy(
        "a rolling restart, each router scraped while it starts", 2 * HOUR, ((HOUR, Play.rolling_restart),), begins_s=TIMES["Tuesday 11:00"]
    ),
    Healthy(
        "three rolling restarts within half an hour, by night",
        3 * HOUR,
        tuple((HOUR + n * 10 * MINUTE, Play.rolling_restart) for n in range(3)),
    ),
    Healthy("no scrape for five minutes", 2 * HOUR, ((HOUR, scraping(scraped=False)), (HOUR + 5 * MINUTE, scraping(scraped=True)))),
    Healthy("three requests an hour", 24 * HOUR, pace=traffic.steady(3)),
    Healthy("a burst after silence", 3 * HOUR, pace=lambda now_s: 2.0 if 0 <= now_s - (TIMES[NIGHT] + HOUR) < 3 * MINUTE else 0.0),
    Healthy("nobody asks anything", 6 * HOUR, pace=traffic.steady(0.001)),
    Healthy("every fourth request of a few fails", 3 * HOUR, ((0.0, servers(failing=0.5)),), pace=traffic.steady(4)),
    Healthy("settings are reloaded ten times", 2 * HOUR, tuple((HOUR + n * 5 * MINUTE, restored) for n in range(10))),
)
