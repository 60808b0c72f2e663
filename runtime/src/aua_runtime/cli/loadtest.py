"""`loadtest`: load on a running router, open-loop, and a report of what came of it."""

import argparse
import asyncio
import os
import signal
import sys
from ipaddress import ip_address
from pathlib import Path
from random import Random

import orjson

from aua_runtime.cli.ask import asked, unreachable
from aua_runtime.cli.loadtest_options import ENOUGH
from aua_runtime.contract.routes import MODELS
from aua_runtime.loadtest import prompts
from aua_runtime.loadtest.arrivals import arrivals
from aua_runtime.loadtest.comparison import earlier
from aua_runtime.loadtest.drive import Drive, Target, drive
from aua_runtime.loadtest.expect import PLAIN, Expectation, expectation, figure
from aua_runtime.loadtest.page import as_page
from aua_runtime.loadtest.report import Report, as_data, as_markdown
from aua_runtime.loadtest.summary import summary
from aua_runtime.looks import CLEAR, takes_progress
from aua_runtime.server import loop_factory
from aua_runtime.transport.address import Address, address_of

USAGE = 2
MOST_REQUESTS = 1_000_000
INTERRUPTED = "interrupted"
ENDING = (signal.SIGINT, signal.SIGTERM)


def load_test(options: argparse.Namespace) -> int:
    """Run a load and tell of it: 0 all expectations hold, 1 one does not, 2 usage, 4 nobody answers."""
    random = Random(options.seed)
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
    return _told(Report(_asked(options, mix), summary(load.samples), expectations, load.samples, before, ended), options)


def _allowed(options: argparse.Namespace) -> Address:
    """The router's address; ValueError if it may not be put under such a load, or the load could not be sent or told."""
    address = address_of(options.url)
    if not (options.allow_remote or _is_here(address.host)):
        raise ValueError(f"{address.host} is another machine: say --allow-remote if it may be put under load")
    if options.rate * options.duration > MOST_REQUESTS:
        raise ValueError(f"{options.rate * options.duration:,.0f} requests are more than the {MOST_REQUESTS:,} of one run")
    for name in filter(None, (options.html, options.markdown)):
        if not Path(name).parent.is_dir() or Path(name).is_dir():
            raise ValueError(f"{name}: no file can be written there")
    if options.key_env and options.key_env not in os.environ:
        raise ValueError(f"the environment variable {options.key_env} is not set")
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
    found = summary(load.samples, load.now_s())
    known = found.requests - (found.unfinished if bound.name in PLAIN else 0)
    return known >= ENOUGH and figure(found, bound.name) is not None and not bound.met(found)


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
