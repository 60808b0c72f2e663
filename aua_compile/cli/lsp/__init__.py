"""`aua lsp`: what editors ask about configs, over standard input and output."""

import gc
import sys

SWITCH_S = 0.0005
"""How long the thread that compiles may go on while an answer waits."""


def run() -> None:
    """Serve an editor. Findings, hover, completion and definitions of configs, by the Language Server Protocol over stdio.

    An editor starts it; docs/editor.md says how for VS Code, Neovim and Helix.

    Example: aua lsp < /dev/null
    """
    from aua_compile.cli.lsp.server import Server
    from aua_compile.cli.lsp.wire import Wire

    gc.disable()  # what is made here refers to nothing in circles, and a collection would hold an answer up
    sys.setswitchinterval(SWITCH_S)
    wire = Wire(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout = sys.stderr  # nothing but messages goes to the editor
    raise SystemExit(Server(wire).serve())
