"""What engines say of their memory in the words of each release, and what the doctor makes of it against a plan."""

import io
import json
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aua_runtime.cli import main
from aua_runtime.doctor.placement import Report, report
from aua_runtime.doctor.placement.comparison import terms_of
from aua_runtime.doctor.placement.lines import LINES
from aua_runtime.doctor.placement.log import Reading, reading
from aua_runtime.doctor.placement.sources import cache_tokens, loaded_of, used_of
from hypothesis import given
from hypothesis import strategies as st

LOGS = Path(__file__).with_name("logs")
"""In the words of each release; the numbers are made up to go with the plan below, or are taken from what was logged."""

V0_63 = (LOGS / "vllm-0.6.3.log").read_text()
V0_73 = (LOGS / "vllm-0.7.3.log").read_text()
V1_85 = (LOGS / "vllm-0.8.5.log").read_text()
V1_11 = (LOGS / "vllm-0.11.0.log").read_text()
V1_19 = (LOGS / "vllm-0.19.0.log").read_text()
V1_29 = (LOGS / "vllm-0.29.0.log").read_text()
LLAMACPP = (LOGS / "llamacpp-b7000.log").read_text()
LLAMACPP_B2900 = (LOGS / "llamacpp-b2900.log").read_text()
OLLAMA = (LOGS / "ollama-0.15.2.log").read_text()
MIB = 1 / 1024


def read(engine: Any, log: str, devices: int = 1) -> Reading:
    return reading(engine, log.splitlines(keepends=True), devices)


@pytest.mark.parametrize(
    ("log", "version", "gib", "tokens", "total_gib"),
    [
        (V0_63, "0.6.3.post1", {"weights": 14.2716}, 446320, None),
        (
            V0_73,
            "0.7.3",
            {"weights": 2.88, "non_torch": 0.05, "activation": 1.40, "kv_pool": 15.52, "cuda_graphs": 0.17},
            581312,
            22.06,
        ),
        (V1_85, "0.8.5.post1", {"weights": 14.2488, "cuda_graphs": 0.52}, 1096000, None),
        (V1_11, "0.11.0", {"weights": 14.9889, "kv_pool": 51.38, "cuda_graphs": 0.31}, 420896, None),
        (
            V1_19,
            "0.19.0",
            {"weights": 12.66, "activation": 2.21, "non_torch": 0.25, "cuda_graphs": 0.11, "kv_pool": 5.38},
            396928,
            23.55,
        ),
        (
            V1_29,
            "0.29.0",
            {"weights": 39.06, "activation": 4.04, "non_torch": 0.92, "cuda_graphs": 1.2, "kv_pool": 81.79},
            7228559,
            139.8,
        ),
    ],
    ids=["0.6.3", "0.7.3", "0.8.5", "0.11.0", "0.19.0", "0.29.0"],
)
def test_the_words_of_each_release_of_vllm_are_read(
    log: str, version: str, gib: Mapping[str, float], tokens: int, total_gib: float | None
) -> None:
    found = read("vllm", log)
    assert found.version == version
    assert found.gib == pytest.approx(gib, abs=0.005)
    assert found.tokens == tokens
    assert found.total_gib == total_gib


def test_every_wording_of_vllm_but_the_debug_one_is_in_one_of_these_logs() -> None:
    logs = [line for path in LOGS.glob("vllm-*.log") for line in path.read_text().splitlines()]
    unread = [line.releases for line in LINES["vllm"] if not any(line.pattern.search(text) for text in logs)]
    assert unread == ["0.7 to 0.8", "since 0.8, debug"]


def test_a_debug_log_has_the_terms_in_a_line_of_their_own() -> None:
    said = (
        "DEBUG 02-03 04:43:50 [gpu_worker.py:284] Memory profiling takes 5.33 seconds. Total non KV cache memory: 17.13GiB; "
        "torch peak memory increase: 1.89GiB; non-torch forward increase memory: 0.25GiB; weights memory: 14.99GiB.\n"
    )
    assert read("vllm", said).gib == {"activation": 1.89, "non_torch": 0.25, "weights": 14.99}


def test_the_buffers_of_llamacpp_on_devices_are_summed_by_term() -> None:
    found = read("llamacpp", LLAMACPP)
    assert found.gib == pytest.approx({"weights": 4168.09 * MIB, "kv_pool": 448 * MIB, "activation": 304 * MIB})
    assert found.tokens == 8192


