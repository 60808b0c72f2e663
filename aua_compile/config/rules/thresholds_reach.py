"""Thresholds can be reached by the numbers that are held against them."""

from collections.abc import Iterator
from math import floor

from aua_runtime.contract.classifier import highest_probability
from aua_runtime.contract.labels import GENERAL

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

SURE = 1.0
FEWEST_CANDIDATES = 2


def unreachable_threshold(subject: Subject, path: str, why: str, advice: str, *, related: str = "") -> Diagnostic:
    """A threshold that no combination of checks can reach.

    What it checks: what a threshold asks for can happen. Probabilities of fields sum to 1, so no two reach more than 0.5 each; one alone
    stays below 0.988, because the classifier keeps a doubt; and a confidence of 1 is never reached, because models leave one too.
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
    if routing.single_threshold > highest_probability() and any(field.name != GENERAL for field in subject.config.fields):
        yield unreachable_threshold(
            subject,
            "routing.single_threshold",
            f"`routing.single_threshold` is {routing.single_threshold:g}, but the classifier never gives a field more than "
            f"{floor(1000 * highest_probability()) / 1000:g}, because a question may always be general.",
            "Give at most 0.98; more than 0.9 already sends most questions to several specialists.",
        )
    for path, value in _confidences(subject):
        if value == SURE:
            why = f"`{subject.place(path).path}` is 1, which no answer's confidence reaches."
            yield unreachable_threshold(subject, path, why, "Give less than 1, such as 0.95.")


def _confidences(subject: Subject) -> Iterator[tuple[str, float | None]]:
    config = subject.config
    yield "safety.min_confidence_for_direct_answer", config.safety.min_confidence_for_direct_answer
    for field in config.fields:
        yield f"fields.{field.name}.confidence_threshold", field.confidence_threshold
