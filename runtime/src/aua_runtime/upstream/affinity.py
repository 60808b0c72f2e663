"""What a call shares with those that should go to the same server: its session, else the beginning of its prompt."""

from typing import Any

from aua_runtime.request import Request, text_of

PREFIX_CHARACTERS = 1024
"""Of each message up to the first of the user's. Engines keep the KV cache in blocks of 16 tokens (vLLM) or by the longest common
beginning (llama.cpp, SGLang): prompts that begin alike for about 250 tokens are worth sending the same way, and a conversation keeps its
beginning in all of its turns."""


def key_of(request: Request, body: dict[str, Any]) -> bytes:
    """The key of a call with this body. A session that the client named goes before the prompt's beginning."""
    if request.session_named:
        return request.session_id.encode()
    if isinstance(prompt := body.get("prompt"), str):
        return prompt[:PREFIX_CHARACTERS].encode("utf-8", "surrogatepass")
    parts = [str(body.get("prompt", ""))[:PREFIX_CHARACTERS]]
    for message in body.get("messages") or ():
        parts.append(text_of(message)[:PREFIX_CHARACTERS])
        if message.get("role") == "user":
            break
    return "\0".join(parts).encode("utf-8", "surrogatepass")
