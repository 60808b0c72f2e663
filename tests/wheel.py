"""Both wheels in an empty environment, compiling a preset from an empty folder. `make wheel` runs this."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIG = 'config_version: "1.0"\nproject: {name: from-a-wheel}\npreset: coding\ntier: single-4090\n'


def run(*command: str | Path, within: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=within, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        for project in (ROOT / "runtime", ROOT):
            run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", work / "wheels", within=project)
        venv.create(work / "environment", with_pip=True)
        python = work / "environment" / "bin" / "python"
        install = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        run(*install, "--require-hashes", "--requirement", ROOT / "requirements" / "run.txt")
        run(*install, "--no-deps", *sorted((work / "wheels").glob("*.whl")))
        run(python, "-m", "pip", "check")
        empty = work / "empty"
        empty.mkdir()
        (empty / "aua.yaml").write_text(CONFIG)
        run(python.with_name("aua"), "compile", "aua.yaml", "-o", "deploy", within=empty)
        if not (empty / "deploy" / "plan.json").is_file():
            sys.exit("the compile wrote no plan.json")
        print("both wheels installed in an empty environment; a preset compiled from an empty folder")


if __name__ == "__main__":
    main()
