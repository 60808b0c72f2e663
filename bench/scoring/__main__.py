"""`python -m bench.scoring`: how well the utility and each signal rank right answers above wrong ones. Writes docs/scoring.md."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from aua_runtime.agreement import similarity
from aua_runtime.score import AGREES

from bench.page import ROOT, table
from bench.scoring.ask import Scored, compared
from bench.scoring.cost import costs
from bench.scoring.judge import right

PAGE = ROOT / "docs" / "scoring.md"
TEXT = ROOT / "bench" / "scoring" / "page.md"
ARMS = ("independent", "calibrated")
SEEDS = (1, 2, 3)
CORRECTNESS = 0.65
BAR = 0.75

Signal = Callable[[Scored], float | None]


def _of(name: str) -> Signal:
    return lambda scored: scored.signals[name]


def _checks(scored: Scored) -> float:
    passed, failed = scored.signals["checks_passed"] or 0, scored.signals["checks_failed"] or 0
    return -1.0 if failed else float(passed > 0)


SIGNALS: dict[str, Signal] = {
    "U, the utility": _of("utility"),
    "E, efficacy": _of("efficacy"),
    "C, confidence": _of("confidence"),
    "K, curiosity": _of("curiosity"),
    "checks: a failure, none, passes only": _checks,
    "agreement": _of("agreement"),
    "likelihood": _of("likelihood"),
    "length in characters": lambda scored: float(len(scored.text)),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer with what the judge outside says."""

    scored: Scored
    right: bool


def auc(values: Iterable[tuple[float, bool]]) -> float | None:
    """The probability that a right answer has a greater value than a wrong one, ties counting half; None without both kinds.

    The statistic of Mann and Whitney (1947) over the product of the counts; Hanley and McNeil, Radiology 143 (1982).
    """
    ordered = sorted(values)
    positives = sum(positive for _, positive in ordered)
    negatives = len(ordered) - positives
    if not positives or not negatives:
        return None
    ranks = 0.0
    start = 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        ranks += (start + end + 1) / 2 * sum(positive for _, positive in ordered[start:end])
        start = end
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def _auc(judged: Iterable[Judged], signal: Signal) -> float | None:
    return auc((value, one.right) for one in judged if (value := signal(one.scored)) is not None)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def main() -> None:
    fan_out: dict[str, list[list[Judged]]] = {arm: [] for arm in ARMS}
    alone: dict[str, list[Judged]] = {arm: [] for arm in ARMS}
    by_seed: dict[str, list[float]] = {arm: [] for arm in ARMS}
    with tempfile.TemporaryDirectory() as folder:
        for arm in ARMS:
            for seed in SEEDS:
                several, single = compared(arm, seed, CORRECTNESS, Path(folder) / f"{arm}-{seed}")
                groups = [[Judged(scored, right(scored.task, scored.text)) for scored in group] for group in several]
                fan_out[arm] += groups
                alone[arm] += [Judged(scored, right(scored.task, scored.text)) for scored in single]
                by_seed[arm].append(_auc([one for group in groups for one in group], SIGNALS["U, the utility"]) or 0)
    if any(one.scored.signals["likelihood"] is None for groups in fan_out.values() for one in _flat(groups)):
        raise SystemExit("no log-probabilities came: the arms would not differ")
    lines = [
        *_overall(fan_out, by_seed),
        *_by_family(fan_out),
        *_unseen(fan_out),
        *_chosen(fan_out),
        *_agreeing(fan_out),
        *_alone(alone),
    ]
    spent = table(("answer", "least of a call [us]", "CPU, mean [us]"), costs())
    page = TEXT.read_text(encoding="utf-8").replace("<!-- tables -->", "\n".join(lines)).replace("<!-- costs -->", "\n".join(spent))
    PAGE.write_text(page, encoding="utf-8")
    print("\n".join([*lines, "", *spent]))
    worst = min(value for values in by_seed.values() for value in values)
    print(f"\nU ranks with an AUC of at least {worst:.3f} in every arm and seed; the bar is {BAR}.")
    raise SystemExit(worst < BAR)


def _flat(groups: Iterable[Sequence[Judged]]) -> list[Judged]:
    return [one for group in groups for one in group]


