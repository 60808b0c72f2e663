"""`aua lsp`: what editors ask about configs, over standard input and output."""

import sys


def run() -> None:
    """Serve an editor: findings, hover, completion and definitions of configs, by the Language Server Protocol over stdio.

    An editor starts it; docs/editor.md says how for VS Code, Neovim and Helix.

    Example: aua lsp < /dev/null
    """
    from aua_compile.cli.lsp.server import Server
    from aua_compile.cli.lsp.wire import Wire

    wire = Wire(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout = sys.stderr  # nothing but messages goes to the editor
    raise SystemExit(Server(wire).serve())
