"""When an answer is withheld, and the text that precedes conversations in fields that ask for care."""

from aua_runtime.contract import metrics
from aua_runtime.request import Abstention, Answer, Request
from aua_runtime.score import UNCHECKED

NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""The usage of an abstention: no model wrote its words, and clients add up what every answer says."""


def instructed(request: Request) -> None:
    """Put the field's instruction, where it has one, before the conversation."""
    field = request.route.field if request.route is not None else None
    if field is not None and field.instruction is not None:
        body = request.body
        if request.operation == "completions":
            prompt = body["prompt"]
            more: str | list[str] = (
                f"{field.instruction}\n\n{prompt}" if isinstance(prompt, str) else [f"{field.instruction}\n\n{text}" for text in prompt]
            )
            request.body = {**body, "prompt": more}
        else:
            request.body = {**body, "messages": [{"role": "system", "content": field.instruction}, *body["messages"]]}


def sureness(request: Request, answer: Answer) -> float:
    """How sure the router may be of an answer, 0 to 1: the confidence C of its score.

    Where nothing is known of C, how sure the classifier was of the field times how the answer's efficacy compares with that of one about
    which nothing is known.
    """
    assert request.route is not None
    if answer.score is None:
        return request.route.probability
    if answer.score.confidence is not None:
        return answer.score.confidence
    return request.route.probability * min(1.0, answer.score.efficacy / UNCHECKED)


def gated(request: Request, answer: Answer, abstention: str) -> Answer:
    """The answer, or an abstention where it is less sure than `safety.min_confidence_for_direct_answer`."""
    if answer.specialist is None:
        return answer
    verdict = request.verdicts[-1] if request.verdicts else None
    sure = sureness(request, answer)
    if verdict is not None and verdict.usable and verdict.by == "judge" and verdict.word != "neither":
        sure = max(sure, verdict.confidence)
    if sure < request.settings.min_confidence_for_direct_answer:
        return abstained(request, abstention, Abstention("unsure_answer", sure, request.settings.min_confidence_for_direct_answer))
    return answer


def abstained(request: Request, text: str, why: Abstention) -> Answer:
    """An answer that says that there is none. Its finish reason is the one of a whole answer: there is nothing to continue."""
    assert request.route is not None
    request.services.metrics.count(metrics.ABSTENTIONS, request.route.field_name, why.reason)
    return Answer(None, text, "stop", usage=NO_TOKENS, abstention=why)
