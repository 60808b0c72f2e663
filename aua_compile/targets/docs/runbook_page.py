"""The page that someone opens who was told by an alert."""

from collections.abc import Iterator

from aua_compile.observe.alert import Alert, Cause, Step
from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan
from aua_compile.targets.docs.markdown import fenced, numbered, page, section

_SEVERITIES = {"page": "someone should look now", "ticket": "someone should look soon"}


def runbook_page(plan: Plan, alert: Alert) -> str:
    """What the alert means in this plan, its three likeliest causes, and what to look at in which order."""
    held = f"It fires when this has held for {duration(alert.hold_s)}:" if alert.hold_s else "It fires as soon as this holds:"
    return page(
        plan,
        alert.name,
        f"Severity `{alert.severity}`: {_SEVERITIES[alert.severity]}.",
        section("What it means", alert.meaning),
        section("Likeliest causes", *_where(plan), numbered("\n\n".join(_cause(cause)) for cause in alert.causes)),
        section("What to do", numbered("\n\n".join(_step(step)) for step in alert.steps)),
        section("When it ends", _end(alert)),
        section("The rule", held, fenced(alert.expr, "promql"), "The value that it watches:", fenced(alert.query, "promql")),
    )


def _where(plan: Plan) -> Iterator[str]:
    if "compose" not in plan.targets and "kubernetes" in plan.targets:
        yield "Run these commands in a folder beside `kubernetes/`, such as `docs/`."
    if "compose" in plan.targets:
        yield "Run these commands in the folder `compose/`."
    if plan.hardware.engines_run == "host" and plan.instances:
        names = ", ".join(f"`{instance.name}`" for instance in plan.instances)
        yield f"On this tier {names} runs on the machine itself: its log and its process are there, not in a container."


def _cause(cause: Cause) -> Iterator[str]:
    yield cause.what
    yield f"If so: {cause.seen[0].lower()}{cause.seen[1:]}"
    yield from _asked(cause.commands, cause.queries)


def _step(step: Step) -> Iterator[str]:
    yield step.text
    yield from _asked(step.commands, step.queries)


def _asked(commands: tuple[str, ...], queries: tuple[str, ...]) -> Iterator[str]:
    if commands:
        yield fenced("\n".join(commands), "sh")
    if queries:
        yield fenced("\n".join(queries), "promql")


def _end(alert: Alert) -> str:
    if not alert.ends_s:
        return "By itself, with the first scrape after its cause is gone."
    return f"By itself, at most {duration(alert.ends_s)} after its cause is gone: for so long the window that it looks at still holds it."
