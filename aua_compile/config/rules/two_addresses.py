"""A specialist has one address."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def two_addresses(subject: Subject, service: Service, base_url: str) -> Diagnostic:
    """A specialist that is in two places.

    What it checks: a specialist with a `host` is not served by a backend with a `base_url`.
    Why: calls can go to one of them only, and the other would be ignored.
    Example: `host: 10.0.0.5` with `backend: gateway`, where `gateway` has `base_url: https://llm.example.org`.
    Instead: keep `host`, with a backend that has no `base_url`; or keep the backend.
    """
    place = subject.place(f"{service.path}.host")
    message = f"`{service.spec.name}` has the host `{service.spec.host}`, but its backend `{service.backend}` is at `{base_url}`."
    others = subject.related("the other address", f"backends.{service.backend}.base_url", beside=place)
    return Diagnostic("AUA0258", "error", message, place.span, place.path, "Remove `host`, or choose a backend without `base_url`.", others)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        if service.spec.host is not None and service.settings is not None and service.settings.base_url is not None:
            yield two_addresses(subject, service, service.settings.base_url[0])
