"""The emitted collector config, judged by the real collector; and a trace on its whole way: router, collector, whoever keeps traces."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
import yaml
from aua_runtime.contract.spans import SCHEMA_URL, SPANS

from aua_compile.observe.collector import config
from aua_compile.plan.model import Collector, Plan
from aua_compile.targets import compose, kubernetes
from tests.contract.test_router import free_ports, process, running
from tests.targets.plans import collected
from tests.tools import require

SOON_S = 20.0
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


def collector_of(plan: Plan) -> Collector:
    tracing = plan.observability.tracing
    assert tracing is not None
    assert tracing.collector is not None
    return tracing.collector


def emitted(plan: Plan) -> dict[str, str]:
    """The collector's config as each target writes it."""
    files = {artifact.path: artifact.text for emit in (compose.emit, kubernetes.emit) for artifact in emit(plan)}
    return {path: files[path] for path in ("compose/collector.yaml", "kubernetes/base/collector-config.yaml")}


def validated(text: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    (folder / "collector.yaml").write_text(text)
    command = [require("otelcol"), "validate", f"--config={folder}/collector.yaml"]
    return subprocess.run(command, env={"DATADOG_KEY": "k"}, capture_output=True, text=True, check=False)


def test_the_collector_takes_its_config_as_it_is_emitted(tmp_path: Path) -> None:
    texts = emitted(collected())
    assert len(set(texts.values())) == 1
    judged = validated(texts["compose/collector.yaml"], tmp_path)
    assert judged.returncode == 0, judged.stderr


def test_the_collector_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    text = emitted(collected())["compose/collector.yaml"].replace("memory_limiter", "memory_limitre")
    assert validated(text, tmp_path).returncode != 0


# --- the whole way


@contextmanager
def sink() -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, str]]]]:
    """Somebody who keeps traces: the address, what came, and with which headers."""
    bodies: list[dict[str, Any]] = []
    heads: list[dict[str, str]] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            heads.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies, heads
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def collecting(folder: Path, plan: Plan, to: str) -> Iterator[tuple[int, int]]:
    """The real collector with the plan's config, sending to `to` in a form that tests can read. Its OTLP port, and that of its metrics."""
    program = require("otelcol")
    given = config(collector_of(plan))
    http, grpc, own, sent, health = free_ports(5)
    protocols = given["receivers"]["otlp"]["protocols"]
    protocols["http"]["endpoint"], protocols["grpc"]["endpoint"] = f"127.0.0.1:{http}", f"127.0.0.1:{grpc}"
    given["exporters"]["prometheus"]["endpoint"] = f"127.0.0.1:{sent}"
    given["extensions"]["health_check"]["endpoint"] = f"127.0.0.1:{health}"
    given["service"]["telemetry"]["metrics"]["readers"][0]["pull"]["exporter"]["prometheus"] |= {"host": "127.0.0.1", "port": own}
    kept = "otlp_http/datadog"
    given["exporters"] = {name: one for name, one in given["exporters"].items() if name in {kept, "prometheus"}}
    given["exporters"][kept] |= {"endpoint": to, "encoding": "json", "compression": "none"}
    given["service"]["pipelines"]["traces"]["exporters"] = [kept]
    (folder / "collector.yaml").write_text(yaml.safe_dump(given))
    with process([program, f"--config={folder}/collector.yaml"], folder, folder / "collector.log", DATADOG_KEY="word"):
        eventually(lambda: _answers(f"http://127.0.0.1:{health}/"), (folder / "collector.log"))
        yield http, own


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def eventually(holds: Callable[[], bool], log: Path) -> None:
    until = monotonic() + SOON_S
    while not holds():
        assert monotonic() < until, log.read_text()
        sleep(0.05)


def spans_in(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [span for body in bodies for one in body["resourceSpans"] for scope in one["scopeSpans"] for span in scope["spans"]]


def test_a_question_arrives_as_one_trace_where_the_collector_sends_it(tmp_path: Path) -> None:
    plan = collected()
    with sink() as (url, bodies, heads), collecting(tmp_path, plan, url) as (port, own):
        assert plan.observability.tracing is not None
        tracing = replace(plan.observability.tracing, url=f"http://127.0.0.1:{port}", trust_caller=True)
        traced = replace(plan, observability=replace(plan.observability, tracing=tracing))
        with running(sys.executable, tmp_path, traced) as router:
            chat = {"model": "swe", "messages": [{"role": "user", "content": "Why does my loop not end?"}], "stream": True}
            answer = httpx.post(
                f"{router.public}/v1/chat/completions",
                json=chat,
                headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
                trust_env=False,
            )
            assert answer.headers["x-aua-trace-id"] == TRACE
            eventually(lambda: any(span["name"].startswith("POST") for span in spans_in(bodies)), tmp_path / "collector.log")
            shown = httpx.get(f"http://127.0.0.1:{own}/metrics", trust_env=False).text
    assert "deprecated" not in (tmp_path / "collector.log").read_text()
    found = spans_in(bodies)
    assert {span["traceId"] for span in found} == {TRACE}
    by_id = {span["spanId"]: span for span in found}
    above = {span["name"]: by_id[span["parentSpanId"]]["name"] for span in found if span["parentSpanId"] in by_id}
    root = "POST /v1/chat/completions"
    assert next(span["parentSpanId"] for span in found if span["name"] == root) == PARENT
    served = next(specialist.served_model for specialist in plan.specialists if specialist.name == "swe")
    stages = ("route", "call", "score", "arbitrate", "safety", "respond", "settle")
    assert above == {f"chat {served}": "call", **dict.fromkeys(stages, root)}
    known = {attribute.name for form in SPANS for attribute in form.attributes}
    assert {attribute["key"] for span in found for attribute in span.get("attributes", ())} <= known
    assert bodies[0]["resourceSpans"][0]["schemaUrl"] == SCHEMA_URL
    assert (heads[0]["dd-api-key"], heads[0]["x-cost"]) == ("word", "$5 ${env:HOME}")
    assert "otelcol_receiver_accepted_spans" in shown


@pytest.mark.parametrize("name", ["compose/collector.yaml", "kubernetes/base/collector-config.yaml"])
def test_no_secret_is_written_into_the_config(name: str) -> None:
    assert "${env:DATADOG_KEY}" in emitted(collected())[name]
