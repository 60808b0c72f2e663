"""A real Prometheus scrapes a running router and keeps the traces that its latencies name."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aua_runtime.contract import metrics
from harness import ask, models, says, two_fields
from tracing_sink import traced

CONFIG = "global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: router, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def test_prometheus_keeps_the_traces_that_latencies_name(tmp_path: Path) -> None:
    program = shutil.which("prometheus")
    if program is None:
        assert "AUA_REQUIRE_TOOLS" not in os.environ, "the full check needs prometheus"
        pytest.skip("there is no prometheus on this machine")

    async def inner() -> None:
        async with models(says()) as alpha, traced(two_fields(alpha, alpha), tmp_path) as it:
            trace_id = (await it.router.chat()).headers["x-aua-trace-id"]
            (tmp_path / "prometheus.yaml").write_text(CONFIG.format(port=it.router.management))
            port = free_port()
            command = (
                program,
                f"--config.file={tmp_path}/prometheus.yaml",
                f"--storage.tsdb.path={tmp_path}/data",
                f"--web.listen-address=127.0.0.1:{port}",
                "--enable-feature=exemplar-storage",
                "--log.level=error",
            )
            with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:  # noqa: ASYNC220 - it starts at once
                try:
                    assert await exemplars(port) == {trace_id}
                finally:
                    running.terminate()

    asyncio.run(asyncio.wait_for(inner(), 60))


async def exemplars(port: int) -> set[str]:
    """The traces that it has, once it has any."""
    asked = urlencode({"query": f"{metrics.QUERY_LATENCY.name}_bucket", "start": "0", "end": "4102444800"})
    while True:
        await asyncio.sleep(0.2)
        try:
            answer = await ask(port, "GET", f"/api/v1/query_exemplars?{asked}")
        except OSError:
            continue
        if answer.status == 200 and (series := json.loads(answer.body)["data"]):
            return {one["labels"]["trace_id"] for found in series for one in found["exemplars"]}
