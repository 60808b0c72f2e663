"""docs/performance.md: one chapter per program, each written by its own and left as it is by the others."""

import argparse
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
CHAPTERS = (
    "The compiler",
    "Placement",
    "The editor",
    "A whole answer",
    "Being observed",
    "A stream",
    "Memory",
    "State",
    "Hostile clients",
    "Install and start",
)
OPENING = """# Performance

Written by `make bench`, each chapter by its own program in `bench/`. Ratios are of one run on one machine, in which what is compared
alternates; single figures depend on the machine.
"""


def busy() -> str:
    """How much of the machine others used; asked before a measurement begins."""
    return f"Others kept {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores busy when it began."


def machine(python: str | Path) -> str:
    version = subprocess.run((str(python), "--version"), capture_output=True, text=True, check=True).stdout.strip()
    model = re.search(r"model name\s*: (.*)", cpuinfo.read_text()) if (cpuinfo := Path("/proc/cpuinfo")).is_file() else None
    return f"{version} on {model.group(1) if model else platform.machine()}, {platform.system()}"


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A table whose first column is words and whose others are numbers."""
    titles = list(heads)
    return [row(*titles), row("---", *["---:"] * (len(titles) - 1)), *(row(*cells) for cells in rows)]


def merged(page: str, title: str, lines: Iterable[str]) -> str:
    """The page with one chapter replaced or added, in the order of CHAPTERS."""
    found = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    found[title] = "\n".join(lines).strip() + "\n"
    chapters = [f"## {name}\n\n{found[name].strip()}\n" for name in CHAPTERS if name in found]
    return "\n".join([OPENING, *chapters])


def write(title: str, lines: Iterable[str]) -> None:
    """Put a chapter on the page, and show it."""
    told = list(lines)
    PAGE.write_text(merged(PAGE.read_text() if PAGE.is_file() else "", title, told))
    print(f"## {title}\n")
    print("\n".join(told))


def options(program: str | None, rounds: int | None = None, alone: str = "without writing the page") -> argparse.Namespace:
    """What a program is asked on its command line."""
    parser = argparse.ArgumentParser(description=program)
    if rounds is not None:
        parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--alone", action="store_true", help=alone)
    return parser.parse_args()


def tell(title: str, lines: Iterable[str], *, alone: bool) -> None:
    """Show a chapter; put it on the page unless it is measured `alone`."""
    if alone:
        print("\n".join(lines))
    else:
        write(title, lines)
