"""What each profile makes of what weakens a deployment: one table, which the rules obey and docs/config.md shows."""

from collections.abc import Mapping
from typing import Literal

from aua_compile.diagnostic import Severity
from aua_compile.frozen import dataclass

Profile = Literal["local-dev", "workstation", "team", "enterprise"]
Verdict = Literal["allow", "warn", "refuse"]

PROFILES: tuple[Profile, ...] = ("local-dev", "workstation", "team", "enterprise")
SEVERITIES: Mapping[Verdict, Severity | None] = {"allow": None, "warn": "warning", "refuse": "error"}


@dataclass(frozen=True, slots=True)
class Exposure:
    """A way to weaken a deployment: the rule that tells of it, and the verdict of each profile in the order of PROFILES."""

    rule: str
    what: str
    verdicts: tuple[Verdict, Verdict, Verdict, Verdict]


EXPOSURES: tuple[Exposure, ...] = (
    Exposure(
        "published_without_key",
        "the router is published beyond loopback without `api.api_key_secret`",
        ("warn", "warn", "refuse", "refuse"),
    ),
    Exposure("certificate_not_checked", "`tls_verify: false`", ("warn", "warn", "refuse", "refuse")),
    Exposure("key_sent_in_clear", "a key is sent by plain http to a public host", ("warn", "warn", "refuse", "refuse")),
    Exposure("webhook_in_clear", "a webhook is called by plain http at a public host", ("warn", "warn", "refuse", "refuse")),
    Exposure("prompts_logged", "prompts and answers are logged", ("warn", "warn", "refuse", "refuse")),
    Exposure("content_traced", "prompts and answers are part of traces", ("warn", "warn", "refuse", "refuse")),
    Exposure("any_proxy_believed", "headers of any proxy are believed (`forwarded_allow_ips`)", ("warn", "warn", "refuse", "refuse")),
    Exposure("any_host_answered", "any `Host` is answered (`allowed_hosts`)", ("warn", "warn", "refuse", "refuse")),
    Exposure("floating_image", "an image has no version", ("warn", "warn", "refuse", "refuse")),
    Exposure("unpinned_revision", "a model's revision is not pinned", ("warn", "warn", "refuse", "refuse")),
    Exposure("undigested_image", "an image has no digest", ("warn", "warn", "refuse", "refuse")),
    Exposure("unpinnable_tag", "Ollama pulls a model by its tag, which cannot be pinned", ("allow", "allow", "warn", "warn")),
    Exposure("profile_not_complete", "the profile asks for what this version lacks", ("allow", "allow", "warn", "warn")),
)

_BY_RULE = {exposure.rule: exposure for exposure in EXPOSURES}


def severity(rule: str, profile: str) -> Severity | None:
    """How a finding of `rule` is told under a profile; None where the profile allows it.

    >>> severity("published_without_key", "local-dev"), severity("published_without_key", "team"), severity("unpinnable_tag", "local-dev")
    ('warning', 'error', None)
    """
    exposure = _BY_RULE[rule]
    return SEVERITIES[next(verdict for name, verdict in zip(PROFILES, exposure.verdicts, strict=True) if name == profile)]
