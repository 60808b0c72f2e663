"""`top` and `status`: a running deployment as a screen that keeps itself up to date, as one picture, or as JSON.

They are one command. `top` compares two looks, so that it has rates; `status` is content with one where it does not draw a screen.
"""

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

import orjson

from aua_runtime.cli.ask import fetched
from aua_runtime.contract.routes import LIVE
from aua_runtime.transport.address import address_of

if TYPE_CHECKING:
    from aua_runtime.status.watch import Picture

USAGE = 2
WIDTH = 120
"""Of a picture that is not shown on a terminal."""
TIMEOUT_S = 5.0
INTERVAL_S, LEAST_INTERVAL_S, MOST_INTERVAL_S = 2.0, 0.1, 3600.0
WINDOW_S = 15.0


def add_options(parser: argparse.ArgumentParser, urls: tuple[str, str]) -> None:
    """What both commands may be told."""
    parser.add_argument(
        "--url",
        action="append",
        metavar="URL",
        help=f"the address of a management listener; several are shown as one; without it {urls[0]}, then {urls[1]}, which has no figures",
    )
    parser.add_argument("--once", action="store_true", help="print one picture and end")
    parser.add_argument("--json", action="store_true", help="print it as JSON and end")
    parser.add_argument(
        "--interval", type=_seconds, default=INTERVAL_S, metavar="SECONDS", help=f"between two looks; {INTERVAL_S:g} without it"
    )
    parser.add_argument(
        "--window", type=_seconds, default=WINDOW_S, metavar="SECONDS", help=f"that rates and percentiles are of; {WINDOW_S:g} without it"
    )
    parser.add_argument("--key-env", metavar="NAME", help="environment variable that holds the router's key, which its plan asks for")
    parser.add_argument(
        "--engine", action="append", default=[], metavar="NAME=URL", help="where an engine tells its metrics, if not at the router's host"
    )


def show(options: argparse.Namespace, urls: tuple[str, str]) -> int:
    """Show a deployment: 0 it is ready, 1 it is not, 2 usage, 4 nobody answers. A screen ends with 0."""
    from aua_runtime.status.watch import Watch

    try:
        for url in options.url or ():
            _check(url)
        engines = dict(map(_engine, options.engine))
    except ValueError as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return USAGE
    key = os.environ.get(options.key_env, "") if options.key_env else ""
    asked = tuple(dict.fromkeys(options.url)) if options.url else (_first(urls),)
    watch = Watch(asked, key, engines, _fetch, options.window)
    if options.json or options.once or not _on_screen():
        picture = watch.look()
        if options.command == "top" and picture.figures is not None:
            time.sleep(options.interval)
            picture = watch.look()
        return _print(picture, as_json=options.json)
    from aua_runtime.top.live import live

    return live(watch, options.interval)


def _on_screen() -> bool:
    from aua_runtime.top.terminal import can_draw

    return can_draw(os.environ)


def _first(urls: tuple[str, ...]) -> str:
    """The first address at which somebody answers; the first one where nobody does."""
    return next((url for url in urls if _fetch(url, LIVE, "") is not None), urls[0])


def _print(picture: "Picture", *, as_json: bool) -> int:
    from aua_runtime.looks import room_of
    from aua_runtime.status.told import as_data
    from aua_runtime.top.page import as_text, still

    for router in picture.routers:
        if router.reading is None:
            print(f"No router answers at {router.url}: {router.why}.", file=sys.stderr)
    if picture.reading is None:
        return 4
    if as_json:
        print(orjson.dumps(as_data(picture), option=orjson.OPT_INDENT_2).decode())
    else:
        print(as_text(still(picture, room_of(sys.stdout, os.environ, WIDTH))))
    return 0 if picture.ready else 1


def _fetch(url: str, path: str, key: str) -> tuple[int, bytes] | None:
    return fetched(url, path, key=key, timeout_s=TIMEOUT_S)


def _engine(text: str) -> tuple[str, str]:
    name, given, url = text.partition("=")
    if not name or not given:
        raise ValueError(f"--engine is NAME=URL, not `{text[:80]}`")
    _check(url)
    return name, url


def _check(url: str) -> None:
    """ValueError for what is no address."""
    try:
        address_of(url)
    except ValueError as error:
        raise ValueError(f"`{url[:80]}`: {error}") from None


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not LEAST_INTERVAL_S <= value <= MOST_INTERVAL_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from {LEAST_INTERVAL_S:g} to {MOST_INTERVAL_S:g}")
    return value
