"""`status`: a running router as a table that keeps itself up to date, as one picture, or as JSON."""

import dataclasses
import shutil
import sys
import time
from http import HTTPStatus

import orjson

from aua_runtime.cli.ask import asked, fetched, unreachable
from aua_runtime.contract.routes import METRICS, READY
from aua_runtime.status.figures import Reading, figures
from aua_runtime.status.lines import lines
from aua_runtime.status.samples import Samples

WIDTH, HEIGHT = 120, 10_000
"""Of a picture that is not shown on a terminal."""
_BEGIN, _END = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""A screen of its own without a cursor, and back."""
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


def show_status(urls: tuple[str, ...], *, once: bool, as_json: bool, interval_s: float) -> int:
    """Show a router. The first of `urls` that answers is taken. 0 it is ready, 1 it is not, 4 nobody answers."""
    url = next((url for url in urls if asked(url, "GET", READY) is not None), None)
    reading = _reading(url) if url is not None else None
    if url is None or reading is None:
        return unreachable(" or ".join(urls))
    if as_json:
        told = figures(reading, None, time.time())
        document = {**reading.about, "figures": dataclasses.asdict(told) if told is not None else None}
        print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    elif once or not sys.stdout.isatty():
        print("\n".join(lines(reading, figures(reading, None, time.time()), WIDTH, HEIGHT)))
    else:
        return _watch(url, reading, interval_s)
    return 0 if reading.ready else 1


def _watch(url: str, reading: Reading, interval_s: float) -> int:
    """Until interrupted. Each picture is one write over the one before, so that nothing flickers."""
    before: Reading | None = None
    now: Reading | None = reading
    sys.stdout.write(_BEGIN)
    try:
        while True:
            size = shutil.get_terminal_size()
            if now is not None:
                shown = lines(now, figures(now, before, time.time()), size.columns, size.lines - 1)
                before = now
            else:
                shown = [f"No router answers at {url}."[: size.columns]]
            sys.stdout.write(_HOME + "".join(f"{line}{_REST_OF_LINE}\n" for line in shown) + _REST_OF_SCREEN)
            sys.stdout.flush()
            time.sleep(interval_s)
            now = _reading(url)
    except KeyboardInterrupt:
        return 0
    finally:
        sys.stdout.write(_END)
        sys.stdout.flush()


def _reading(url: str) -> Reading | None:
    """What the router says now; None when it does not answer."""
    at_s = time.monotonic()
    ready, version, told = asked(url, "GET", READY), asked(url, "GET", "/version"), fetched(url, METRICS)
    if ready is None or version is None:
        return None
    samples = Samples(told[1].decode()) if told is not None and told[0] == HTTPStatus.OK else None
    return Reading(at_s, ready[0] == HTTPStatus.OK, {**version[1], **ready[1]}, samples)
