"""`aua --version`: what is installed."""

import platform
import sys


def show(*, as_json: bool) -> None:
    """The versions of the compiler, of the runtime that it ships, of the language that it reads, and of Python."""
    from aua_compile import __version__
    from aua_compile.cli import output
    from aua_compile.config.model import CONFIG_VERSION
    from aua_compile.shipped import runtime_version

    told = {"aua": __version__, "runtime": runtime_version(), "config_version": CONFIG_VERSION, "python": platform.python_version()}
    if as_json:
        sys.stdout.write(output.as_json(told))
    else:
        sys.stdout.write(f"aua {told['aua']} (runtime {told['runtime']}, configs {told['config_version']}, Python {told['python']})\n")
