"""The options of the command `loadtest`; apart from its work, so that the other commands do not import that."""

import argparse
import math
import re

from aua_runtime.loadtest.arrivals import MEANINGS, PROCESSES

ENOUGH = 20
"""Requests that have ended, before a load is ended because of them."""
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def add_options(parser: argparse.ArgumentParser, url: str) -> None:
    """What a load may be told."""
    parser.add_argument("--url", default=url, help=f"the router's address; {url} without it")
    parser.add_argument("--key-env", metavar="NAME", help="environment variable that holds the router's key")
    parser.add_argument("--allow-remote", action="store_true", help="put the load on another machine than this one")
    load = parser.add_argument_group("load")
    load.add_argument("--rate", type=_positive, default=2.0, metavar="R", help="requests a second; 2 without it")
    load.add_argument("--duration", type=_duration, default=30.0, metavar="T", help="how long, such as 30s or 5m; 30s without it")
    load.add_argument(
        "--process",
        choices=PROCESSES,
        default="poisson",
        help=f"how requests arrive; poisson without it. {'; '.join(f'{name}: {meaning}' for name, meaning in MEANINGS.items())}",
    )
    load.add_argument("--burst", type=_count, default=10, metavar="N", help="with --process bursts: how many at once; 10 without it")
    load.add_argument(
        "--abort",
        action="append",
        default=[],
        metavar="FIGURE<=N",
        help=f"end the load early once this does not hold of at least {ENOUGH} requests that have ended, such as error_share<=0.5",
    )
    load.add_argument(
        "--max-open", type=_count, default=512, metavar="N", help="more open requests are counted and not sent; 512 without it"
    )
    load.add_argument("--timeout", type=_duration, default=120.0, metavar="T", help="of one request; 120s without it")
    load.add_argument("--seed", type=int, default=1, help="the same seed gives the same requests at the same times; 1 without it")
    asks = parser.add_argument_group("requests")
    asks.add_argument("--model", default="aua", help="`aua` lets the router choose; a specialist's or field's name pins it")
    asks.add_argument("--mix", metavar="FIELD=WEIGHT,...", help="fields of the built-in prompts; without it those that the router serves")
    asks.add_argument(
        "--prompts", metavar="FILE", help='JSON Lines of your own: {"prompt": ...} or {"messages": [...]}, and perhaps "field"'
    )
    asks.add_argument("--words", type=_count, default=60, metavar="N", help="median length of built-in prompts; 60 without it")
    asks.add_argument("--max-tokens", type=_count, default=128, metavar="N", help="of an answer; 128 without it")
    asks.add_argument("--streamed", type=_share, default=1.0, metavar="SHARE", help="share of requests that ask for a stream; 1 without it")
    told = parser.add_argument_group("report")
    told.add_argument(
        "--expect", action="append", default=[], metavar="FIGURE<=N", help="end with 1 if it does not hold, such as ttft_p95<=2"
    )
    told.add_argument("--against", metavar="FILE", help="compare with an earlier report, written with --json")
    told.add_argument("--html", metavar="FILE", help="write a page with plots")
    told.add_argument("--markdown", metavar="FILE", help="write the report as Markdown")
    told.add_argument("--json", action="store_true", help="print the report as JSON")


def _positive(text: str) -> float:
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value


def _count(text: str) -> int:
    value = _number(text)
    if value < 1 or value != int(value):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(value)


def _share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 to 1")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None


def _duration(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", text)
    if found is None or float(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration with its unit, such as 30s or 5m")
    return float(found[1]) * _UNITS_S[found[2]]
