"""The few forms of PromQL that rules and panels are made of. Matchers are written out where they are used: `'outcome="failed"'`."""

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def quote(text: str) -> str:
    r"""`text` as a string of PromQL.

    >>> print(quote('say "hi"'))
    "say \"hi\""
    """
    return f'"{text.translate(_ESCAPES)}"'


def select(series: str, job: str, *matchers: str) -> str:
    """The series of one job that match.

    >>> print(select("up", "front-router", 'service="a"'))
    up{job="front-router",service="a"}
    """
    return f"{series}{{{','.join((f'job={quote(job)}', *matchers))}}}"


def bucket(bound: float) -> str:
    r"""The matcher of the histogram bucket up to `bound`. Prometheus 3 stores a whole bound as `60.0`, older ones as it was sent.

    >>> print(bucket(60), bucket(0.5))
    le=~"60(\\.0)?" le="0.5"
    """
    return f'le=~"{bound:.0f}(\\\\.0)?"' if bound == int(bound) else f'le="{bound!r}"'


def total(of: str, *by: str) -> str:
    """`sum by (…) (…)`.

    >>> total("up", "job")
    'sum by (job) (up)'
    """
    return f"sum by ({', '.join(by)}) ({of})"


def quantile(share: float, buckets: str, window: str, *by: str, ago: str = "") -> str:
    """A quantile of a histogram over the window, estimated within its buckets; `ago` may be an offset."""
    return f"histogram_quantile({share}, {total(f'rate({buckets}[{window}]{ago})', 'le', *by)})"


DAY_AGO = " offset 1d"
"""For a comparison with what is usual at this time."""


def mean(histogram: str, job: str, window: str, *by: str, ago: str = "") -> str:
    """The mean of a histogram over the window."""
    return " / ".join(total(f"rate({select(f'{histogram}_{part}', job)}[{window}]{ago})", *by) for part in ("sum", "count"))
