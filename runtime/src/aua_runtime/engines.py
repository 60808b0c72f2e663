"""What differs on the wire between servers that all speak OpenAI's chat API. One line per kind; a specialist names its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Engine:
    """A kind of model server.

    `health_path` lies beside `/v1` and answers with a status below 500 once calls can be answered. `log_probabilities` are the fields
    that ask for the probability of each token of the answer; empty where they may be refused. `loading` is the type of the error with
    which a server says that its model is not loaded yet, where it listens that early.
    """

    name: str
    health_path: str
    log_probabilities: Mapping[str, Any] = field(default_factory=dict)
    loading: str = ""


VLLM = Engine("vllm", "/health", {"logprobs": True})
"""`/health` is 503 once the engine has died; it listens only when the model is loaded. From vllm 0.33.0, entrypoints/."""

SGLANG = Engine("sglang", "/health", {"logprobs": True})
"""`/health` is 503 while it starts and while it stops, and generates nothing. From sgl-project/sglang, srt/entrypoints/http_server.py."""

LLAMACPP = Engine("llamacpp", "/health", {"logprobs": True, "top_logprobs": 1}, loading="unavailable_error")
"""It answers 503 of this type while the model loads. Without `top_logprobs` it lists 20 alternatives of each token, with 0 no probability
at all; with tools in a stream it refuses `logprobs`, which the router asks for in whole answers only. From ggml-org/llama.cpp,
tools/server."""

OLLAMA = Engine("ollama", "/api/version", {"logprobs": True})
"""It listens at once and loads a model with the first call for it; its version answers without loading one. A prompt longer than the
context is cut without a word, and fields that it does not know are ignored. From ollama 0.35.1: server/, openai/,
docs/api/openai-compatibility."""

OPENAI = Engine("openai", "/v1/models")
"""Any other server or service. Reasoning models of OpenAI's refuse `logprobs`, and the client would get that refusal: it is not asked."""

OPENAI_WITH_LOG_PROBABILITIES = Engine("openai", "/v1/models", {"logprobs": True})
"""One of which the config says that its model gives them."""

ENGINES = (VLLM, SGLANG, LLAMACPP, OLLAMA, OPENAI, OPENAI_WITH_LOG_PROBABILITIES)
