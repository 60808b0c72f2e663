"""Both wheels in an empty environment. `make wheel` compiles a preset there from an empty folder; `make bench` measures there."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIG = 'config_version: "1.0"\nproject: {name: from-a-wheel}\npreset: coding\ntier: single-4090\n'


def run(*command: str | Path, within: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=within, check=True)


def environment(folder: Path) -> Path:
    """The interpreter of a new environment in `folder` that holds the two wheels, what they need as locked, and nothing else."""
    for project in (ROOT / "runtime", ROOT):
        run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder / "wheels", within=project)
    venv.create(folder / "environment", with_pip=True)
    python = folder / "environment" / "bin" / "python"
    install = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*install, "--require-hashes", "--requirement", ROOT / "requirements" / "run.txt")
    run(*install, "--no-deps", *sorted((folder / "wheels").glob("*.whl")))
    run(python, "-m", "pip", "check")
    return python


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        python = environment(Path(made))
        empty = Path(made) / "empty"
        empty.mkdir()
        (empty / "aua.yaml").write_text(CONFIG)
        run(python.with_name("aua"), "compile", "aua.yaml", "-o", "deploy", within=empty)
        if not (empty / "deploy" / "plan.json").is_file():
            sys.exit("the compile wrote no plan.json")
    print("both wheels installed in an empty environment; a preset compiled from an empty folder")


if __name__ == "__main__":
    main()
