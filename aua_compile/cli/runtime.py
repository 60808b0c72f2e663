"""`aua serve|doctor|top|status|costs|route|loadtest|sim`: the words of `aua-router`, which does the work, under the same roof."""

from collections.abc import Callable

from typer import Context

COMMANDS = {
    "serve": "Run a compiled router until it is stopped.",
    "doctor": "Say whether a compiled router can run here.",
    "top": "Watch a running deployment: requests, fields, specialists, engines, cost.",
    "status": "Say how a running deployment is.",
    "costs": "Say what calls cost: a running router, or with --state what was kept of them.",
    "route": "Say who would answer a question, and why: a running router, or with --dir a compiled one.",
    "loadtest": "Put load on a running router, open-loop, and report percentiles and errors.",
    "sim": "Run a model server that only pretends, for trying things out.",
}


def command(word: str) -> Callable[[Context], None]:
    """The command that hands all its arguments to `aua-router WORD`."""

    def run(context: Context) -> None:
        from aua_runtime.cli import main

        raise SystemExit(main([word, *context.args]))

    return run
