"""`loadtest`: load on a running router, open-loop, and a report of what came of it."""

import argparse
import asyncio
import math
import os
import re
import signal
import sys
from ipaddress import ip_address
from pathlib import Path
from random import Random

import orjson

from aua_runtime.cli.ask import asked, unreachable
from aua_runtime.contract.routes import MODELS
from aua_runtime.loadtest import prompts
from aua_runtime.loadtest.arrivals import MEANINGS, PROCESSES, arrivals
from aua_runtime.loadtest.comparison import earlier
from aua_runtime.loadtest.drive import Drive, Target, drive
from aua_runtime.loadtest.expect import Expectation, expectation, figure
from aua_runtime.loadtest.page import as_page
from aua_runtime.loadtest.report import Report, as_data, as_markdown
from aua_runtime.loadtest.sample import UNFINISHED
from aua_runtime.loadtest.summary import summary
from aua_runtime.looks import CLEAR, takes_progress
from aua_runtime.server import loop_factory
from aua_runtime.transport.address import Address, address_of

USAGE = 2
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
MOST_REQUESTS = 1_000_000
ENOUGH = 20
"""Requests that have ended, before a load is ended because of them."""
INTERRUPTED = "interrupted"
ENDING = (signal.SIGINT, signal.SIGTERM)


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


def load_test(options: argparse.Namespace) -> int:
    """Run a load and tell of it: 0 all expectations hold, 1 one does not, 2 usage, 4 nobody answers."""
    random = Random(options.seed)  # noqa: S311 - a load is drawn, not hidden
    try:
        expectations = tuple(map(expectation, options.expect))
        bounds = tuple(map(expectation, options.abort))
        before = earlier(options.against) if options.against else None
        address = _allowed(options)
        given = prompts.of_file(options.prompts, random) if options.prompts else None
        mix = prompts.mix_of(options.mix) if options.mix else None
    except (ValueError, prompts.UnusableError) as error:
        print(f"loadtest: {error}", file=sys.stderr)
        return USAGE
    key = os.environ.get(options.key_env, "") if options.key_env else ""
    models = asked(options.url, "GET", MODELS, key=key)
    if models is None:
        return unreachable(options.url)
    if given is None:
        mix = mix or _served(models[1])
        given = prompts.made(mix, options.words, random)
    target = Target(address, key, options.model, options.streamed, options.max_tokens, options.timeout, options.max_open)
    load = Drive(target, arrivals(options.process, options.rate, options.duration, random, options.burst), given, random)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        ended = runner.run(_until_done(load, options.duration, bounds))
    samples = [sample for sample in load.samples if sample.outcome != UNFINISHED]
    return _told(Report(_asked(options, mix), summary(samples), expectations, samples, before, ended), options)


def _allowed(options: argparse.Namespace) -> Address:
    """The router's address; ValueError if it may not be put under such a load."""
    address = address_of(options.url)
    if not (options.allow_remote or _is_here(address.host)):
        raise ValueError(f"{address.host} is another machine: say --allow-remote if it may be put under load")
    if options.rate * options.duration > MOST_REQUESTS:
        raise ValueError(f"{options.rate * options.duration:,.0f} requests are more than the {MOST_REQUESTS:,} of one run")
    return address


async def _until_done(load: Drive, duration_s: float, bounds: tuple[Expectation, ...]) -> str:
    """Run it; why it ended early, and nothing where it did not."""
    stop, ended = asyncio.Event(), ""
    loop = asyncio.get_running_loop()

    def end(why: str) -> None:
        nonlocal ended
        ended = ended or why
        stop.set()
        for number in ENDING:
            loop.remove_signal_handler(number)  # who asks again does not want to wait

    for number in ENDING:
        loop.add_signal_handler(number, end, INTERRUPTED)
    on_screen = takes_progress(sys.stderr, os.environ)

    def progress(now: Drive) -> None:
        broken = next((each for each in bounds if _broken(each, now)), None)
        if broken is not None:
            end(f"{broken} did not hold")
        if on_screen:
            done = sum(sample.outcome == "ok" for sample in now.samples)
            wrong = len(now.samples) - done - now.open
            told = f"{min(now.now_s(), duration_s):5.0f} of {duration_s:.0f} s: {done} answered, {now.open} open, {wrong} wrong"
            sys.stderr.write(CLEAR + told)
            sys.stderr.flush()

    await drive(load, progress, stop)
    if on_screen:
        sys.stderr.write(CLEAR)
    return ended


def _broken(bound: Expectation, load: Drive) -> bool:
    """Whether the load so far does not keep a bound. A figure that was not measured yet breaks none."""
    over = [sample for sample in load.samples if sample.outcome != UNFINISHED]
    if len(over) < ENOUGH:
        return False
    found = summary(over)
    return figure(found, bound.name) is not None and not bound.met(found)


def _told(report: Report, options: argparse.Namespace) -> int:
    text = as_markdown(report)
    if report.ended:
        print(f"Ended early, {report.ended}; what follows is what was measured until then.", file=sys.stderr)
    print(orjson.dumps(as_data(report), option=orjson.OPT_INDENT_2).decode() if options.json else text, end="\n" if options.json else "")
    for name, content in ((options.html, as_page), (options.markdown, as_markdown)):
        if name is not None:
            try:
                Path(name).write_text(content(report), encoding="utf-8")
            except OSError as failure:
                print(f"loadtest: {name}: {failure.strerror}", file=sys.stderr)
                return 4
    if report.samples and report.summary.errors.get("unreachable", 0) == len(report.samples):
        return 4
    return 1 if report.failed or report.ended not in {"", INTERRUPTED} else 0


def _asked(options: argparse.Namespace, mix: dict[str, float] | None) -> dict[str, object]:
    return {
        "url": options.url,
        "model": options.model,
        "process": options.process,
        "burst": options.burst if options.process == "bursts" else None,
        "rate_per_s": options.rate,
        "duration_s": options.duration,
        "streamed": options.streamed,
        "max_tokens": options.max_tokens,
        "prompts": options.prompts or mix,
        "median_words": None if options.prompts else options.words,
        "timeout_s": options.timeout,
        "max_open": options.max_open,
        "seed": options.seed,
    }


def _served(models: object) -> dict[str, float]:
    """Equal weights for the fields that the router serves and prompts are built in for; all of them where it says nothing."""
    match models:
        case {"data": [*listed]}:
            names = {str(each.get("id")) for each in listed if isinstance(each, dict)}
        case _:
            names = set()
    return {field: 1.0 for field in prompts.ASKED if field in names} or dict.fromkeys(prompts.ASKED, 1.0)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


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
