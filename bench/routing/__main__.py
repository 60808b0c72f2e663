"""Judges the shipped classifier by the labelled prompts and writes docs/routing.md; ends with 1 where a bar is missed."""

import argparse
import sys
from pathlib import Path

from bench.routing.measure import judged
from bench.routing.prompts import read
from bench.routing.report import bars, page
from bench.routing.shipped import classified

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "routing.md"
TRAINING = ROOT / "bench" / "classifier"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.routing", description=__doc__)
    parser.add_argument("--training", type=Path, default=TRAINING, help="folder or file that the classifier is trained from")
    parser.add_argument("--show", action="store_true", help="print what is got wrong; not for whoever trains the classifier")
    given = parser.parse_args()
    verdicts = judged(read(), classified)
    text = page(verdicts, given.training)
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    if given.show:
        for verdict in verdicts:
            if not verdict.right:
                print(f"{verdict.prompt.id}: {verdict.field} at {verdict.confidence:.2f}\n{verdict.prompt.text}\n")
    missed = [bar.name for bar in bars(verdicts, given.training) if not bar.met]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
