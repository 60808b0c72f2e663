"""Thresholds can be reached by the numbers that are held against them."""

from collections.abc import Iterator
from math import floor

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

SURE = 1.0
FEWEST_CANDIDATES = 2


def unreachable_threshold(subject: Subject, path: str, why: str, advice: str, *, related: str = "") -> Diagnostic:
    """A threshold that no combination of checks can reach.

    What it checks: what a threshold asks for can happen. Probabilities of fields sum to 1, so two fields cannot both reach more than 0.5;
    a confidence or a probability of 1 is never reached, because each is a product of doubts.
    Why: what waits for the threshold would never run, and nothing would say so.
    Example: `routing: {single_threshold: 0.9, fanout_threshold: 0.6, max_fanout: 2}`.
    Instead: `fanout_threshold: 0.4`; or `max_fanout: 1`, which turns fan-out off.
    """
    place = subject.place(path, *([related] if related else []))
    others = subject.related("decides too", path, related, beside=place) if related else ()
    return Diagnostic("AUA0231", "error", why, place.span, place.path, advice, others)


def check(subject: Subject) -> Iterator[Diagnostic]:
    routing = subject.config.routing
    if routing.max_fanout >= FEWEST_CANDIDATES and routing.fanout_threshold > 1 / FEWEST_CANDIDATES:
        yield unreachable_threshold(
            subject,
            "routing.fanout_threshold",
            f"`routing.fanout_threshold` is {routing.fanout_threshold:g}, but probabilities sum to 1: no two fields reach more than 0.5.",
            "Give at most 0.5, or `max_fanout: 1`.",
            related="routing.max_fanout",
        )
    elif subject.says("routing.max_fanout") and routing.max_fanout * routing.fanout_threshold > 1:
        most = floor(1 / routing.fanout_threshold)
        yield unreachable_threshold(
            subject,
            "routing.max_fanout",
            f"`routing.max_fanout` is {routing.max_fanout}, but probabilities sum to 1: "
            f"at most {most} fields reach {routing.fanout_threshold:g} each.",
            f"Give `max_fanout: {most}`, or a `fanout_threshold` of at most {floor(1000 / routing.max_fanout) / 1000:g}.",
            related="routing.fanout_threshold",
        )
    yield from (
        unreachable_threshold(
            subject, path, f"`{subject.place(path).path}` is 1, which no {what} reaches.", "Give less than 1, such as 0.95."
        )
        for path, value, what in _certainties(subject)
        if value == SURE
    )


def _certainties(subject: Subject) -> Iterator[tuple[str, float | None, str]]:
    config = subject.config
    yield "routing.single_threshold", config.routing.single_threshold, "field's probability"
    yield "safety.min_confidence_for_direct_answer", config.safety.min_confidence_for_direct_answer, "answer's confidence"
    for field in config.fields:
        yield f"fields.{field.name}.confidence_threshold", field.confidence_threshold, "answer's confidence"
