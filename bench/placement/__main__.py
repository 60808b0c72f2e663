"""`make score-placement`: the memory model against vLLM's own start-up logs; prints the table and puts it into docs/placement.md.

With `--rows FILE` the rows of that file alone are scored, and nothing is written. The exit status is 1 when a bar is missed or a row lies
outside its band, 2 when a row cannot be scored.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yaml import YAMLError

from aua_compile.plan import memory
from bench.page import ROOT, table
from bench.placement.implied import implied
from bench.placement.logs import LOGS, WrongRowError, runs
from bench.placement.score import Group, Scored, grouped, scored

OWN_ROWS = LOGS.relative_to(ROOT).as_posix()
PAGE = ROOT / "docs" / "placement.md"
BEGIN, END = "<!-- written by make score-placement -->\n", "<!-- end of what is written -->\n"
DENSE_BAR = 0.02
OTHER_BAR = 0.06
"""Mean error of the KV pool that dense models may have, as a share of the logged pool: on the H100, and on other cards in the engine V1."""

MEASURED_CARD = "h100-sxm"
V1_SINCE = (0, 10)
"""Rows of earlier releases are of the engine V0, whose memory is not modelled: only whether they start is scored."""


def groups(rows: Sequence[Scored]) -> list[Group]:
    """The errors by what was run, by split, engine release and card."""
    wanted = {
        "dense models": [row for row in rows if row.kind == "dense"],
        "- fitted on": [row for row in rows if row.kind == "dense" and row.run.split == "fitted"],
        "- seen, not fitted on": [row for row in rows if row.kind == "dense" and row.run.split == "seen"],
        "- split over 2 or 4 devices": [row for row in rows if row.kind == "dense" and row.run.tensor_parallel > 1],
        "mixtures of experts": [row for row in rows if row.kind == "experts"],
        "vision models": [row for row in rows if row.kind == "vision"],
    }
    wanted |= {f"vLLM {release}": [row for row in rows if row.run.vllm == release] for release in sorted({row.run.vllm for row in rows})}
    wanted |= {card: [row for row in rows if row.run.card == card] for card in sorted({row.run.card for row in rows})}
    return [group for name, members in wanted.items() if (group := grouped(name, members)) is not None]


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked of some rows, and what they show; `missed` by how much, empty where it is held or there are no rows to hold it to."""

    of: str
    asked: str
    shown: str
    missed: str = ""


def bars(rows: Sequence[Scored]) -> list[Bar]:
    """What the model is held to. A bar that no row speaks for is said to be untested."""
    v1 = [row for row in rows if row.kind == "dense" and memory.release(row.run.vllm) >= V1_SINCE]
    v0 = [row for row in rows if memory.release(row.run.vllm) < V1_SINCE]
    refused = [row for row in rows if not row.why_not and not row.run.fits]
    wrong = overconfident(rows)
    return [
        _mean_bar("dense models on the H100", DENSE_BAR, [row for row in v1 if row.run.card == MEASURED_CARD]),
        _mean_bar("dense models on other cards, engine V1", OTHER_BAR, [row for row in v1 if row.run.card != MEASURED_CARD]),
        Bar("runs of the engine V0", "started or refused as predicted", _agreeing(v0)),
        Bar("runs that vLLM refused", "none predicted to start", f"{len(wrong)} of {len(refused)}" if refused else UNTESTED),
    ]


UNTESTED = "not tested: there are no rows"


def _mean_bar(of: str, most: float, rows: Sequence[Scored]) -> Bar:
    group = grouped(of, rows)
    asked = f"pool off by at most {most:.0%} on average"
    if group is None:
        return Bar(of, asked, UNTESTED)
    missed = f"{of} are off by {group.pool:.1%} on average, and {most:.0%} is the bar" if group.pool > most else ""
    return Bar(of, asked, f"{group.pool:.1%} of {group.runs} runs", missed)


def _agreeing(rows: Sequence[Scored]) -> str:
    within = [row for row in rows if not row.why_not]
    return f"{sum(row.fits == row.run.fits for row in within)} of {len(within)}" if within else UNTESTED


