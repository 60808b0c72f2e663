"""Numbers as people read them at a glance, none wider than seven characters."""

from collections.abc import Sequence


def seconds(value: float | None) -> str:
    """A time.

    >>> seconds(0.0123), seconds(2.5), seconds(75), seconds(None)
    ('12 ms', '2.5 s', '75 s', '-')
    """
    if value is None:
        return "-"
    if value < 1:
        return f"{value * 1000:.0f} ms" if value >= 0.0095 or value == 0 else f"{value * 1000:.1f} ms"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def duration(value: float) -> str:
    """A longer time in its two largest units.

    >>> duration(59), duration(3700), duration(200_000)
    ('59 s', '1 h 1 min', '2 d 7 h')
    """
    whole = int(value)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86400
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def short(count: float | None) -> str:
    """A count.

    >>> short(999), short(12_345), short(7_654_321), short(None)
    ('999', '12.3k', '7.7M', '-')
    """
    if count is None:
        return "-"
    for limit, unit in ((1e3, ""), (1e6, "k"), (1e9, "M"), (1e12, "G")):
        if count < limit * 0.9995:
            return f"{count / (limit / 1e3):.1f}{unit}" if unit else f"{count:.0f}"
    return f"{count / 1e12:.0f}T"


def rate(value: float | None) -> str:
    """How many a second.

    >>> rate(0.25), rate(12.34), rate(1234.5), rate(0), rate(None)
    ('0.25', '12.3', '1.2k', '0', '-')
    """
    if value is None or value == 0:
        return "-" if value is None else "0"
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else short(value)


def share(value: float | None) -> str:
    """A part of a whole.

    >>> share(0.0), share(0.004), share(0.5), share(1.0), share(None)
    ('0%', '0.4%', '50%', '100%', '-')
    """
    if value is None:
        return "-"
    percent = value * 100
    return f"{percent:.1f}%" if 0 < percent < 9.95 else f"{percent:.0f}%"


def money(micro: float | None) -> str:
    """Millionths of a currency as the currency.

    >>> money(123), money(12_345_678), money(98_765_432_100), money(None)
    ('0.0001', '12.35', '98.8k', '-')
    """
    if micro is None:
        return "-"
    whole = micro / 1e6
    return f"{whole:.4f}" if whole < 1 else f"{whole:.2f}" if whole < 1000 else short(whole)


BLOCKS = " ▁▂▃▄▅▆▇█"


def curve(values: Sequence[float], width: int, height: int) -> list[str]:
    """The latest values as bars of a column each, in `height` lines; the largest is as high as they are.

    >>> curve((0.0, 1.0, 2.0), 4, 1), curve((0.0, 1.0, 2.0), 4, 2)
    ([' ▄█ '], ['  █ ', ' ██ '])
    """
    shown = values[-width:]
    top = max(shown, default=0.0)
    steps = len(BLOCKS) - 1
    filled = [round(value / top * height * steps) if top > 0 else 0 for value in shown]
    return ["".join(BLOCKS[min(steps, max(0, fill - row * steps))] for fill in filled).ljust(width) for row in reversed(range(height))]


def bar(value: float | None, width: int) -> str:
    """A share as a bar.

    >>> bar(0.5, 4), bar(None, 4)
    ('██  ', '    ')
    """
    return ("█" * round(min(1.0, max(0.0, value or 0.0)) * width)).ljust(width)
