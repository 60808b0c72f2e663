"""The command `aua-router`: what runs a deployment, and what asks one that runs. Each command imports its work when it is called."""

import argparse
from collections.abc import Sequence

from aua_runtime import VERSION
from aua_runtime.cli.sim.options import add_options

ROUTER_URL = "http://127.0.0.1:8000"
MANAGEMENT_URL = "http://127.0.0.1:8001"


def main(arguments: Sequence[str] | None = None, program: str = "aua-router") -> int:
    """Run one command; the exit code: 0 done, 1 not as it should be, 2 usage, 4 the environment lacks something.

    `program` is what was typed before the command.
    """
    parser = _parser(program)
    options = parser.parse_args(arguments)
    match options.command:
        case "serve":
            from aua_runtime.cli.serve import serve_folder

            return serve_folder(options.folder, options.bind)
        case "sim":
            from aua_runtime.cli.sim.command import simulate

            return simulate(options)
        case "route":
            from aua_runtime.cli.ask import show_route

            return show_route(options.url, options.question, options.key_env, folder=options.dir, as_json=options.json)
        case "loadtest":
            from aua_runtime.cli.loadtest import load_test

            return load_test(options)
        case "costs":
            return _costs(parser, options)
        case "reload":
            from aua_runtime.cli.reload import reload

            return reload(options.url, options.key_env, as_json=options.json)
        case "doctor":
            if options.placement:
                from aua_runtime.cli.placement import show_placement

                return show_placement(
                    options.folder, options.plan, options.log, ask=options.ask, as_json=options.json, as_datapoint=options.as_datapoint
                )
            from aua_runtime.cli.doctor import show_findings

            if options.folder is None or options.plan is not None or options.log or options.as_datapoint or not options.ask:
                parser.error("doctor looks at a folder; --plan, --log, --no-ask and --as-datapoint go with --placement")
            return show_findings(options.folder, strict=options.strict, as_json=options.json)
        case _:
            from aua_runtime.cli.top import show

            return show(options, (MANAGEMENT_URL, ROUTER_URL))


def _costs(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from aua_runtime.cli.costs import moment, show_router, show_store

    if options.state is None and options.dsn_env is None:
        if options.since is not None or options.csv or options.plan or options.currency:
            parser.error("--since, --currency, --plan and --csv go with --state or --dsn-env: a router counts since it started")
        return show_router(options.url or MANAGEMENT_URL, as_json=options.json)
    if options.url is not None or (options.state is not None and options.dsn_env is not None):
        parser.error("one of --url, --state and --dsn-env")
    try:
        since_s = moment(options.since) if options.since is not None else None
    except (ValueError, OverflowError):
        parser.error(f"--since takes a time such as 7d, 24h or 2026-11-01, not {options.since[:40]!r}")
    return show_store(options.state, options.dsn_env, options.plan, since_s, options.currency, as_json=options.json, as_csv=options.csv)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description="Run the router that aua compiled, or ask one that runs.")
    parser.add_argument("--version", action="version", version=f"aua-router {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser(
        "serve", help="run a generated router until it is stopped", epilog="Example: %(prog)s deploy/router --bind 127.0.0.1:8000"
    )
    serve.add_argument("folder", help="the folder `router` among the artifacts")
    serve.add_argument("--bind", metavar="ADDRESS", help="listen here instead of at the planned addresses")

    _add_doctor(
        commands.add_parser(
            "doctor",
            help="say whether a compiled router can run here: environment, servers, GPUs, ports, state, versions",
            epilog=(
                "Exit codes: 0 it can, 1 something is wrong, 2 there is no compiled router in the folder. With --placement: 0 all lies"
                " within its band, 1 something does not or an engine did not start, 2 wrong words, 4 nothing could be measured."
                " Example: %(prog)s deploy"
            ),
        )
    )

    sim = commands.add_parser(
        "sim", help="run a model server that only pretends, for trying things out", epilog="Example: %(prog)s --port 9100"
    )
    add_options(sim)

    _add_route(
        commands.add_parser(
            "route",
            help="say who would answer a question, and why; call nothing",
            epilog="Example: %(prog)s --dir deploy/router 'Reverse a linked list in Python.'",
        )
    )
    _add_reload(
        commands.add_parser(
            "reload",
            help="have a running router read its settings again",
            epilog=(
                "Exit codes: 0 it has them, 1 it refused them and keeps the old ones, 4 nobody answers."
                " Example: %(prog)s --url http://127.0.0.1:8001"
            ),
        )
    )
    _add_load_test(
        commands.add_parser(
            "loadtest",
            help="put load on a running router, open-loop, and report percentiles and errors",
            epilog="Exit codes: 0 every --expect holds, 1 one does not, 2 usage, 4 nobody answers. Example: %(prog)s --rate 5",
        )
    )
    for name, text, example in (
        ("top", "watch a running deployment: a screen that keeps itself up to date on a terminal, else one picture", "--interval 5"),
        ("status", "say how a running deployment is: the same, and with --once or --json from one look, at once", "--once"),
    ):
        _add_top(
            commands.add_parser(
                name, help=text, epilog=f"Exit codes: 0 ready, 1 not, 2 usage, 4 nobody answers. Example: %(prog)s {example}"
            )
        )
    _add_costs(
        commands.add_parser(
            "costs",
            help="say what calls cost: as a running router counts it, or as its state store kept it",
            epilog=(
                "Exit codes: 0 done, 1 the router does not tell, 2 usage, 4 nobody answers or the store cannot be read."
                " Example: %(prog)s --state state/aua.db --since 7d"
            ),
        )
    )
    return parser


