"""What runbooks ask people to run, against what the targets emit for the same plan."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from aua_runtime.contract.errors import CODES

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert
from aua_compile.observe.alerts import alerts
from aua_compile.plan.model import Plan
from aua_compile.targets import compose, kubernetes
from tests.targets.plans import PLANS, single_4090

plans = pytest.mark.parametrize("make", PLANS.values(), ids=list(PLANS))

NOT_READY = """
import http.server

class NotReady(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b"why")

server = http.server.HTTPServer(("127.0.0.1", 0), NotReady)
print(server.server_port)
server.handle_request()
"""


def asked(alert: Alert) -> Iterator[str]:
    yield from (command for cause in alert.causes for command in cause.commands)
    yield from (command for step in alert.steps for command in step.commands)


def every(plan: Plan) -> set[str]:
    return {command for alert in alerts(plan) for command in asked(alert)}


@plans
def test_services_that_compose_commands_name_are_in_the_compose_file(make: Callable[[], Plan]) -> None:
    plan = make()
    services = set(yaml.safe_load(next(file.text for file in compose.emit(plan) if file.path == "compose/compose.yaml"))["services"])
    named = set()
    for command in every(plan):
        words = shlex.split(command)
        if words[:2] == ["docker", "compose"]:
            given = [word for word in words[2:] if not word.startswith("-")]
            verb = given[1] if given[0] == "observability" else given[0]
            named |= {word for word in given if verb in {"logs", "exec", "restart", "up"} and re.fullmatch(r"[a-z][a-z0-9-]*", word)} - {
                "logs", "exec", "restart", "up", "observability", "python", "df", "15m", "state", "h",
            }  # fmt: skip

    assert named - services == set()


@plans
def test_objects_that_kubectl_commands_name_are_in_the_manifests(make: Callable[[], Plan]) -> None:
    plan = make()
    if "kubernetes" not in plan.targets:
        assert not any("kubectl" in command for command in every(plan))
        return
    objects = {
        f"{one['kind'].lower()}/{one['metadata']['name']}"
        for file in kubernetes.emit(plan)
        if file.path.endswith(".yaml")
        for one in yaml.safe_load_all(file.text)
        if one and "metadata" in one
    }
    named = {word for command in every(plan) for word in shlex.split(command) if re.fullmatch(r"(service|deployment)/\S+", word)}
    paths = {file.path.rpartition("/")[0] for file in kubernetes.emit(plan)}
    folders = {folder for command in every(plan) for folder in re.findall(r"--kustomize \.\./(\S+)", command)}

    assert (named - objects, folders - paths) == (set(), set())


@plans
def test_codes_and_alerts_that_runbooks_name_exist(make: Callable[[], Plan]) -> None:
    plan = make()
    told = [text for alert in alerts(plan) for text in (alert.meaning, *(f"{one.what} {one.seen}" for one in alert.causes))]
    told += [step.text for alert in alerts(plan) for step in alert.steps]
    codes = {code.name for code in CODES}
    known = {alert.name for alert in alerts(plan)}

    assert {name for text in told for name in re.findall(r"AUA_\w+", text)} <= codes | known


def test_what_reads_the_management_listener_shows_an_answer_whatever_its_status(tmp_path: Path) -> None:
    (compose_command, *_) = commands.management(single_4090(), "/health/ready")
    with subprocess.Popen((sys.executable, "-u", "-c", NOT_READY), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        program = shlex.split(compose_command)[-1].replace(str(single_4090().api.management.port), port)
        done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True, timeout=20, cwd=tmp_path)

    assert done.stdout == "why\n"
