"""What was asked of `aua diff`: each side with its options, and what makes it fail."""

from collections.abc import Iterable
from dataclasses import dataclass

from aua_compile.bundle import Choices
from aua_compile.cli.diff.report import Report
from aua_compile.cli.diff.sides import Found, Side, found, plan_of
from aua_compile.cli.options import Format
from aua_compile.cli.project import Project
from aua_compile.compiler import configured, planned
from aua_compile.plan.changes import HOWS, WHATS


@dataclass(frozen=True, slots=True)
class Asked:
    """A side as typed, which of the two it is, and the options for a config there."""

    word: str
    name: str
    tier: str | None
    env: str | None
    settings: tuple[str, ...]
    own: bool  # whether an option is for this side alone

    def side(self, style: Format) -> Side:
        """The side itself; if there is none, its findings are told and the command ends."""
        at = found(self.word, self.choices, style)
        project = Project(self.choices(self.word), style) if at.value is None or at.value.project is None else at.value.project
        return self._of(project.certain(at), project)

    def choices(self, config: str) -> Choices:
        return Choices(config, self.tier, self.env, self.settings)

    def _of(self, at: Found, project: Project) -> Side:
        if at.text is not None:
            project.sources[at.text.name] = at.text
            return Side(at.label, "plan", project.certain(plan_of(at.text)), None)
        plan = project.certain(project.through(planned))
        assert project.bundle is not None
        return Side(at.label, "config", plan, configured(project.bundle, project.catalog).value)


def unused(asked: Iterable[Asked], sides: Iterable[Side]) -> str:
    """Which options nothing was made of, because they are for a config and the side is none; empty if all were used."""
    both = tuple(zip(asked, sides, strict=True))
    for each, side in both:
        if each.own and side.kind == "plan":
            return f"--{each.name}-tier, --{each.name}-env and --{each.name}-set are for a config, and {each.name.upper()} is a plan"
    if all(side.kind == "plan" for _, side in both) and any(each.tier or each.env or each.settings for each, _ in both):
        return "--tier, --env and --set are for configs, and both sides are plans"
    return ""


def fails(made: Report, words: Iterable[str], *, any_change: bool, weaker: bool) -> bool:
    """Whether the changes are what the caller wants to hear of: any at all, one as strict as a word says, or weaker security."""
    if (any_change and made.changes) or (weaker and made.security == "weaker"):
        return True
    return any(
        scale.index(getattr(changed, of)) >= scale.index(word)
        for word in words
        for of, scale in (("what", WHATS), ("how", HOWS))
        if word in scale
        for changed in made.changes
    )
