"""What commands that ask a running router print with `--json`, held to the schema that is published of it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_json import OF_A_ROUTER, judged
from tests.compiling import aua
from tests.contract.test_router import Running, running
from tests.targets.plans import single_4090

RUNS = {
    "top": "top --url {management} --interval 0.2 --json",
    "status": "status --url {management} --json",
    "costs": "costs --url {management} --json",
    "route": "route why --url {public} --json",
    "loadtest": "loadtest --url {public} --rate 20 --duration 1s --expect error_share<=0 --json",
    "config reload": "config reload --url {management} --json",
}


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(sys.executable, tmp_path_factory.mktemp("router"), single_4090()) as it:
        yield it


@pytest.mark.parametrize("command", RUNS)
def test_what_is_said_of_a_running_router_is_what_the_schema_says(command: str, router: Running, tmp_path: Path) -> None:
    words = RUNS[command].format(public=router.public, management=router.management).split()
    ran = aua(*words, within=tmp_path)
    assert ran.returncode in {0, 1}, ran.stderr
    assert judged(command, json.loads(ran.stdout)) == []


def test_every_command_that_needs_a_router_is_run_on_one() -> None:
    assert RUNS.keys() > OF_A_ROUTER
