"""The whole screen: what the deployment does in a few lines, and its tables, each with as many rows as there is room for."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from time import localtime, strftime

from aua_runtime.status.figures import Figures
from aua_runtime.status.watch import Picture
from aua_runtime.top.amounts import curve, duration, money, rate, seconds, share, short
from aua_runtime.top.lines import Line, Span, Style, clean, cut, joined, line, padded, plain, spread, width_of
from aua_runtime.top.sections import tables
from aua_runtime.top.table import Table, drawn, needed
from aua_runtime.top.view import HELP, View

DIGEST_CHARACTERS = 12
BESIDE = 150
"""From which width on tables stand side by side where both fit."""
APART = 4
"""Columns between two of them."""
ROOMY = 30
"""From which height on there is room for curves and empty lines."""
LEAST_CURVE, MOST_CURVE = 3, 10
"""Lines of a curve."""
HINTS = "q quit  p pause  tab table  s sort  r reverse  / filter  enter zoom  ? help"


def page(picture: Picture, view: View, width: int, height: int, *, asking_s: float = 0.0) -> list[Line]:
    """The lines of the screen, at most `height` of at most `width`. `asking_s`: for how long no answer has come."""
    if height < 1 or width < 1:
        return []
    top = spread(_title(picture), line(_clock(picture, view, asking_s), " "), width)
    title: Line = tuple(Span(span.text, span.style or "title") for span in top)
    foot = _foot(view, width)
    room = height - 2
    body = [line(f"  {keys:18}{meaning}") for keys, meaning in HELP] if view.help else _body(picture, view, width, room)
    body = [cut(each, width) for each in body[: max(0, room)]]
    if height <= len((title, foot)):
        return [title, *body][:height]
    return [title, *body, *([()] * (room - len(body))), foot]


def still(picture: Picture, width: int) -> list[Line]:
    """The same as one picture that is as long as it needs to be, without what belongs to a screen."""
    head = [_title(picture), *_head(picture)]
    body = [
        shown
        for table in tables(picture)
        for shown in ((), *drawn(table, View(0).window(table), width, needed(table, View(0).window(table))))
    ]
    return [cut(each, width) for each in (*head, *body)]


def _title(picture: Picture) -> Line:
    reading = picture.reading
    if reading is None:
        return line(" ", Span("no router answers", "bad"))
    status = str(reading.about["status"])
    state = Span(clean(status.replace("_", " ")), "good" if picture.ready else "bad")
    found = [line(f" {clean(reading.about['deployment'])}"), line(state)]
    workers = reading.about.get("workers")
    if isinstance(workers, Mapping):
        found.append(line(f"{workers.get('ready')} of {workers.get('of')} workers"))
    if len(picture.routers) > 1:
        answering = sum(router.reading is not None for router in picture.routers)
        found.append(line(f"{answering} of {len(picture.routers)} routers"))
    if picture.figures is not None and picture.figures.up_s is not None:
        found.append(line(f"up {duration(picture.figures.up_s)}"))
    found.append(line(f"plan {clean(reading.about['plan'])[:DIGEST_CHARACTERS]}"))
    return joined(found, "  ")


def _clock(picture: Picture, view: View, asking_s: float) -> str:
    at = strftime("%H:%M:%S", localtime(picture.wall_s))
    if view.paused:
        return f"PAUSED {at}"
    return f"{at}  every {view.interval_s:g} s" if not asking_s else f"{at}  asking for {asking_s:.0f} s"


def _foot(view: View, width: int) -> Line:
    if view.typing:
        return padded(line(Span("filter: ", "strong"), f"{view.filter}_"), width)
    told = f"filter `{view.filter}` (escape ends it)  " if view.filter else ""
    return cut(line(Span(told, "strong"), Span(HINTS, "dim")), width)


def _body(picture: Picture, view: View, width: int, room: int) -> list[Line]:
    shown = tables(picture)
    if view.alone:
        table = next((each for each in shown if each.name == view.focus), shown[0])
        return drawn(table, view.window(table), width, room)
    roomy = room >= ROOMY
    head = _head(picture)[: max(2, room // 3)]
    bands = list(_bands(shown, view, width))
    needs = [max(needed(table, view.window(table)) for table in band) for band in bands]
    gap = 1 if roomy else 0
    left = room - len(head) - gap * len(bands)
    if roomy and len(picture.trail) > 1 and left - sum(needs) > LEAST_CURVE:
        curves = _curves(picture, width, min(MOST_CURVE, left - sum(needs) - 2))
        head += [(), *curves]
        left -= len(curves) + 1
    found = head
    for band, height in zip(bands, _shared(needs, left), strict=True):
        found += [*([()] if gap and height else []), *_beside(band, view, width, height)]
    return found


def _curves(picture: Picture, width: int, height: int) -> list[Line]:
    """How requests and their latency went, side by side."""
    half = (width - APART) // 2
    requests = tuple(moment.queries_per_s for moment in picture.trail)
    times = tuple(moment.latency_p95_s for moment in picture.trail)
    titles = f"REQ/S, at most {rate(max(requests))}", f"LATENCY p95, at most {seconds(max(times))}"
    found = [line(Span(titles[0].ljust(half + APART)[: half + APART], "head"), Span(titles[1], "head"))]
    for one, other in zip(curve(requests, half, height), curve(times, half, height), strict=True):
        found.append(line(Span(one, "good"), " " * APART, Span(other, "warn")))
    return found


def _bands(shown: Sequence[Table], view: View, width: int) -> Iterator[tuple[Table, ...]]:
    """Tables one below the other, two of them side by side where the screen is wide and both fit whole."""
    waiting = list(shown)
    while waiting:
        first, *waiting = waiting
        partner = next((other for other in waiting if width >= BESIDE and _wide(first, view) + APART + _wide(other, view) <= width), None)
        if partner is None:
            yield (first,)
        else:
            waiting.remove(partner)
            yield (first, partner)


def _wide(table: Table, view: View) -> int:
    return max(map(width_of, drawn(table, view.window(table), 10_000, 10_000)))


def _beside(band: tuple[Table, ...], view: View, width: int, height: int) -> list[Line]:
    if len(band) == 1:
        return drawn(band[0], view.window(band[0]), width, height)
    left, right = (drawn(table, view.window(table), width, height) for table in band)
    column = max(map(width_of, left), default=0) + APART
    return [(*padded(one, column), *other) for one, other in zip_longest(left, right, fillvalue=())]


def _shared(needs: Sequence[int], room: int) -> list[int]:
    """Lines for each, as needed where there is room: first a head and a row for each, then a row in turn to whoever lacks some."""
    found = [0] * len(needs)
    for least in (2, *range(3, max(needs, default=0) + 1)):
        for at, need in enumerate(needs):
            more = min(least, need) - found[at]
            if 0 < more <= room - sum(found):
                found[at] += more
    return found


def _head(picture: Picture) -> list[Line]:
    """What must be known first, then what happens, then what it comes to."""
    found = [*_warnings(picture)]
    figures = picture.figures
    if figures is not None:
        found += [_requests(figures), _latency(figures), *_wrong(figures), _work(figures), *_decisions(figures)]
    return found


def _warnings(picture: Picture) -> Iterator[Line]:
    for router in picture.routers:
        if router.reading is None:
            yield line(Span(f"{clean(router.url)}: {clean(router.why)}", "bad"))
    if picture.restarts:
        names = ", ".join(f"worker {clean(name)}" if name else "the router" for name in picture.restarts)
        yield line(Span(f"{names} started anew", "warn"))
    reading = picture.reading
    if reading is not None and not reading.about.get("state", True):
        yield line(Span("what happens is NOT recorded: the state store does not take it", "bad"))


def _requests(figures: Figures) -> Line:
    per_s = f"{rate(figures.queries_per_s)}/s" if figures.queries_per_s is not None else f"{short(figures.queries)} so far"
    parts = [line(Span(per_s, "strong")), line(f"{figures.in_flight} in flight"), line(f"{figures.streams} streams")]
    styles: dict[str, Style] = {"failed": "bad", "abstained": "warn"}
    parts += [line(Span(f"{short(count)} {outcome}", styles.get(outcome, ""))) for outcome, count in figures.outcomes.items() if count]
    return line(Span("requests  ", "dim"), *joined(parts, "  "))


def _latency(figures: Figures) -> Line:
    whole = f"p50 {seconds(figures.latency_p50_s)} p95 {seconds(figures.latency_p95_s)} p99 {seconds(figures.latency_p99_s)}"
    first = f"p50 {seconds(figures.first_token_p50_s)} p95 {seconds(figures.first_token_p95_s)} p99 {seconds(figures.first_token_p99_s)}"
    between = f"p50 {seconds(figures.inter_token_p50_s)} p95 {seconds(figures.inter_token_p95_s)} p99 {seconds(figures.inter_token_p99_s)}"
    return line(Span("latency   ", "dim"), whole, Span("  ttft ", "dim"), first, Span("  itl ", "dim"), between)


def _wrong(figures: Figures) -> Iterator[Line]:
    if figures.errors:
        parts = [
            line(
                Span(
                    f"{clean(code)} {short(count)}{_and_rate(figures.errors_per_s.get(code))}",
                    "bad" if code in figures.errors_per_s else "",
                )
            )
            for code, count in figures.errors.items()
        ]
        lately = Span(f"{share(figures.failed_share)} fail  ", "bad") if figures.failed_share else Span("")
        yield line(Span("errors    ", "dim"), lately, *joined(parts, "  "))


def _and_rate(per_s: float | None) -> str:
    return f" ({rate(per_s)}/s)" if per_s else ""


def _work(figures: Figures) -> Line:
    parts = [line(f"{rate(figures.prompt_tokens_per_s)}/s read"), line(f"{rate(figures.completion_tokens_per_s)}/s written")]
    if figures.cost_micro is not None:
        hourly = f", {money(figures.cost_micro_per_s * 3600)} an hour" if figures.cost_micro_per_s is not None else ""
        parts.append(line(Span("cost ", "dim"), f"{money(figures.cost_micro)}{hourly}"))
    lost = Span(f"{short(figures.rows_dropped)} lost", "bad" if figures.rows_dropped else "dim")
    parts.append(line(Span(f"rows {short(figures.rows_behind)} wait, ", "dim"), lost))
    return line(Span("tokens    ", "dim"), *joined(parts, "  "))


def _decisions(figures: Figures) -> Iterator[Line]:
    if figures.verdicts or figures.abstentions:
        parts = [_counted("arbiter", figures.verdicts), _counted("by", figures.bases), _counted("answers", figures.contradictions)]
        parts.append(_counted("abstained", figures.abstentions, "warn"))
        yield line(Span("verdicts  ", "dim"), *joined((part for part in parts if part), "   "))


def _counted(title: str, counts: Mapping[str, int], style: Style = "") -> Line:
    told = " ".join(f"{clean(name).replace('_', ' ')} {short(count)}" for name, count in counts.items())
    return line(Span(f"{title} ", "dim"), Span(told, style)) if counts else ()


def as_text(shown: Sequence[Line]) -> str:
    """Lines without their styles, as they go to a file."""
    return "\n".join(plain(each).rstrip() for each in shown)