def test_buffers_on_two_devices_are_told_as_their_mean() -> None:
    second = LLAMACPP + "".join(line.replace("CUDA0", "CUDA1") + "\n" for line in LLAMACPP.splitlines() if "CUDA0" in line)
    assert read("llamacpp", second, devices=2).gib == pytest.approx(read("llamacpp", LLAMACPP).gib)


def test_without_a_gpu_the_buffers_on_the_host_count() -> None:
    on_host = "".join(line + "\n" for line in LLAMACPP.splitlines() if "CUDA" not in line)
    assert read("llamacpp", on_host).gib == {"weights": pytest.approx(292.36 * MIB)}


def test_an_old_llamacpp_names_its_buffers_otherwise() -> None:
    assert read("llamacpp", LLAMACPP_B2900).gib == pytest.approx({"weights": 4403.49 * MIB, "kv_pool": 64 * MIB, "activation": 258.5 * MIB})


def test_two_caches_of_one_device_are_added_and_a_buffer_that_is_reserved_again_is_not() -> None:
    log = (
        LLAMACPP
        + "llama_kv_cache:      CUDA0 KV buffer size =   100.00 MiB\nsched_reserve:      CUDA0 compute buffer size =   200.00 MiB\n"
    )
    assert read("llamacpp", log).gib == pytest.approx({"weights": 4168.09 * MIB, "kv_pool": 548 * MIB, "activation": 200 * MIB})


def test_the_words_of_ollama_are_read() -> None:
    found = read("ollama", OLLAMA)
    assert found.gib == pytest.approx({"weights": 4.1, "kv_pool": 1.8, "activation": 0.5})
    assert found.version == "0.15.2"


SGLANG = """\
[2026-11-21 20:00:00] server_args=ServerArgs(model_path='Qwen/Qwen2.5-Coder-14B-Instruct-AWQ')
[2026-11-21 20:00:10 TP0] Load weight end. elapsed=9.80 s, type=Qwen2ForCausalLM, quant=awq_marlin, avail mem=17.01 GB, mem usage=4.71 GB.
[2026-11-21 20:00:30 TP0] max_total_num_tokens=128372, chunked_prefill_size=2048, max_prefill_tokens=16384, max_running_requests=48
"""
"""Made from the words in its 0.5.23 wheel: no log of that release was at hand."""


def test_the_words_of_sglang_are_read() -> None:
    found = read("sglang", SGLANG)
    assert (found.gib, found.tokens) == ({"weights": 4.71}, 128372)
    refused = "Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.2."
    assert read("sglang", f"{SGLANG}ValueError: {refused}\n").refused == refused


@pytest.mark.parametrize(("engine", "log"), [("vllm", V1_19), ("vllm", V0_73), ("llamacpp", LLAMACPP), ("ollama", OLLAMA)])
def test_a_log_of_several_starts_tells_of_the_last(engine: str, log: str) -> None:
    assert read(engine, V1_11 + log + log) == read(engine, log)


@pytest.mark.parametrize(
    "words",
    [
        "To serve at least one request with the models's max seq len (131072), (24.00 GiB KV cache is needed, which is larger than 10.91",
        "To serve at least one request with the model's max seq len (700160), 6.11 GiB KV cache is needed",
        "No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine.",
        "Free memory on device (20.1/23.55 GiB) on startup is less than desired GPU memory utilization (0.92, 21.67 GiB).",
    ],
)
def test_an_engine_that_refuses_to_start_says_why(words: str) -> None:
    assert read("vllm", f"(EngineCore pid=7) ERROR 07-03 14:17:08 [core.py:515] ValueError: {words}\n").refused == words


@given(st.lists(st.text(max_size=200), max_size=20))
def test_any_text_is_read_without_a_fault(lines: list[str]) -> None:
    for engine in ("vllm", "llamacpp", "ollama"):
        reading(engine, lines)


