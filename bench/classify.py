"""What classifying a question costs: `python -m bench.classify`. CPU time of this process, per question, stage by stage."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from tracemalloc import get_traced_memory, start, stop
from typing import Any

from aua_runtime.classify import decide, vocabulary_of
from aua_runtime.classify.model import FILE, parsed
from aua_runtime.classify.text import question_window, words_of
from aua_runtime.plan import Field

from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import names
from bench.prompts import questions

ROUNDS = 7


def main() -> None:
    catalog = Catalog()
    facts = [(name, catalog.field(name)) for name in names("fields")]
    vocabulary = vocabulary_of(Field(name, (), found.keywords, (), "direct", found.high_risk, "balanced") for name, found in facts if found)
    model = vocabulary.model
    asked = questions()
    windows = [question_window(text) for text in asked]
    sums = [decide.packed_sum(text, model) for text in windows]
    lengths = sorted(len(text.split()) for text in asked)
    print(f"{len(asked)} prompts, median {lengths[len(lengths) // 2]} words, p95 {lengths[int(len(lengths) * 0.95)]}")
    show("for comparison: str.split", str.split, asked)
    show("window", question_window, asked)
    show("words", words_of, windows)
    show("words and their weights", lambda text: decide.packed_sum(text, model), windows)
    show("softmax", lambda total: decide.shares_of(total, model), sums)
    show("whole", lambda text: decide.probabilities(text, "", vocabulary), asked)
    show("whole, behind 2 kB of talk", lambda text: decide.probabilities(text, asked[0] * 40, vocabulary), asked)
    for words in (10, 60, 200, 400, 2000):
        near = sorted(asked, key=lambda text: abs(len(text.split()) - words))[:100]
        if abs(len(near[0].split()) - words) < words / 4:
            show(f"whole, about {words} words", lambda text: decide.probabilities(text, "", vocabulary), near)
    text = FILE.read_text(encoding="utf-8")
    show("load", parsed, [text], unit=1e3, name="ms")
    gc.collect()
    start()
    held = parsed(text)
    print(f"{'memory':28} {get_traced_memory()[0] / 1e6:8.2f} MB for {len(held.words)} words, {len(held.pieces)} pieces")
    print(f"{'file':28} {len(text.encode()) / 1e6:8.2f} MB")
    stop()


def show(label: str, work: Callable[[Any], object], inputs: Sequence[Any], unit: float = 1e6, name: str = "us") -> None:
    """Print the least of `ROUNDS` means: what else the machine does only ever adds."""
    means = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for each in inputs:
            work(each)
        means.append((time.process_time() - began) / len(inputs))
    print(f"{label:28} {min(means) * unit:8.2f} {name}  (median of rounds {statistics.median(means) * unit:.2f})")


if __name__ == "__main__":
    main()
