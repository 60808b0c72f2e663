"""Every key of the package's config: how it was read there, and what becomes of it here. `foreign.translate` decides where it depends."""

from collections.abc import Mapping
from typing import Literal

from aua_compile.frozen import dataclass

Fate = Literal["taken", "changed", "impossible", "unavailable", "ignored", "unknown"]
Read = Literal["text", "integer", "number", "boolean", "texts", "integers", "anything"]

FATES: Mapping[Fate, str] = {
    "taken": "taken over",
    "changed": "taken over, with another meaning here",
    "impossible": "could not work there",
    "unavailable": "not available in this version",
    "ignored": "had no effect there",
    "unknown": "not a key of the package",
}
"""What can become of a key, in words."""

VERSIONS = ("0.5", "0.6", "0.7", "0.8", "0.9", "1.0", "1.1", "1.2")
"""What `aua.version` says in files whose keys are known."""

NOWHERE = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A key of the package. `here` is the key that takes its place, `note` what was different there.

    With `whole`, it stands for all that lies below it.
    """

    fate: Fate
    here: str = NOWHERE
    note: str = ""
    read: Read = "text"
    whole: bool = False


_GPU_ENGINE = {
    "backend": Known("taken", "backend"),
    "gpu": Known("taken", "gpus", read="integer"),
    "gpu_ids": Known("taken", "gpus", read="integers"),
    "gpu_memory_utilization": Known("taken", "memory", read="number"),
    "max_model_len": Known("taken", "context", read="integer"),
    "quantization": Known("taken", "model"),
    "enforce_eager": Known(
        "unavailable",
        note="Whether CUDA graphs are captured is the planner's to decide here: it leaves them out where they would not fit.",
        read="boolean",
    ),
    "tensor_parallel_size": Known("taken", "tensor_parallel", read="integer"),
    "pipeline_parallel_size": Known("ignored", note="1 is the only number of pipeline stages here too.", read="integer"),
    "host": Known("changed", "host"),
    "scheme": Known("taken", "scheme"),
    "endpoint_override": Known("changed", "backend"),
    "models_url_override": Known(
        "unavailable", note="Which address says that a server is ready follows from the kind of its backend here."
    ),
    "mlflow_tracking_uri": Known("unavailable", note="Models come from Hugging Face or Ollama's library in this version."),
}

_BLUE_GREEN = "Promotion of a second version of a model is not available in this version."
_RATES = "Which answers are asked for again is fixed here: refused connections, 429, 502, 503 and 504, while no byte has come."
_EXTENSION = "Code of your own inside the router is not available in this version."

KEYS: Mapping[str, Known] = {
    "aua.version": Known(
        "changed", "config_version", "the package's release, which was only shown; here it is the version of this language."
    ),
    "aua.mode": Known("ignored", note="The package only showed it. Here compose and Kubernetes are written side by side; see `targets`."),
    "aua.backend": Known("changed", "specialists.backend", "the default of every model there; here each says its own."),
    "aua.project_name": Known("changed", "project.name", "accepted there and read nowhere; here it names services and volumes."),
    "specialists[].name": Known("taken", "name"),
    "specialists[].model": Known("taken", "model"),
    "specialists[].port": Known("taken", "port", read="integer"),
    "specialists[].field": Known("taken", "field"),
    **{f"specialists[].{key}": known for key, known in _GPU_ENGINE.items()},
    "arbiter.model": Known("taken", "model"),
    "arbiter.port": Known("taken", "port", read="integer"),
    **{f"arbiter.{key}": known for key, known in _GPU_ENGINE.items()},
    "router.port": Known("taken", "api.port", read="integer"),
    "router.host": Known("taken", "api.host"),
    "router.single_domain_threshold": Known("taken", "routing.single_threshold", read="number"),
    "router.fanout_threshold": Known("taken", "routing.fanout_threshold", read="number"),
    "router.specialist_timeout": Known("taken", "resilience.timeouts.total", read="number"),
    "router.arbitration_mode": Known("taken", "arbiter.mode"),
    "router.tau": Known("unavailable", note="Probabilities of fields are calibrated here and not sharpened afterwards.", read="number"),
    "router.retry.max_retries": Known("taken", "resilience.retry.max", read="integer"),
    "router.retry.base_delay_ms": Known("taken", "resilience.retry.base", read="number"),
    "router.retry.max_delay_ms": Known("taken", "resilience.retry.cap", read="number"),
    "router.retry.jitter": Known("unavailable", note="Waits between repeats always vary here.", read="boolean"),
    "router.retry.retryable_status_codes": Known("unavailable", note=_RATES, read="integers"),
    "router.circuit_breaker.enabled": Known(
        "unavailable", note="A breaker cannot be switched off here; a high `threshold` comes close.", read="boolean"
    ),
    "router.circuit_breaker.failure_threshold": Known(
        "changed",
        "resilience.breaker.threshold",
        "failures within `failure_window_s` there; here failures in a row, beside a share of the latest calls.",
        read="integer",
    ),
    "router.circuit_breaker.failure_window_s": Known(
        "unavailable", note="Windows are counted in calls here: `resilience.breaker.window`.", read="number"
    ),
    "router.circuit_breaker.recovery_timeout_s": Known("taken", "resilience.breaker.recovery_s", read="number"),
    "router.circuit_breaker.success_threshold": Known("unavailable", note="One probe that succeeds closes a breaker here.", read="integer"),
    "router.cors_origins": Known("taken", "api.cors_origins", read="texts"),
    "blue_green.*.delta": Known("unavailable", note=_BLUE_GREEN, read="number"),
    "blue_green.*.T_min": Known("unavailable", note=_BLUE_GREEN, read="integer"),
    "blue_green.*.tau": Known("unavailable", note=_BLUE_GREEN, read="number"),
    "blue_green.*.regression_dataset": Known("unavailable", note=_BLUE_GREEN),
    "blue_green.*.regression_block": Known("unavailable", note=_BLUE_GREEN, read="boolean"),
    "blue_green.*.shadow_endpoint": Known("unavailable", note=_BLUE_GREEN),
    "blue_green.*.shadow_min_queries": Known("unavailable", note=_BLUE_GREEN, read="integer"),
    "logging.level": Known(
        "changed", "observability.logging.level", "the web server's level there; here that of everything the router logs."
    ),
    "logging.format": Known("ignored", note="Here logs are JSON, or text with `observability.logging.format: text`."),
    "secrets.provider": Known("unavailable", note="Secrets come from environment variables in this version."),
    "secrets.region": Known("unavailable", note="Secrets come from environment variables in this version."),
    "secrets.url": Known("unavailable", note="Secrets come from environment variables in this version."),
    "secrets.token_env": Known("unavailable", note="Secrets come from environment variables in this version."),
    "state.backend": Known("taken", "state.backend"),
    "state.path": Known(
        "changed",
        "state.path",
        "only what checked tokens looked at it there, the rest went to .aua/state/aua.db; here it is where the router records.",
    ),
    "security.cors_origins": Known("taken", "api.cors_origins", read="texts"),
    "security.mtls": Known("unavailable", note="TLS of the router is not available in this version; put a proxy before it.", whole=True),
    "security.encryption": Known(
        "ignored", note="Nothing there read it, so nothing was encrypted; here state is not encrypted either.", whole=True
    ),
    "security.auth_enabled": Known("changed", "api.api_key_secret", read="boolean"),
    "security.token_secret_env": Known(
        "unavailable",
        note="It signed tokens there. Here there are no tokens, and clients send one key: never hand them the value that signed tokens.",
    ),
    "security.token_expiry_days": Known("unavailable", note="There are no tokens with an end in this version.", read="integer"),
    "plugins": Known("unavailable", note=_EXTENSION, whole=True),
    "hooks": Known("unavailable", note=_EXTENSION, whole=True),
    "middleware": Known("unavailable", note=_EXTENSION, whole=True),
    "experiment_tracking": Known(
        "unavailable", note="MLflow and W&B are not written to; Prometheus reads the router's metrics.", whole=True
    ),
}
"""Path with `[]` for entries of a list and `*` for names of the user's choice -> the key."""