@pytest.mark.parametrize(
    ("labels", "tokens"),
    [
        ('block_size="16",num_gpu_blocks="27895",cache_dtype="auto"', 446320),
        ('block_size="1568",kv_cache_size_tokens="66901",num_gpu_blocks="49"', 66901),
        ('block_size="16",kv_cache_size_tokens="None",num_gpu_blocks="0"', None),
        ('block_size="16",num_gpu_blocks="None"', None),
    ],
)
def test_the_cache_is_read_from_the_metrics_of_vllm(labels: str, tokens: int | None) -> None:
    text = f"# TYPE vllm:cache_config_info gauge\nvllm:cache_config_info{{{labels}}} 1.0\nvllm:num_requests_running 0\n"
    assert cache_tokens(text) == tokens
    assert cache_tokens("process_cpu_seconds_total 1\n") is None


def test_what_ollama_has_loaded_and_what_is_in_use_are_read() -> None:
    said = {
        "models": [
            {"name": "qwen2.5:7b", "size": 6 << 30, "size_vram": 5 << 30},
            {"name": 3},
            {"name": "x:latest", "size": 0, "size_vram": 0},
        ]
    }
    assert loaded_of(said) == {"qwen2.5:7b": (5.0, 6.0), "x": (0.0, 0.0)}
    assert used_of("0, 22206, 24564\n1, [N/A], 24564\nrubbish\n") == {0: 22206 / 1024}


# The command


