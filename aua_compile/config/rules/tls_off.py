"""Certificates are checked."""

from collections.abc import Iterator

from aua_compile.config.profiles import severity
from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic, Severity


def certificate_not_checked(subject: Subject, service: Service, level: Severity) -> Diagnostic:
    """A certificate that is not checked.

    What it checks: no specialist that is called by https has `tls_verify: false`. Profiles local-dev and workstation warn, team and
    enterprise refuse.
    Why: anyone between the router and the server could read prompts and answers, and answer in its place.
    Example: `host: gpu7.example.org`, `scheme: https`, `tls_verify: false`.
    Instead: leave `tls_verify` out, and give the server a certificate that the router's machine trusts.
    """
    place = subject.place(f"{service.path}.tls_verify")
    message = f"The certificate of `{service.spec.name}` is not checked."
    return Diagnostic(
        "AUA0291",
        level,
        message,
        place.span,
        place.path,
        "Remove `tls_verify: false`.",
        subject.related("the profile", "profile", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("certificate_not_checked", subject.config.profile)
    for service in subject.services:
        encrypted = service.outside is not None and any(url.startswith("https:") for url in service.outside.urls)
        if level is not None and encrypted and not service.spec.tls_verify:
            yield certificate_not_checked(subject, service, level)
