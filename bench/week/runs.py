"""Plays a fault, something healthy or the whole week, and says what Prometheus told of it."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.week import traffic
from bench.week.faults import FAULTS, HEALTHY, NIGHT, TIMES, Fault, restored
from bench.week.judge import Fired, fired
from bench.week.play import Event, Play, played
from bench.week.router import loaded
from bench.week.traffic import DAY, HOUR, MINUTE, WEEK, Pace

WARM_S = HOUR
"""Before a fault: every window that its alert looks at first is full."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a fault at one time of the week: after how long its alert fired, and for how long after the fault it did."""

    number: int  # of the fault
    time: str
    after_s: float | None
    recovered_s: float | None
    wrong: tuple[str, ...]  # alerts that should not have fired
    others: tuple[str, ...]  # all that fired beside it

    @property
    def fault(self) -> Fault:
        return FAULTS[self.number]

    @property
    def within_s(self) -> float:
        return self.fault.within_min[self.time == NIGHT] * MINUTE

    @property
    def well(self) -> bool:
        fine = self.after_s is not None and self.after_s <= self.within_s
        return fine and self.recovered_s is not None and self.recovered_s <= self.fault.recovers_min * MINUTE and not self.wrong


def judged(deploy: Path, begins_s: float, lasts_s: float, pace: Pace, events: tuple[tuple[float, Event], ...]) -> list[Fired]:
    """Play it, and what Prometheus says of it."""
    with TemporaryDirectory(prefix="aua-week-") as scratch:
        play = played(deploy, loaded(deploy / "router"), Path(scratch), begins_s=begins_s, lasts_s=lasts_s, pace=pace, events=events)
        return fired(play.series, deploy / "prometheus", play.interval_s, Path(scratch) / "series.yaml")


def of_fault(deploy: Path, number: int, when: str) -> Told:
    """A fault at one time of the week."""
    fault = FAULTS[number]
    begins_s = TIMES[when] - WARM_S
    over_s = WARM_S + fault.lasts_min * MINUTE
    lasts_s = over_s + (fault.recovers_min + 10) * MINUTE
    found = judged(deploy, begins_s, lasts_s, traffic.people(), ((WARM_S, fault.begin), (over_s, fault.end)))
    mine = [one for one in found if one.name == fault.alert]
    others = tuple(sorted({one.name for one in found} - {fault.alert}))
    wrong = (*(name for name in others if name not in fault.also), *(one.name for one in found if one.first_s < WARM_S))
    if not mine:
        return Told(number, when, None, None, wrong, others)
    first_s, last_s = min(one.first_s for one in mine), max(one.last_s for one in mine)
    return Told(number, when, first_s - WARM_S, max(0.0, last_s - over_s), wrong, others)


def of_healthy(deploy: Path, number: int) -> list[Fired]:
    """Something that is well."""
    healthy = HEALTHY[number]
    return judged(deploy, healthy.begins_s, healthy.lasts_s, healthy.pace, healthy.events)


def a_week(deploy: Path, lasts_s: float = WEEK) -> list[Fired]:
    """A healthy week: rolling restarts at two, ten and three o'clock, reloads, bursts every day."""
    restarts = [(day * DAY + hour * HOUR, Play.rolling_restart) for day, hour in ((0, 10.0), (1, 15.0), (3, 2.5), (4, 16.0), (5, 11.0))]
    reloads = [(day * DAY + 9.5 * HOUR, restored) for day in range(7)]
    bursts = tuple(day * DAY + hour * HOUR for day in range(7) for hour in (3.2, 11.3, 20.4))
    return judged(deploy, 0.0, lasts_s, traffic.people(bursts), (*restarts, *reloads))
