"""Configs of the public package for tests: its keys, with values it accepts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TIERS = Path(__file__).parent / "tiers"

ENGINE: Mapping[str, Any] = {
    "backend": "vllm",
    "gpu": 0,
    "gpu_ids": [0, 1],
    "gpu_memory_utilization": 0.5,
    "max_model_len": 2048,
    "quantization": "awq",
    "enforce_eager": True,
    "tensor_parallel_size": 2,
    "pipeline_parallel_size": 1,
    "host": "gpu-7.example.org",
    "scheme": "https",
    "endpoint_override": "https://llm.example.org/v1/chat/completions",
    "models_url_override": "https://llm.example.org/v1/models",
    "mlflow_tracking_uri": "http://mlflow:5000",
}
WHOLE: Mapping[str, Any] = {
    "aua": {"version": "1.2", "mode": "local", "backend": "vllm", "project_name": "shop"},
    "specialists": [
        {"name": "swe", "model": "Qwen/Qwen2.5-Coder-7B-Instruct-AWQ", "port": 9001, "field": "software_engineering", **ENGINE},
        {"name": "surg", "model": "acme/unknown@v1", "port": 9002, "field": "surgery", **ENGINE},
        {"name": "talk", "model": "qwen2.5:7b", "port": 11434, "field": "general", **ENGINE, "backend": "ollama"},
    ],
    "arbiter": {"model": "Qwen/Qwen2.5-3B-Instruct-AWQ", "port": 9003, **ENGINE},
    "router": {
        "port": 8000,
        "host": "127.0.0.1",
        "single_domain_threshold": 0.75,
        "fanout_threshold": 0.3,
        "specialist_timeout": 60.0,
        "arbitration_mode": "vcg",
        "tau": 0.8,
        "cors_origins": ["https://a.example.org"],
        "retry": {"max_retries": 3, "base_delay_ms": 200, "max_delay_ms": 5000, "jitter": True, "retryable_status_codes": [429, 502]},
        "circuit_breaker": {
            "enabled": True,
            "failure_threshold": 5,
            "failure_window_s": 60.0,
            "recovery_timeout_s": 30.0,
            "success_threshold": 2,
        },
    },
    "blue_green": {
        "swe": {
            "delta": 0.025,
            "T_min": 10,
            "tau": 0.2,
            "regression_dataset": "evals/coding.yaml",
            "regression_block": True,
            "shadow_endpoint": "http://green:9011/v1/chat/completions",
            "shadow_min_queries": 50,
        }
    },
    "logging": {"level": "INFO", "format": "%(message)s"},
    "secrets": {"provider": "vault", "region": "us-east-1", "url": "http://vault:8200", "token_env": "VAULT_TOKEN"},
    "state": {"backend": "sqlite", "path": ".aua/state/aua.db"},
    "security": {
        "cors_origins": ["https://b.example.org"],
        "mtls": {"key_file": "certs/key.pem", "cert_file": "certs/cert.pem"},
        "encryption": {"enabled": True},
        "auth_enabled": True,
        "token_secret_env": "AUA_TOKEN_SECRET",
        "token_expiry_days": 30,
    },
    "plugins": {"utility_scorer": {"import_path": "mine:Scorer", "config": {"risk": {"weight": 0.7}}}},
    "hooks": [{"hook_point": "pre_query", "import_path": "mine:Hook", "fail_closed": True}],
    "middleware": ["mine:First", {"import_path": "mine:Second", "config": {"a": 1}}],
    "experiment_tracking": {"enabled": True, "mlflow": {"tracking_uri": "mlruns"}, "wandb": {"tags": ["a"]}},
}
"""Every key that the package has."""


def leaf_paths(value: Any, path: str = "") -> Iterator[str]:
    """Every path of plain data that has a value and no keys below it."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaf_paths(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, item in enumerate(value):
            yield from leaf_paths(item, f"{path}[{index}]")
    else:
        yield path
