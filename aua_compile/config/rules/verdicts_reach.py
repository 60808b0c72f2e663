"""Each of the arbiter's four verdicts can come about."""

from collections.abc import Iterator

from aua_runtime.contract.arbitration import SUREST, WORDS, bounds_of_welfare, reachable_by_judge, reachable_by_welfare

from aua_compile.config.mistakes import listed
from aua_compile.config.rules.subject import Subject
from aua_compile.config.serving import has_arbiter
from aua_compile.diagnostic import Diagnostic

_VCG = ("prior", "prior_weight", "margin", "least_welfare")


def unreachable_verdict(subject: Subject, missing: list[str], why: str, advice: str, *paths: str) -> Diagnostic:
    """A verdict of the arbiter that no answers can lead to.

    What it checks: each verdict - the first answer, the second, both, neither - can come about. The functions with which the router decides
    are run on what is most favourable to each: a judge that is as sure as one can be (0.99) in both orders; in the mode `vcg` the least and
    the greatest welfare that 200 answers after the prior can lead to.
    Why: an arbiter that cannot say `neither` hands out wrong answers, and one that can say nothing else withholds right ones; either looks
    as if it worked.
    Example: `arbiter: {mode: vcg, vcg: {least_welfare: 0.01}}`.
    Instead: `arbiter: {mode: vcg, vcg: {least_welfare: 0.5}}`.
    """
    place = subject.place(*paths)
    return Diagnostic(
        "AUA0228",
        "error",
        f"The arbiter can never say {listed(missing)}: {why}.",
        place.span,
        place.path,
        advice,
        subject.related("decides too", *paths, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if not has_arbiter(subject.config):
        return
    arbiter = subject.config.arbiter
    least = arbiter.confidence_threshold
    policies = {field.arbiter_policy or arbiter.policy for field in subject.config.fields} or {arbiter.policy}
    reached = frozenset(WORDS).intersection(*(reachable_by_judge(least, policy) for policy in policies))
    if missing := _missing(reached):
        yield unreachable_verdict(
            subject,
            missing,
            f"`arbiter.confidence_threshold` is {least:g}, and no judge counts as more than {SUREST:g} sure",
            "Give less, such as 0.7.",
            "arbiter.confidence_threshold",
        )
    if arbiter.mode == "vcg":
        yield from _by_welfare(subject)


def _by_welfare(subject: Subject) -> Iterator[Diagnostic]:
    vcg = subject.config.arbiter.vcg
    reached = reachable_by_welfare(vcg.prior, vcg.prior_weight, vcg.margin, vcg.least_welfare)
    low, high = bounds_of_welfare(vcg.prior, vcg.prior_weight)
    if missing := _missing(reached):
        yield unreachable_verdict(
            subject,
            missing,
            f"with `prior` {vcg.prior:g} and `prior_weight` {vcg.prior_weight:g} welfare lies between {low:.3f} and {high:.3f}, "
            f"`least_welfare` is {vcg.least_welfare:g} and `margin` {vcg.margin:g}",
            f"Give a `least_welfare` between these, a `margin` below {high - low:.3f}, or a smaller `prior_weight`.",
            *(f"arbiter.vcg.{key}" for key in _VCG),
        )


def _missing(reached: frozenset[str]) -> list[str]:
    return [word for word in WORDS if word not in reached]
