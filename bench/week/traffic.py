"""Who asks what and when: people by day, fewer by night and at weekends, and bursts."""

from collections.abc import Callable
from math import cos, pi
from random import Random

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
WEEK = 7 * DAY

PER_MINUTE_BY_NIGHT, PER_MINUTE_BY_DAY = 1.0, 8.0
WEEKEND = 0.4
BURST_S, BURST_TIMES = 120.0, 10.0

Pace = Callable[[float], float]
"""Requests a second, at a time."""

QUESTIONS = (
    (0.5, "Write a Python function that merges {} sorted lists of records by their second column."),
    (0.3, "What is the integral of x^2 + {}x from 0 to 3?"),
    (0.2, "Explain matrices of {} columns to a programmer."),
)


def people(bursts: tuple[float, ...] = ()) -> Pace:
    """A daily curve with its peak at two in the afternoon, weaker at weekends; `bursts` begin then."""

    def pace(now_s: float) -> float:
        day = (1 - cos(2 * pi * ((now_s / HOUR - 2) % 24) / 24)) / 2
        most = PER_MINUTE_BY_DAY * (WEEKEND if now_s % WEEK >= 5 * DAY else 1.0)
        per_minute = max(PER_MINUTE_BY_NIGHT, most * day)
        return per_minute / MINUTE * (BURST_TIMES if any(0 <= now_s - begin < BURST_S for begin in bursts) else 1.0)

    return pace


def steady(per_hour: float) -> Pace:
    """So many an hour, at any time."""
    return lambda _: per_hour / HOUR


def next_s(pace: Pace, now_s: float, random: Random) -> float:
    """How long until the next request: arrivals are independent of each other (a Poisson process)."""
    return random.expovariate(max(pace(now_s), 1e-9))


def question(random: Random) -> str:
    """What is asked: about code, about mathematics, or about both, which is where several specialists answer."""
    (text,) = random.choices([text for _, text in QUESTIONS], [share for share, _ in QUESTIONS])
    return text.format(random.randrange(2, 1000))
