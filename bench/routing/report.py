"""docs/routing.md: the figures, and which bars they meet. It shows no prompt."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.page import row
from bench.routing import measure
from bench.routing.measure import BINS, Verdict
from bench.routing.prompts import FIELDS, GRAM, KINDS, shared

SMALLEST_SET = 600
SMALLEST_HARD_SHARE = 1 / 3
LOWEST_ACCURACY = 0.90
LOWEST_HARD_ACCURACY = 0.75
HIGHEST_CALIBRATION_ERROR = 0.05
HIGHEST_FLIP_SHARE = 0.03
HIGHEST_OVERLAP = 0.05


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure that is asked for, as a reader sees it, and whether it is reached."""

    name: str
    asked: str
    measured: str
    met: bool


def bars(verdicts: Sequence[Verdict], training: Path) -> tuple[Bar, ...]:
    """All that is asked of the set and of the classifier. A figure that cannot be measured is not met."""
    hard = measure.hard(verdicts)
    right, right_when_hard = measure.accuracy(verdicts), measure.accuracy(hard)
    error = measure.calibration_error(measure.reliability(verdicts))
    flipped = measure.flip_share(verdicts)
    overlap = shared((verdict.prompt for verdict in verdicts), training)
    hard_share = len(hard) / len(verdicts)
    return (
        Bar("labelled prompts", f"at least {SMALLEST_SET}", f"{len(verdicts)}", len(verdicts) >= SMALLEST_SET),
        Bar("hard prompts", "at least a third", percent(hard_share), hard_share >= SMALLEST_HARD_SHARE),
        Bar("accuracy", f"at least {percent(LOWEST_ACCURACY)}", percent(right), right >= LOWEST_ACCURACY),
        Bar(
            "accuracy, hard", f"at least {percent(LOWEST_HARD_ACCURACY)}", percent(right_when_hard), right_when_hard >= LOWEST_HARD_ACCURACY
        ),
        Bar("expected calibration error", f"at most {HIGHEST_CALIBRATION_ERROR}", f"{error:.3f}", error <= HIGHEST_CALIBRATION_ERROR),
        Bar("flips under small edits", f"at most {percent(HIGHEST_FLIP_SHARE)}", percent(flipped), flipped <= HIGHEST_FLIP_SHARE),
        Bar(
            f"runs of {GRAM} words shared with training data",
            f"below {percent(HIGHEST_OVERLAP)}",
            "no training data found" if overlap is None else percent(overlap, 2),
            overlap is not None and overlap < HIGHEST_OVERLAP,
        ),
    )


def page(verdicts: Sequence[Verdict], training: Path) -> str:
    return "\n".join((*_head(verdicts, training), *_counts(verdicts), *_confidence(verdicts), *_edits(verdicts), *_confusion(verdicts), ""))


def _head(verdicts: Sequence[Verdict], training: Path) -> Iterator[str]:
    lengths = [sum(len(message["content"].split()) for message in verdict.prompt.messages) for verdict in verdicts]
    low, high = measure.interval(measure.accuracy(verdicts), len(verdicts))
    yield "# Routing"
    yield ""
    yield "How well the shipped classifier finds the field of a question, written by `python -m bench.routing`. It is asked as the"
    yield "router asks it, over all nine fields. The prompts (`bench/routing/prompts.jsonl`) were written one by one, apart from its"
    yield "training data. This page shows none of them: who trains it should not see what it gets wrong."
    yield ""
    yield f"{len(verdicts)} prompts of {min(lengths)} to {max(lengths)} words, median {median(lengths):.0f}. One of two fields counts as"
    yield "right with either of them; `strict` counts the first alone."
    yield ""
    yield row("what", "asked", "measured", "met")
    yield row("---", "---", "---:", "---")
    for bar in bars(verdicts, training):
        yield row(bar.name, bar.asked, bar.measured, "yes" if bar.met else "**no**")
    yield ""
    yield f"The accuracy's 95 % interval is {percent(low)} to {percent(high)} (Wilson)."
    yield ""


def _counts(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "## By kind"
    yield ""
    yield row("kind", "is", "prompts", "accuracy", "strict")
    yield row("---", "---", "---:", "---:", "---:")
    for kind, meaning in KINDS.items():
        yield row(kind, meaning, *_shares([verdict for verdict in verdicts if verdict.prompt.kind == kind]))
    yield row("all hard", "every kind but the first", *_shares(measure.hard(verdicts)))
    yield row("all", "", *_shares(verdicts))
    yield ""
    yield "## By field"
    yield ""
    yield row("field", "prompts", "accuracy", "strict", "hard", "accuracy, hard", "strict, hard")
    yield row("---", *["---:"] * 6)
    for field in FIELDS:
        found = [verdict for verdict in verdicts if verdict.prompt.fields[0] == field]
        yield row(field, *_shares(found), *_shares(measure.hard(found)))
    yield ""


def _shares(verdicts: Sequence[Verdict]) -> tuple[str, str, str]:
    return str(len(verdicts)), percent(measure.accuracy(verdicts)), percent(measure.strict_accuracy(verdicts))


def _confidence(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "## Confidence"
    yield ""
    yield f"The expected calibration error weighs the gaps of {BINS} bins of equal width by their counts (Guo et al., 2017)."
    yield ""
    yield row("confidence", "prompts", "mean confidence", "accuracy", "gap")
    yield row("---", "---:", "---:", "---:", "---:")
    for index, held in enumerate(measure.reliability(verdicts)):
        if held is not None:
            gap = held.accuracy - held.confidence
            yield row(
                f"{index / BINS:.2f} to {(index + 1) / BINS:.2f}",
                held.count,
                f"{held.confidence:.3f}",
                f"{held.accuracy:.3f}",
                f"{gap:+.3f}",
            )
    yield ""


def _edits(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "## Small edits"
    yield ""
    yield "Each edit changes the last message alone; a flip is another field than before. What an edit leaves as it is does not count."
    yield ""
    yield row("edit", "prompts", "flips", "share")
    yield row("---", "---:", "---:", "---:")
    for name, (changed, edited) in measure.flips(verdicts).items():
        yield row(name, edited, changed, percent(changed / edited) if edited else "")
    yield row("mean of the shares", "", "", percent(measure.flip_share(verdicts)))
    yield ""


def _confusion(verdicts: Sequence[Verdict]) -> Iterator[str]:
    counts = Counter((verdict.prompt.fields[0], verdict.field) for verdict in verdicts)
    yield "## Confusion"
    yield ""
    yield "Rows are first labels, columns what the classifier said."
    yield ""
    yield row("", *(field.replace("_", " ") for field in FIELDS))
    yield row("---", *["---:"] * len(FIELDS))
    for field in FIELDS:
        yield row(field.replace("_", " "), *(counts[field, said] or "" for said in FIELDS))


def percent(share: float, digits: int = 1) -> str:
    return f"{share:.{digits}%}".replace("%", " %")
