"""Service level objectives as series: the share of bad requests over several windows, and what is left of the error budget.

An alert on the budget asks how fast it burns, in two windows at once: the long one says that it matters, the short one that it goes on.
Windows and factors are those of the Site Reliability Workbook (Beyer et al., O'Reilly 2018, chapter 5): a budget of 30 days burns at 1 when
it lasts exactly that long; two, five and ten per cent of it are gone after 1 h at 14.4, 6 h at 6 and 3 d at 1.
"""

from collections.abc import Iterator

from aua_runtime.contract import metrics

from aua_compile.frozen import dataclass
from aua_compile.observe.promql import bucket, select, total
from aua_compile.observe.record import SETTLED, Record
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, short_s
from aua_compile.plan.model import Plan

PERIOD_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Burn:
    """The budget burns at `factor` in a long and in a short window."""

    factor: float
    long_s: float
    short_s: float


FAST = (Burn(14.4, 3_600, 300), Burn(6, 21_600, 1_800))
SLOW = (Burn(1, 259_200, 21_600),)


@dataclass(frozen=True, slots=True)
class Objective:
    """What is promised of which requests: `bad` and `all` are queries of how many there were each second, per job."""

    name: str
    target: float
    bad: str
    all: str

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return round(1 - self.target, 9)

    def rate(self, part: str) -> str:
        """The series of `bad` or of `all` requests each second."""
        return f"job:aua_slo_{self.name}_{part}:rate"

    def ratio(self, window_s: float) -> str:
        """The series of the share of bad requests in a window."""
        return f"job:aua_slo_{self.name}_bad:ratio{duration(window_s)}"

    def count(self, part: str, window_s: float) -> str:
        """The series of how many `bad` or `all` requests there were in a window."""
        return f"job:aua_slo_{self.name}_{part}:count{duration(window_s)}"

    @property
    def left(self) -> str:
        """The series of what is left of the budget of the period: 1 all of it, 0 nothing, below 0 the objective is missed."""
        return f"job:aua_slo_{self.name}_budget:left30d"


def objectives(plan: Plan) -> Iterator[Objective]:
    """The objectives of a plan, if anything is scraped that could tell of them."""
    if not router_is_scraped(plan):
        return
    given, window = plan.observability.objectives, duration(short_s(plan))

    def rate(series: str, *matchers: str) -> str:
        return total(f"rate({select(series, router_job(plan), *matchers)}[{window}])", "job")

    if given.availability is not None:
        queries = metrics.QUERIES.name
        yield Objective("availability", given.availability, rate(queries, 'outcome="failed"'), rate(queries, SETTLED))
    if given.fast is not None and given.within_s is not None:
        latency = metrics.QUERY_LATENCY.name
        within, count = rate(f"{latency}_bucket", bucket(given.within_s)), rate(f"{latency}_count")
        yield Objective("latency", given.fast, f"{count} - {within}", count)


def burns(objective: Objective, among: tuple[Burn, ...]) -> tuple[Burn, ...]:
    """Those at which a budget can burn at all: where all requests are bad, it burns at one by its size."""
    return tuple(burn for burn in among if burn.factor * objective.budget < 1)


def windows_s(objective: Objective) -> tuple[float, ...]:
    """Every window that an alert on an objective looks at, shortest first."""
    return tuple(sorted({window for burn in burns(objective, FAST + SLOW) for window in (burn.long_s, burn.short_s)}))


def objective_records(plan: Plan) -> Iterator[Record]:
    """The recording rules of all objectives. Means over long windows are taken of one recorded series, not of all that it is made of."""
    for each in objectives(plan):
        yield Record(each.rate("all"), each.all)
        yield Record(each.rate("bad"), f"({each.bad} or 0 * {each.all})")
        yield from (Record(each.ratio(window_s), _ratio(each, plan, window_s)) for window_s in windows_s(each))
        for window_s in sorted({burn.long_s for burn in burns(each, FAST + SLOW)}):
            yield from (Record(each.count(part, window_s), _count(each, part, plan, window_s)) for part in ("all", "bad"))
        yield Record(each.left, _left(each, plan))


def _ratio(objective: Objective, plan: Plan, window_s: float) -> str:
    bad, whole = (f"avg_over_time({select(objective.rate(part), router_job(plan))}[{duration(window_s)}])" for part in ("bad", "all"))
    return f"{bad} / ({whole} > 0)"


def _left(objective: Objective, plan: Plan) -> str:
    """What bad requests leave of all that the period may have if as much is asked in the rest of it; nothing before enough was asked.

    A share of bad requests would take the first hour for all 30 days, and call an outage of a minute in it the end of many budgets.
    """
    bad, whole = (_count(objective, part, plan, PERIOD_S) for part in ("bad", "all"))
    usual = f"avg_over_time({_pieces(objective, 'all', plan, PERIOD_S)})"
    return f"1 - {bad} / ({usual} * {objective.budget * PERIOD_S:g}) and on (job) {whole} >= {plan.observability.thresholds.min_samples}"


def _count(objective: Objective, part: str, plan: Plan, window_s: float) -> str:
    """The windows that the rates were taken over, side by side; where there were no series yet, nothing was counted."""
    return f"sum_over_time({_pieces(objective, part, plan, window_s)}) * {short_s(plan):g}"


def _pieces(objective: Objective, part: str, plan: Plan, window_s: float) -> str:
    return f"{select(objective.rate(part), router_job(plan))}[{duration(window_s)}:{duration(short_s(plan))}]"
