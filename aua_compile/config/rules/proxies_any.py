"""Only known proxies are believed."""

from collections.abc import Iterator

from aua_compile.config.mistakes import shown
from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity

ANY = frozenset({"*", "0.0.0.0/0", "::/0"})


def any_proxy_believed(subject: Subject, index: int, text: str, level: Severity) -> Diagnostic:
    """Forwarding headers of anyone.

    What it checks: `api.forwarded_allow_ips` names proxies, not `*` or a network of all addresses. Profiles local-dev and workstation warn,
    team and enterprise refuse.
    Why: every client could claim another's address, and logs and limits would follow the claim.
    Example: `api: {forwarded_allow_ips: ["*"]}`.
    Instead: `api: {forwarded_allow_ips: ["10.0.0.7"]}`, the address of the proxy.
    """
    place = subject.place(f"api.forwarded_allow_ips.{index}")
    message = f"`X-Forwarded-*` headers of anyone ({shown(text)}) are believed."
    return Diagnostic(
        "AUA0294", level, message, place.span, place.path, "Name the proxies.", subject.related("the profile", "profile", beside=place)
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("any_proxy_believed", subject.config.profile)
    for index, text in enumerate(subject.config.api.forwarded_allow_ips):
        if level is not None and text in ANY:
            yield any_proxy_believed(subject, index, text, level)
