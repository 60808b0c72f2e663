"""The shapes of OpenAI's text completions."""

from typing import Any

from aua_runtime.reply.openai import PIECE_CHARACTERS, OpenAIClient, as_asked
from aua_runtime.reply.told import told
from aua_runtime.request import Answer, Request
from aua_runtime.route import ROUTED
from aua_runtime.sse import frame_of


class CompletionsClient(OpenAIClient):
    """Speaks the shapes of OpenAI's text completions."""

    __slots__ = ()

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
            "aua": told(request, answer),
        }

    def chunks(self, body: dict[str, Any], *, usage: bool) -> list[bytes]:
        """That document as the chunks of a stream, ready to be sent, without the final `[DONE]`."""
        shared: dict[str, Any] = {key: body[key] for key in ("id", "created", "model", "system_fingerprint") if key in body}
        shared["object"] = "text_completion"
        frames = []
        for position, choice in enumerate(body["choices"]):
            text = choice.get("text") or ""
            for start in range(0, max(1, len(text)), PIECE_CHARACTERS):
                last = start + PIECE_CHARACTERS >= len(text)
                piece = {
                    "index": choice.get("index", position),
                    "text": text[start : start + PIECE_CHARACTERS],
                    "logprobs": choice.get("logprobs") if last else None,
                    "finish_reason": choice.get("finish_reason") or "stop" if last else None,
                }
                frames.append(frame_of({**shared, "choices": [piece]}))
        end = {**shared, "choices": [], "aua": body["aua"]}
        if usage:
            end["usage"] = body.get("usage")
        frames.append(frame_of(end))
        return frames
