import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import ROOT, require_platform


@pytest.mark.parametrize("how", ["exchange", "journal"])
@pytest.mark.parametrize(("does", "kills"), [("apply", "calls"), ("apply", "300"), ("eject", "calls"), ("eject", "150")])
def test_a_run_killed_at_any_moment_leaves_the_old_files_or_the_new_ones(how: str, does: str, kills: str, tmp_path: Path) -> None:
    if how == "exchange":
        require_platform("linux")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.disk.killing", str(tmp_path), how, kills, does], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    killed, kept, replaced = (int(number) for number in re.findall(r"\d+", ran.stdout))
    assert killed >= (int(kills) if kills != "calls" else 20)
    assert kept
    # Between the call that decides and the end of a run there may be too little time for a random moment to fall into.
    assert replaced or kills != "calls"
