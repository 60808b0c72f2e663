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
from aua_runtime.loadtest.arrivals import PROCESSES, arrivals
from aua_runtime.loadtest.drive import Drive, Target, drive
from aua_runtime.loadtest.expect import expectation
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


def add_options(parser: argparse.ArgumentParser, url: str) -> None:
    """What a load may be told."""
    parser.add_argument("--url", default=url, help=f"the router's address; {url} without it")
    parser.add_argument("--key-env", metavar="NAME", help="environment variable that holds the router's key")
    parser.add_argument("--allow-remote", action="store_true", help="put the load on another machine than this one")
    load = parser.add_argument_group("load")
    load.add_argument("--rate", type=_positive, default=2.0, metavar="R", help="requests a second; 2 without it")
    load.add_argument("--duration", type=_duration, default=30.0, metavar="T", help="how long, such as 30s or 5m; 30s without it")
    load.add_argument("--process", choices=PROCESSES, default="poisson", help="how requests arrive; poisson without it")
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
    told.add_argument("--html", metavar="FILE", help="write a page with plots")
    told.add_argument("--markdown", metavar="FILE", help="write the report as Markdown")
    told.add_argument("--json", action="store_true", help="print the report as JSON")


def load_test(options: argparse.Namespace) -> int:
    """Run a load and tell of it: 0 all expectations hold, 1 one does not, 2 usage, 4 nobody answers."""
    random = Random(options.seed)  # noqa: S311 - a load is drawn, not hidden
    try:
        expectations = tuple(expectation(text) for text in options.expect)
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
    load = Drive(target, arrivals(options.process, options.rate, options.duration, random), given, random)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        interrupted = runner.run(_until_done(load, options.duration))
    samples = [sample for sample in load.samples if sample.outcome != UNFINISHED]
    report = Report(_asked(options, mix), summary(samples), expectations, samples)
    return _told(report, options, interrupted=interrupted)


def _allowed(options: argparse.Namespace) -> Address:
    """The router's address; ValueError if it may not be put under such a load."""
    address = address_of(options.url)
    if not (options.allow_remote or _is_here(address.host)):
        raise ValueError(f"{address.host} is another machine: say --allow-remote if it may be put under load")
    if options.rate * options.duration > MOST_REQUESTS:
        raise ValueError(f"{options.rate * options.duration:,.0f} requests are more than the {MOST_REQUESTS:,} of one run")
    return address


async def _until_done(load: Drive, duration_s: float) -> bool:
    """Run it; whether a person ended it early."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    on_screen = takes_progress(sys.stderr, os.environ)

    def progress(now: Drive) -> None:
        if on_screen:
            done = sum(sample.outcome == "ok" for sample in now.samples)
            wrong = len(now.samples) - done - now.open
            told = f"{min(now.now_s(), duration_s):5.0f} of {duration_s:.0f} s: {done} answered, {now.open} open, {wrong} wrong"
            sys.stderr.write(CLEAR + told)
            sys.stderr.flush()

    await drive(load, progress, stop)
    if on_screen:
        sys.stderr.write(CLEAR)
    return stop.is_set()


def _told(report: Report, options: argparse.Namespace, *, interrupted: bool) -> int:
    text = as_markdown(report)
    if interrupted:
        print("Interrupted; what follows is what was measured until then.", file=sys.stderr)
    for name, content in ((options.html, as_page), (options.markdown, as_markdown)):
        if name is not None:
            try:
                Path(name).write_text(content(report), encoding="utf-8")
            except OSError as failure:
                print(f"loadtest: {name}: {failure.strerror}", file=sys.stderr)
                return 4
    print(orjson.dumps(as_data(report), option=orjson.OPT_INDENT_2).decode() if options.json else text, end="\n" if options.json else "")
    if report.samples and report.summary.errors.get("unreachable", 0) == len(report.samples):
        return 4
    return 1 if report.failed else 0


def _asked(options: argparse.Namespace, mix: dict[str, float] | None) -> dict[str, object]:
    return {
        "url": options.url,
        "model": options.model,
        "process": options.process,
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
