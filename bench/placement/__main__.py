"""`make score-placement`: the memory model against vLLM's own start-up logs; prints the table and puts it into docs/placement.md.

The exit status is 1 when a bar is missed.
"""

import sys
from collections.abc import Sequence

from bench.page import ROOT, table
from bench.placement.logs import runs
from bench.placement.score import Group, Scored, grouped, scored

PAGE = ROOT / "docs" / "placement.md"
BEGIN, END = "<!-- written by make score-placement -->\n", "<!-- end of what is written -->\n"
DENSE_BAR = 0.02
"""Mean error of the KV pool that dense models on the H100 may have, as a share of the logged pool."""


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


def overconfident(rows: Sequence[Scored]) -> list[Scored]:
    """Runs that did not start although they are predicted to."""
    return [row for row in rows if not row.why_not and row.fits and not row.run.fits]


def report(rows: Sequence[Scored]) -> list[str]:
    """The section of the page."""
    within = [row for row in rows if not row.why_not]
    refused = [row for row in within if not row.run.fits]
    timid = [row for row in within if row.run.fits and not row.fits]
    started = sum(row.run.fits for row in rows)
    return [
        f"{len(rows)} runs of vLLM (`bench/placement/vllm_logs.yaml`); {started} started; {len(within)} are within the model's reach.",
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


def main() -> int:
    rows = [scored(run) for run in runs()]
    told = "\n".join(report(rows)) + "\n"
    print(told)
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{told}{END}{rest.partition(END)[2]}")
    dense = grouped("dense", [row for row in rows if row.kind == "dense"])
    return 0 if dense is not None and dense.pool <= DENSE_BAR and not overconfident(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
