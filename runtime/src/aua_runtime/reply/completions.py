"""The shapes of OpenAI's text completions."""

from typing import Any

from aua_runtime.reply.openai import OpenAIClient, as_asked, pieces_of
from aua_runtime.reply.told import told
from aua_runtime.request import Answer, Request
from aua_runtime.route import ROUTED


class CompletionsClient(OpenAIClient):
    """Speaks the shapes of OpenAI's text completions."""

    __slots__ = ()
    chunk = "text_completion"

    def shaped(self, request: Request, answer: Answer) -> dict[str, Any]:
        """A decided continuation as one document: the specialist's own, or an abstention."""
        if answer.body is not None:
            return as_asked(request, answer, answer.body)
        return {
            "id": f"cmpl-{request.id}",
            "object": "text_completion",
            "created": int(request.services.wall()),
            "model": ROUTED,
            "choices": [{"index": 0, "text": answer.text, "logprobs": None, "finish_reason": answer.finish_reason}],
            "usage": answer.usage,
            "aua": told(request, answer),
        }

    def choices(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The choice of each chunk in which that document is streamed."""
        found: list[dict[str, Any]] = []
        for position, choice in enumerate(body["choices"]):
            index = choice.get("index", position)
            *earlier, last = pieces_of(choice.get("text") or "") or [""]
            found += [{"index": index, "text": piece, "logprobs": None, "finish_reason": None} for piece in earlier]
            end = {"logprobs": choice.get("logprobs"), "finish_reason": choice.get("finish_reason") or "stop"}
            found.append({"index": index, "text": last, **end})
        return found
