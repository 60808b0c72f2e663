"""Several `aua compile` at once: real processes that write one folder."""

import os
import subprocess
import sys
from pathlib import Path

from tests.compiling import ENTRY, project, tree
from tests.tools import ROOT

FANOUTS = (2, 3)


def test_compiles_at_once_take_turns_and_leave_one_of_their_deployments(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    environment = {**os.environ, "AUA_CACHE": "1", "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": f"{ROOT}:{ROOT}/runtime/src"}

    def run_at_once(*outputs: tuple[int, str]) -> None:
        """One process for each pair of a fan-out and a folder."""
        command = (sys.executable, "-P", "-B", "-c", ENTRY, "compile", "aua.yaml", "--force")
        runs = [
            subprocess.Popen(
                (*command, "-o", output, "--set", f"routing.max_fanout={fanout}"),
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for fanout, output in outputs
        ]
        assert [run.wait() for run in runs] == [0] * len(runs)

    run_at_once(*((fanout, f"alone{fanout}") for fanout in FANOUTS))
    wanted = [tree(folder / f"alone{fanout}") for fanout in FANOUTS]
    for _ in range(2):  # into an empty folder, then over what is there
        run_at_once(*((fanout, "deploy") for fanout in (*FANOUTS, *FANOUTS)))
        assert tree(folder / "deploy") in wanted
    assert {path.name for path in folder.iterdir()} == {"aua.yaml", "deploy", "alone2", "alone3"}
