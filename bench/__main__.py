"""`make bench`: every program in turn, each in a process of its own. `python -m bench proxy stream` runs those."""

import subprocess
import sys

PROGRAMS = ("compile", "placing", "editor", "proxy", "observed", "stream", "memory", "state", "hostile", "install")


def main() -> None:
    for program in sys.argv[1:] or PROGRAMS:
        subprocess.run((sys.executable, "-m", f"bench.{program}"), check=True)


if __name__ == "__main__":
    main()
