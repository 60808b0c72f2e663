"""`aua serve|doctor|top|status|costs|route|loadtest|sim`: the words of `aua-router`, which does the work, under the same roof."""

from collections.abc import Callable

from typer import Context

COMMANDS = {
    "serve": "Run a compiled router until it is stopped.",
    "doctor": "Say whether a compiled router can run here.",
    "top": "Watch a running deployment. Requests, fields, specialists, engines, cost.",
    "status": "Say how a running deployment is.",
    "costs": "Say what calls cost. Of a running router, or with --state what was kept of them.",
    "route": "Say who would answer a question, and why. A running router does, or with --dir a compiled one.",
    "loadtest": "Put load on a running router. Open-loop; reports percentiles and errors.",
    "sim": "Run a model server that only pretends. For trying things out.",
}


def command(word: str, program: str = "aua") -> Callable[[Context], None]:
    """The command that hands all its arguments to `aua-router WORD`; `program` is what one types before the word."""

    def run(context: Context) -> None:
        from aua_runtime.cli import main

        raise SystemExit(main([word, *context.args], program))

    return run
