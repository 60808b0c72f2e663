"""The shipped classifier against the bars of docs/routing.md."""

from bench.routing.__main__ import PAGE, TRAINING
from bench.routing.measure import judged
from bench.routing.prompts import read
from bench.routing.report import bars, page
from bench.routing.shipped import classified


def test_the_shipped_classifier_meets_every_bar_and_its_page_says_so() -> None:
    verdicts = judged(read(), classified)
    assert [f"{bar.name}: {bar.measured}" for bar in bars(verdicts, TRAINING) if not bar.met] == []
    assert page(verdicts, TRAINING) == PAGE.read_text(encoding="utf-8"), "run `python -m bench.routing`"