def _add_route(route: argparse.ArgumentParser) -> None:
    route.add_argument("question")
    route.add_argument("--dir", metavar="FOLDER", help="decide here as the generated router in this folder would; none need run")
    route.add_argument("--url", default=ROUTER_URL, help=f"the router's address; {ROUTER_URL} without it")
    _add_told(route)


def _add_reload(reload: argparse.ArgumentParser) -> None:
    reload.add_argument("--url", default=MANAGEMENT_URL, help=f"the address of its management listener; {MANAGEMENT_URL} without it")
    _add_told(reload)


def _add_told(command: argparse.ArgumentParser) -> None:
    """What every command that asks a running router takes."""
    command.add_argument("--json", action="store_true", help="print what it says as JSON")
    command.add_argument("--key-env", metavar="NAME", help="environment variable that holds the router's key")


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("folder", nargs="?", help="the artifacts, or the folder `router` among them")
    doctor.add_argument("--strict", action="store_true", help="take warnings for errors")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    placement = doctor.add_argument_group("memory, of engines that run")
    placement.add_argument(
        "--placement",
        action="store_true",
        help="compare the memory that the plan predicts with what engines say in their logs and metrics, and with nvidia-smi",
    )
    placement.add_argument("--plan", metavar="FILE", help="a plan.json, where no folder of artifacts is here")
    placement.add_argument(
        "--log", metavar="NAME=FILE", action="append", default=[], help="the start-up log of an instance; - is standard input"
    )
    placement.add_argument("--no-ask", dest="ask", action="store_false", help="look at the logs that are named, and at nothing else")
    placement.add_argument(
        "--as-datapoint", action="store_true", help="print what vLLM engines told as rows of bench/placement/vllm_logs.yaml"
    )


def _add_load_test(parser: argparse.ArgumentParser) -> None:
    from aua_runtime.cli.loadtest_options import add_options

    add_options(parser, ROUTER_URL)


def _add_top(parser: argparse.ArgumentParser) -> None:
    from aua_runtime.cli.top import add_options

    add_options(parser, (MANAGEMENT_URL, ROUTER_URL))


def _add_costs(costs: argparse.ArgumentParser) -> None:
    costs.add_argument("--url", help=f"the address of a router's management listener; {MANAGEMENT_URL} without it")
    costs.add_argument("--state", metavar="FILE", help="read this SQLite file instead: by day, too")
    costs.add_argument("--dsn-env", metavar="NAME", help="read the Postgres database instead whose address is in this variable")
    costs.add_argument("--since", metavar="TIME", help="of a store: from then on, such as 7d, 24h or 2026-11-01 (UTC)")
    costs.add_argument("--currency", metavar="CODE", help="of a store: amounts in this currency; without it that of the latest calls")
    costs.add_argument("--plan", metavar="FILE", help="of a store: a plan.json, whose estimates are shown beside what was measured")
    printed = costs.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print it as JSON")
    printed.add_argument("--csv", action="store_true", help="of a store: print every day, specialist and field as CSV")
