"""The memory that a plan predicts against what llama.cpp's own server logs at its start, read by the doctor."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compiling import aua, project
from tests.contract import tiny_model
from tests.tools import ROOT, require_module

SHAPE = (
    f"{{layers: {tiny_model.LAYERS}, hidden: {tiny_model.WIDTH}, intermediate: {tiny_model.INNER}, heads: {tiny_model.HEADS}, "
    f"kv_heads: {tiny_model.HEADS}, head_dim: {tiny_model.WIDTH // tiny_model.HEADS}, vocabulary: 354, parameters: 1000000}}"
)
CONFIG = f"""\
config_version: "1.0"
project: {{name: shop}}
tier: cpu
fields: [general]
models:
  tiny: {{id: acme/tiny-GGUF, gguf_file: tiny.gguf, quantization: q8-0, vram_gib: 0.000478, context: 2048, shape: {SHAPE}}}
specialists:
  - {{name: chat, field: general, model: tiny, backend: llamacpp, context: 2048, concurrency: 4}}
arbiter: {{enabled: false}}
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server writes until it listens: 8192 tokens in four places, as `tests/contract/llama_server.py` asks for."""
    require_module("xllamacpp")
    require_module("gguf")
    folder = tmp_path_factory.mktemp("engine")
    tiny_model.write(folder / "tiny.gguf")
    command = [sys.executable, str(ROOT / "tests" / "contract" / "llama_server.py"), str(folder / "tiny.gguf"), "4"]
    file = folder / "chat.log"
    with file.open("w") as written, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=written, text=True) as process:
        assert process.stdout is not None
        try:
            assert any(line.startswith("http://") for line in process.stdout)
        finally:
            process.terminate()
    return file


def test_a_real_start_of_llamacpp_is_read_and_its_cache_is_as_predicted(log: Path, tmp_path: Path) -> None:
    folder = project(tmp_path, CONFIG)
    compiled = aua("compile", "aua.yaml", "-o", "deploy", within=folder)
    assert compiled.returncode == 0, compiled.stderr
    done = aua("doctor", "deploy", "--placement", "--no-ask", "--json", "--log", f"chat={log}", within=folder)
    assert done.returncode == 0, done.stderr
    (instance,) = json.loads(done.stdout)["instances"]
    terms = {term["name"]: term for term in instance["terms"]}
    assert terms["KV pool"]["measured"] == pytest.approx(terms["KV pool"]["predicted"])
    assert terms["KV tokens"]["measured"] == terms["KV tokens"]["predicted"] == 8192
    assert terms["weights"]["measured"] == pytest.approx(terms["weights"]["predicted"], rel=0.03)
    assert terms["activation"]["measured"] > 0


def test_the_report_keeps_to_its_schema(log: Path, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    folder = project(tmp_path, CONFIG)
    aua("compile", "aua.yaml", "-o", "deploy", within=folder)
    schema = json.loads((ROOT / "schemas" / "placement-check.json").read_text())
    for words in (("--log", f"chat={log}"), ()):
        done = aua("doctor", "deploy", "--placement", "--no-ask", "--json", *words, within=folder)
        jsonschema.validate(json.loads(done.stdout), schema)