def plan(engine: str = "vllm", **changes: Any) -> dict[str, Any]:
    entry = {
        "instance": "swe",
        "service": "swe",
        "weights_gib": 12.7,
        "activation_gib": 2.2,
        "non_torch_gib": 0.25,
        "cuda_graphs_gib": 0.1,
        "kv_pool_gib": 4.9,
        "margin_gib": 0.5,
        "context_gib": 0.5,
    }
    instance = {
        "name": "swe",
        "engine": engine,
        "engine_version": "0.19.0",
        "devices": [0],
        "models": [{"model": "qwen-14b-fp8", "repository": "acme/qwen"}],
        "port": 1,  # nobody listens there
        "metrics_path": "/metrics",
        "command": ["acme/qwen", "--max-model-len", "8192", "--max-num-seqs", "64", "--max-num-batched-tokens", "2048"],
        "context_tokens": 8192,
        "max_num_seqs": 64,
        "tensor_parallel": 1,
        "gpu_memory_utilization": 0.9,
    }
    return {
        "project": {"name": "shop"},
        "digests": {"plan": "0" * 64},
        "hardware": {"engines_run": "container", "accelerators": 1, "vendor": "nvidia"},
        "instances": [instance],
        "ledgers": [
            {"device": 0, "accelerator": "rtx-4090", "total_gib": 23.55, "free_gib": 2.4, "confidence": "extrapolated", "entries": [entry]}
        ],
        "estimates": [{"specialist": "swe", "worst_case_concurrency": 44.0}],
        "specialists": [{"name": "swe", "served_model": "qwen2.5:14b"}],
        "arbiter": None,
        **changes,
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan and a log; no tools of the machine are found but those that a test puts into `bin`."""
    (tmp_path / "plan.json").write_text(json.dumps(plan()))
    (tmp_path / "swe.log").write_text(V1_19)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def doctor(*words: str) -> int:
    return main(["doctor", "--placement", *words])


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)


def test_terms_within_their_bands_are_as_predicted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(str(folder), "--log", f"swe={folder}/swe.log") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "weights 12.70 12.66 -0.04 -0.3%" in said
    assert "KV pool 5.40 5.38 -0.02 -0.4%" in said
    assert "KV tokens 397,228 396,928 -300 -0.1%" in said
    assert "as predicted" in said


def test_a_term_beyond_its_band_is_named_and_told_by_the_exit_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "swe.log").write_text(V1_19.replace("5.38 GiB", "3.38 GiB"))
    assert doctor(str(folder), "--log", f"swe={folder}/swe.log") == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "-2.02 -37.4% beyond 0.50" in said
    assert "1 differ by more than their band: KV pool of swe" in said


def test_a_log_comes_from_standard_input_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(V1_19))
    assert doctor("--plan", str(folder / "plan.json"), "--log", "swe=-") == 0


def test_the_logs_of_containers_are_read_where_docker_has_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tool(folder, "docker", f'case "$1" in ps) echo 5f5f ;; logs) /bin/cat "{folder}/swe.log" >&2 ;; esac')
    assert doctor(str(folder)) == 0
    assert "read from docker logs" in capsys.readouterr().out


def test_what_is_in_use_of_a_device_is_compared_with_all_that_lies_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tool(folder, "nvidia-smi", "echo '0, 21700, 24564'")
    assert doctor(str(folder)) == 0
    assert "device 0, rtx-4090 21.15 21.19 +0.04" in " ".join(capsys.readouterr().out.split())
    tool(folder, "nvidia-smi", "echo '0, 24000, 24564'")
    assert doctor(str(folder)) == 1


@pytest.mark.parametrize("broken", ["exit 1", "echo nonsense", "echo 0, x, y"])
def test_tools_that_fail_are_as_if_they_were_not_there(folder: Path, broken: str) -> None:
    tool(folder, "nvidia-smi", broken)
    tool(folder, "docker", broken if broken == "exit 1" else "echo")
    assert doctor(str(folder)) == 4


def test_where_nothing_can_be_read_it_says_what_to_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(str(folder)) == 4
    said = capsys.readouterr().out
    assert "name its log with --log swe=FILE" in said
    assert "nothing could be measured here" in said


def test_a_log_without_a_known_line_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "swe.log").write_bytes(b"hello\xff\x00\n")
    assert doctor(str(folder), "--log", f"swe={folder}/swe.log") == 4
    assert "holds no line about memory that is known of vllm" in capsys.readouterr().out


def test_an_engine_that_did_not_start_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "swe.log").write_text("ValueError: No available memory for the cache blocks. Try something.\n")
    assert doctor(str(folder), "--log", f"swe={folder}/swe.log") == 1
    assert "It did not start: No available memory" in capsys.readouterr().out


def test_another_release_than_the_planned_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "swe.log").write_text(V1_19.replace("0.19.0", "0.18.1"))
    assert doctor(str(folder), "--log", f"swe={folder}/swe.log") == 0
    assert "vllm 0.18.1 runs; the plan is for 0.19.0" in capsys.readouterr().out


def test_json_has_every_figure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(str(folder), "--json", "--log", f"swe={folder}/swe.log") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is said["measured"] is True
    (instance,) = said["instances"]
    assert instance["version"] == "0.19.0"
    assert {term["name"] for term in instance["terms"]} == {"weights", "activation", "outside torch", "CUDA graphs", "KV pool", "KV tokens"}
    assert all(term["difference"] == pytest.approx(term["measured"] - term["predicted"]) for term in instance["terms"])


def test_a_row_for_the_score_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yaml = pytest.importorskip("yaml")
    assert doctor(str(folder), "--as-datapoint", "--log", f"swe={folder}/swe.log") == 0
    (row,) = yaml.safe_load("rows:\n" + capsys.readouterr().out)["rows"]
    assert (row["model"], row["vllm"], row["card"], row["total_gib"]) == ("qwen-14b-fp8", "0.19.0", "rtx-4090", 23.55)
    assert (row["weights_gib"], row["activation_gib"], row["non_torch_gib"], row["kv_gib"], row["kv_tokens"]) == (
        12.66,
        2.21,
        0.25,
        5.38,
        396928,
    )
    assert (row["max_num_seqs"], row["max_model_len"], row["eager"], row["fits"]) == (64, 8192, False, True)


def test_without_a_pool_there_is_no_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "swe.log").write_text(V0_63)
    assert doctor(str(folder), "--as-datapoint", "--log", f"swe={folder}/swe.log") == 4
    assert "No vLLM engine told" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Name the folder"),
        (("{folder}", "--plan", "{folder}/plan.json"), "Name the folder"),
        (("{folder}/nowhere",), "There is no plan"),
        (("--plan", "{folder}/nowhere.json"), "There is no plan"),
        (("--plan", "{folder}/swe.log"), "is not JSON"),
        (("--plan", "{folder}/list.json"), "is not a plan"),
        (("--plan", "{folder}/odd.json"), "is not as `aua compile` writes it"),
        (("{folder}", "--log", "swe"), "write NAME=FILE"),
        (("{folder}", "--log", "swe="), "write NAME=FILE"),
        (("{folder}", "--log", "chat=x.log"), "the plan starts no `chat`; it starts swe"),
        (("{folder}", "--log", "swe={folder}/nowhere.log"), "No such file"),
        (("{folder}", "--log", "swe={folder}"), "Is a directory"),
        (("{folder}", "--log", "swe=-", "--log", "swe=-"), "said twice"),
    ],
)
def test_wrong_words_are_told_with_what_is_right(
    folder: Path, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "list.json").write_text("[]")
    (folder / "odd.json").write_text(json.dumps(dict.fromkeys(plan(), 1)))
    assert doctor(*(word.format(folder=folder) for word in words)) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("--plan", "plan.json"), (".", "--log", "swe=-"), (".", "--as-datapoint"), (".", "--no-ask")])
def test_what_belongs_to_placement_is_refused_without_it(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *words])
    assert ended.value.code == 2


def test_a_plan_that_starts_nothing_has_nothing_to_measure() -> None:
    made = report(plan(instances=[], ledgers=[], estimates=[]), {}, ask=False)
    assert (made.ok, made.measured, made.instances) == (False, False, ())


def test_an_engine_that_is_told_its_pool_makes_nothing_of_the_margin() -> None:
    told = plan()
    told["instances"][0]["kv_cache_bytes"] = 5 << 30
    read = Reading({"kv_pool": 4.9}, tokens=360448)
    assert [(term.predicted, term.within) for term in terms_of(told, told["instances"][0], read)] == [(4.9, True), (360448.0, True)]
    (pool, _) = terms_of(plan(), plan()["instances"][0], read)
    assert pool.predicted == pytest.approx(5.4)


def test_stages_of_a_pipeline_are_known_by_the_fullest_and_the_least_pool() -> None:
    staged = plan()
    first = staged["ledgers"][0]
    second = {**first, "device": 1, "entries": [{**first["entries"][0], "weights_gib": 13.0, "kv_pool_gib": 4.0}]}
    staged["ledgers"].append(second)
    terms = terms_of(staged, staged["instances"][0], Reading({"weights": 13.1, "kv_pool": 4.4}))
    assert [(term.name, term.predicted) for term in terms] == [("weights", 13.0), ("KV pool", 4.5)]


@contextmanager
def serving(path: str, body: str) -> Iterator[int]:
    """A server on this machine that answers one path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == path else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        thread = threading.Thread(target=it.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield it.server_port
        finally:
            it.shutdown()
            thread.join()


def told_by(folder: Path, made: dict[str, Any], port: int) -> Report:
    made["instances"][0]["port"] = port
    (folder / "plan.json").write_text(json.dumps(made))
    return report(made, {})


def test_without_a_log_the_metrics_of_vllm_tell_its_tokens(folder: Path) -> None:
    with serving("/metrics", 'vllm:cache_config_info{block_size="16",num_gpu_blocks="24000"} 1.0\n') as port:
        made = told_by(folder, plan(), port)
    (instance,) = made.instances
    assert [(term.name, term.measured) for term in instance.terms] == [("KV tokens", 384000.0)]
    assert instance.sources == (f"metrics on port {port}",)
    assert instance.notes == ()
    assert made.ok


@pytest.mark.parametrize(("on_device", "words"), [(20.5, ()), (12.0, ("`qwen2.5:14b` has 8.50 of its 20.50 GiB on the CPU",))])
def test_ollama_tells_its_loaded_models_and_whether_they_are_on_devices(folder: Path, on_device: float, words: tuple[str, ...]) -> None:
    loaded = {"models": [{"name": "qwen2.5:14b", "size": int(20.5 * 2**30), "size_vram": int(on_device * 2**30)}]}
    with serving("/api/ps", json.dumps(loaded)) as port:
        made = told_by(folder, plan("ollama"), port)
    (instance,) = made.instances
    assert [(term.name, round(term.predicted, 2), term.measured) for term in instance.terms] == [("qwen2.5:14b", 20.65, 20.5)]
    assert [note[: len(word)] for note, word in zip(instance.notes, words, strict=True)] == list(words)
    assert made.ok == (not words)


def test_a_model_that_ollama_has_not_loaded_is_told(folder: Path) -> None:
    with serving("/api/ps", '{"models": []}') as port:
        made = told_by(folder, plan("ollama"), port)
    assert made.instances[0].notes == ("The model of `swe` is not loaded: ask it something first.",)
    assert not made.measured