def overconfident(rows: Sequence[Scored]) -> list[Scored]:
    """Runs that did not start although they are predicted to."""
    return [row for row in rows if not row.why_not and row.fits and not row.run.fits]


def report(rows: Sequence[Scored], file: str = OWN_ROWS) -> list[str]:
    """The section of the page."""
    within = [row for row in rows if not row.why_not]
    refused = [row for row in within if not row.run.fits]
    timid = [row for row in within if row.run.fits and not row.fits]
    started = sum(row.run.fits for row in rows)
    return [
        f"{len(rows)} runs of vLLM (`{file}`); {started} started; {len(within)} are within the model's reach.",
        "Errors are absolute, of the predicted against the logged KV pool and its tokens, over the runs that started.",
        "",
        *table(
            ("runs", "number", "pool GiB", "worst GiB", "pool %", "worst %", "tokens %"),
            [
                (
                    group.name,
                    group.runs,
                    f"{group.pool_gib:.2f}",
                    f"{group.worst_gib:.2f}",
                    f"{group.pool:.1%}",
                    f"{group.worst:.1%}",
                    "not logged" if group.tokens is None else f"{group.tokens:.1%}",
                )
                for group in groups(rows)
            ],
        ),
        "",
        *table(("of", "asked", "shown"), [(bar.of, bar.asked, bar.shown) for bar in bars(rows)]),
        "",
        f"Of {len(refused)} that vLLM refused, {len(overconfident(rows))} are predicted to start. "
        f"Of {len(within) - len(refused)} that started, {len(timid)} {'is' if len(timid) == 1 else 'are'} predicted not to"
        + (f" ({', '.join(f'{row.run.repository} on {row.run.vllm}' for row in timid)})." if timid else "."),
        "",
        "Out of reach, and not scored:",
        "",
        *(
            f"- `{row.run.repository}`, TP {row.run.tensor_parallel}, PP {row.run.pipeline_parallel}: {row.why_not}"
            for row in rows
            if row.why_not
        ),
        "",
        *table(
            ("run", "model", "TP", "PP", "confidence", "logged GiB", "predicted GiB", "error %"),
            [
                (
                    row.run.id,
                    row.run.repository.split("/")[-1],
                    row.run.tensor_parallel,
                    row.run.pipeline_parallel,
                    row.confidence,
                    f"{row.run.kv_gib:.2f}",
                    f"{row.pool_gib:.2f}",
                    f"{row.pool_error:+.1%}" if row.run.fits else "refused" if not row.fits else "refused, predicted to start",
                )
                for row in within
            ],
        ),
    ]


def surprising(rows: Sequence[Scored]) -> list[str]:
    """Rows outside their band that do not say why, and rows that say why and lie within."""
    found = [row for row in rows if row.is_beyond != bool(row.run.beyond)]
    return [
        f"{row.run.id}: the pool is off by {row.pool_error_gib:+.2f} GiB, its band is {row.band_gib:.2f}"
        + (f", and `beyond` says: {row.run.beyond}" if row.run.beyond else "")
        for row in found
    ]


def main(words: Sequence[str] | None = None) -> int:
    parser = ArgumentParser(prog="python -m bench.placement", description="Score the memory model against logged runs of vLLM.")
    parser.add_argument("--implied", action="store_true", help="print which constants the rows imply instead, to refit the model with")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="rows in the form of bench/placement/vllm_logs.yaml to score instead")
    options = parser.parse_args(words)
    try:
        rows = [scored(run) for run in (runs(options.rows) if options.rows else runs())]
    except (WrongRowError, OSError, YAMLError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.implied:
        print("\n".join(implied(rows)))
        return 0
    told = "\n".join(report(rows, str(options.rows or OWN_ROWS))) + "\n"
    print(told)
    if options.rows is None:
        page = PAGE.read_text()
        before, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}{told}{END}{rest.partition(END)[2]}")
    missed = [*surprising(rows), *(f"{row.run.id}: it did not start and is predicted to" for row in overconfident(rows))]
    missed += [bar.missed for bar in bars(rows) if bar.missed]
    print("\n".join(missed), file=sys.stderr, end="\n" if missed else "")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