def _overall(fan_out: dict[str, list[list[Judged]]], by_seed: dict[str, list[float]]) -> list[str]:
    answers = {arm: _flat(groups) for arm, groups in fan_out.items()}
    rows = [(name, *(_shown(_auc(answers[arm], signal)) for arm in ARMS)) for name, signal in SIGNALS.items()]
    told = "; ".join(f"{arm}: {', '.join(f'{value:.3f}' for value in by_seed[arm])}" for arm in ARMS)
    counts = "; ".join(f"{arm}: {len(found)} answers, {sum(one.right for one in found)} of them right" for arm, found in answers.items())
    return [
        "### Three candidates for each task",
        "",
        f"{counts}. U by seed: {told}.",
        "",
        *table(("AUC of", *ARMS), rows),
        "",
    ]


def _by_family(fan_out: dict[str, list[list[Judged]]]) -> list[str]:
    families = list(dict.fromkeys(one.scored.task.family for one in _flat(fan_out[ARMS[0]])))
    rows = []
    for family in families:
        cells = [
            _shown(_auc([one for one in _flat(fan_out[arm]) if one.scored.task.family == family], SIGNALS[name]))
            for arm in ARMS
            for name in ("U, the utility", "checks: a failure, none, passes only", "agreement")
        ]
        rows.append((family, *cells))
    heads = ("tasks", *(f"{signal}, {arm}" for arm in ARMS for signal in ("U", "checks", "agreement")))
    return ["### By kind of task", "", *table(heads, rows), ""]


def _unseen(fan_out: dict[str, list[list[Judged]]]) -> list[str]:
    """How many wrong answers no check sees, and how many right ones a check finds fault with."""
    found = _flat(fan_out[ARMS[0]])
    wrong = Counter(one.scored.task.family for one in found if not one.right)
    unseen = Counter(one.scored.task.family for one in found if not one.right and _checks(one.scored) >= 0)
    accused = Counter(one.scored.task.family for one in found if one.right and _checks(one.scored) < 0)
    rights = Counter(one.scored.task.family for one in found if one.right)
    rows: list[tuple[object, ...]] = [(family, wrong[family], unseen[family], rights[family], accused[family]) for family in wrong]
    rows.append(("all", wrong.total(), unseen.total(), rights.total(), accused.total()))
    heads = ("tasks", "wrong answers", "of which no check fails", "right answers", "of which a check fails")
    return ["### What checks do not see", "", *table(heads, rows), ""]


def _chosen(fan_out: dict[str, list[list[Judged]]]) -> list[str]:
    rows = []
    for arm in ARMS:
        groups = fan_out[arm]
        first = sum(max(group, key=lambda one: one.scored.signals["utility"] or 0).right for group in groups)
        any_right = sum(any(one.right for one in group) for group in groups)
        mean = sum(one.right for one in _flat(groups)) / len(_flat(groups))
        rows.append((arm, f"{100 * mean:.1f} %", f"{100 * first / len(groups):.1f} %", f"{100 * any_right / len(groups):.1f} %"))
    heads = ("arm", "a candidate is right", "the one of highest U is right", "some candidate is right")
    return ["### What choosing by U gives", "", *table(heads, rows), ""]


def _agreeing(fan_out: dict[str, list[list[Judged]]]) -> list[str]:
    """How many pairs of candidates count as agreeing, where both are right and where one is."""
    shares = {}
    for both in (True, False):
        found = [
            similarity(one.scored.text, other.scored.text, one.scored.task.question) >= AGREES
            for groups in fan_out.values()
            for group in groups
            for one, other in combinations(group, 2)
            if one.right + other.right == 1 + both
        ]
        shares[both] = f"{100 * sum(found) / len(found):.0f} % of {len(found)}"
    said = f"Of pairs of right answers {shares[True]} count as agreeing (similarity from {AGREES:g} up)"
    return ["### What counts as agreeing", "", f"{said}; of pairs of a right and a wrong one, {shares[False]}.", ""]


def _alone(alone: dict[str, list[Judged]]) -> list[str]:
    names = ("U, the utility", "E, efficacy", "K, curiosity")
    rows = [(name, *(_shown(_auc(alone[arm], SIGNALS[name])) for arm in ARMS)) for name in names]
    return [
        "### One specialist, relayed and scored afterwards",
        "",
        "Neither agreement nor log-probabilities are known here, so both arms are the same question: what checks alone can tell.",
        "",
        *table(("AUC of", *ARMS), rows),
    ]


if __name__ == "__main__":
    main()
