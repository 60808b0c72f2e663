"""Two text formats of metrics, and how a sample is spelled in both: Prometheus' own, version 0.0.4, and OpenMetrics, version 1.0.0.

OpenMetrics alone has exemplars. Bounds of buckets are spelled alike in both, so that a series stays what it is whichever is asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

Format = Literal["prometheus", "openmetrics"]

CONTENT_TYPES: Mapping[Format, str] = {
    "prometheus": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
END: Mapping[Format, str] = {"prometheus": "", "openmetrics": "# EOF\n"}

_OPENMETRICS = "application/openmetrics-text"
_VERSIONS = frozenset({"", "1.0.0"})


def wanted(accept: str) -> Format:
    """The format that an Accept header prefers (RFC 9110, section 12.5.1); between equals the one that says more.

    >>> wanted("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"), wanted("*/*"), wanted("")
    ('openmetrics', 'prometheus', 'prometheus')
    """
    best: dict[str, float] = {}
    for choice in accept.lower().split(","):
        media, *rest = (part.strip() for part in choice.split(";"))
        said = {key.strip(): value.strip().strip('"') for key, _, value in (part.partition("=") for part in rest)}
        if media == _OPENMETRICS and said.get("version", "") not in _VERSIONS:
            continue
        best[media] = max(best.get(media, 0.0), _quality(said.get("q", "1")))
    text = max(best.get("text/plain", 0.0), best.get("text/*", 0.0))
    return "openmetrics" if best.get(_OPENMETRICS, 0.0) >= max(text, 0.001) else "prometheus"


def _quality(text: str) -> float:
    try:
        return min(1.0, float(text)) if text[:1].isdigit() else 0.0
    except ValueError:
        return 0.0


def family(name: str, kind: str, meaning: str, form: Format = "prometheus") -> tuple[str, str]:
    """The lines before the samples of a metric. In OpenMetrics a counter's family has the name without `_total`."""
    if form == "openmetrics" and kind == "counter":
        name = name.removesuffix("_total")
    return f"# HELP {name} {_escaped(meaning)}", f"# TYPE {name} {kind}"


def exemplar(trace_id: str, value: float, at_s: float) -> str:
    """What stands behind a bucket's sample: one of the values that fell into it, when, and of which trace."""
    return f' # {{trace_id="{trace_id}"}} {_number(value)} {at_s:.3f}'


def sample(name: str, labels: Sequence[str], values: Sequence[str], value: float) -> str:
    """The line of a counter or a gauge."""
    return f"{name}{_labels(labels, values)} {_number(value)}"


def histogram(
    name: str,
    labels: Sequence[str],
    values: Sequence[str],
    bounds: Iterable[float],
    counts: Iterable[int],
    total: float,
    exemplars: Mapping[int, str] | None = None,
) -> list[str]:
    """The lines of a histogram. `counts` are those of each bucket by itself, the last one of what lies above all bounds."""
    lines = []
    running = 0
    for index, (bound, count) in enumerate(zip((*map(_number, bounds), "+Inf"), counts, strict=True)):
        running += count
        behind = exemplars.get(index, "") if exemplars is not None else ""
        lines.append(f"{name}_bucket{_labels((*labels, 'le'), (*values, bound))} {running}{behind}")
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
