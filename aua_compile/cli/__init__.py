"""The command line: one module a command. The only place that prints or chooses an exit code."""

import gc
import os
import sys
from errno import EDQUOT, EIO, ENOSPC
from io import TextIOWrapper


def main() -> None:
    """Run `aua`. What goes wrong is a finding; an exception that arrives here is a bug and says so without a traceback."""
    gc.set_threshold(100_000)  # a command is soon over, and what it makes lives until then: collecting young objects finds nothing
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character gets its escape, never a traceback
    try:
        from aua_compile.cli.app import app  # here, because loading it is most of a short command, and may be interrupted too

        app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        if os.environ.get("AUA_TRACEBACK"):
            raise
        from aua_compile.characters import shown
        from aua_compile.cli.exits import Exit

        if isinstance(error, OSError) and error.errno in {ENOSPC, EDQUOT, EIO}:  # what standard output goes to
            sys.stderr.write(f"aua: the output cannot be written: {error.strerror}\n")
            raise SystemExit(Exit.ENVIRONMENT) from None
        said = shown(str(error), 200)
        sys.stderr.write(f"aua: a bug in aua: {type(error).__name__}: {said}\nSet AUA_TRACEBACK=1 to see where, and report it.\n")
        raise SystemExit(Exit.BUG) from None
    finally:
        gc.freeze()  # nor is there anything to find when the interpreter ends
