"""Where a running deployment tells of its memory: logs of containers, files, metrics, Ollama's list of loaded models, nvidia-smi.

All of them are read only, within a time, and each may be missing: what is not there is told, and not measured.
"""

import http.client
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aua_runtime.doctor.web import answered_text, asked

TIMEOUT_S = 20.0
NVIDIA_SMI = ("nvidia-smi", "--query-gpu=index,memory.used,memory.total", "--format=csv,noheader,nounits")
SERVICE = "com.docker.compose.service"
PROJECT = "com.docker.compose.project"

_CACHE = re.compile(r"^vllm:cache_config_info\{(?P<labels>.*)\} ", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class UnreadableError(Exception):
    """A log that was named cannot be read; the message says why."""


@contextmanager
def opened(name: str) -> Iterator[Iterator[str]]:
    """The lines of a file, or with `-` of standard input; bytes that are no text are replaced."""
    if name == "-":
        yield iter(sys.stdin)
        return
    try:
        with Path(name).open(encoding="utf-8", errors="replace") as file:
            yield iter(file)
    except OSError as error:
        raise UnreadableError(f"{name}: {error.strerror or type(error).__name__}") from None


@contextmanager
def container_log(service: str, project: str) -> Iterator[Iterator[str] | None]:
    """The lines that the container of a compose service wrote; None where there is no Docker, or no such container."""
    container = _container(service, project)
    if container is None:
        yield None
        return
    words = ("docker", "logs", container)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        try:
            yield iter(process.stdout or ())
        finally:
            process.kill()


def _container(service: str, project: str) -> str | None:
    if shutil.which("docker") is None:
        return None
    filters = (f"label={SERVICE}={service}", f"label={PROJECT}={project}")
    words = ("docker", "ps", "--all", "--latest", "--no-trunc", "--quiet", *(word for one in filters for word in ("--filter", one)))
    told = _output(words)
    return told.split()[0] if told and told.split() else None


def _output(words: tuple[str, ...]) -> str | None:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def used_gib() -> Mapping[int, float] | None:
    """What is in use of each NVIDIA device, by whomever; None where nvidia-smi does not say."""
    if shutil.which(NVIDIA_SMI[0]) is None:
        return None
    told = _output(NVIDIA_SMI)
    return None if told is None else used_of(told)


def used_of(told: str) -> Mapping[int, float]:
    """Device -> GiB, of nvidia-smi's lines.

    >>> used_of("0, 22206, 24564")
    {0: 21.685546875}
    """
    found = {}
    for line in told.splitlines():
        device, used, *_ = (*(part.strip() for part in line.split(",")), "", "")
        if device.isdigit() and used.isdigit():
            found[int(device)] = int(used) / 1024
    return found


def cache_tokens(metrics: str) -> int | None:
    """The tokens of vLLM's cache, of its metrics: a label of its own since 0.23, before that blocks times their size.

    >>> cache_tokens('vllm:cache_config_info{block_size="16",num_gpu_blocks="100"} 1.0')
    1600
    """
    found = _CACHE.search(metrics)
    labels = dict(_LABEL.findall(found["labels"])) if found else {}
    if labels.get("kv_cache_size_tokens", "").isdigit():
        return int(labels["kv_cache_size_tokens"])
    size, blocks = labels.get("block_size", ""), labels.get("num_gpu_blocks", "")
    return int(size) * int(blocks) if size.isdigit() and blocks.isdigit() and int(blocks) else None


def metrics_text(port: int, path: str) -> str | None:
    """An engine's metrics; None where it does not answer on this machine."""
    return answered_text(f"http://127.0.0.1:{port}", path)


def loaded_gib(port: int) -> Mapping[str, tuple[float, float]] | None:
    """Ollama's loaded models by name: GiB on devices, and GiB in all. None where it does not answer."""
    told = asked(f"http://127.0.0.1:{port}", "/api/ps")
    if told is None or told.status != http.client.OK or not isinstance(told.data, dict):
        return None
    return loaded_of(told.data)


def loaded_of(data: Mapping[str, Any]) -> Mapping[str, tuple[float, float]]:
    """Name -> (GiB on devices, GiB in all), of what /api/ps says."""
    found: dict[str, tuple[float, float]] = {}
    for model in data.get("models") or ():
        match model:
            case {"name": str(name), "size": int(size), "size_vram": int(on_device)}:
                found[name.removesuffix(":latest")] = (on_device / 2**30, size / 2**30)
            case _:
                continue
    return found
