"""The Prometheus text format, version 0.0.4: how a sample is spelled."""

from collections.abc import Iterable, Sequence


def family(name: str, kind: str, meaning: str) -> tuple[str, str]:
    """The lines before the samples of a metric."""
    return f"# HELP {name} {_escaped(meaning)}", f"# TYPE {name} {kind}"


def sample(name: str, labels: Sequence[str], values: Sequence[str], value: float) -> str:
    """The line of a counter or a gauge."""
    return f"{name}{_labels(labels, values)} {_number(value)}"


def histogram(
    name: str, labels: Sequence[str], values: Sequence[str], bounds: Iterable[float], counts: Iterable[int], total: float
) -> list[str]:
    """The lines of a histogram. `counts` are those of each bucket by itself, the last one of what lies above all bounds."""
    lines = []
    running = 0
    for bound, count in zip((*map(_number, bounds), "+Inf"), counts, strict=True):
        running += count
        lines.append(f"{name}_bucket{_labels((*labels, 'le'), (*values, bound))} {running}")
    lines.append(f"{name}_sum{_labels(labels, values)} {_number(total)}")
    lines.append(f"{name}_count{_labels(labels, values)} {running}")
    return lines


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + pairs + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
