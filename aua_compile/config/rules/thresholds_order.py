"""The fan-out threshold lies below the single threshold."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def thresholds_out_of_order(subject: Subject) -> Diagnostic:
    """A fan-out threshold above the single threshold.

    What it checks: `routing.fanout_threshold` is at most `routing.single_threshold`.
    Why: a field probable enough to answer alone would be too improbable to join others; prompts between the two would reach nobody meant.
    Example: `routing: {single_threshold: 0.4, fanout_threshold: 0.6}`.
    Instead: `routing: {single_threshold: 0.6, fanout_threshold: 0.4}`.
    """
    given = subject.config.routing
    keys = ("routing.fanout_threshold", "routing.single_threshold")
    place = subject.place(*keys)
    return Diagnostic(
        "AUA0230",
        "error",
        f"`routing.fanout_threshold` is {given.fanout_threshold:g}, above `routing.single_threshold`, which is {given.single_threshold:g}.",
        place.span,
        place.path,
        "Lower `fanout_threshold` or raise `single_threshold`.",
        subject.related("the other threshold", *keys, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.routing.fanout_threshold > subject.config.routing.single_threshold:
        yield thresholds_out_of_order(subject)
