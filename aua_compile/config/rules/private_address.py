"""The router calls private networks only where it is told to."""

from collections.abc import Iterator

from aua_compile.config.mistakes import shown
from aua_compile.config.rules.hosts import Named, called
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def private_address(subject: Subject, named: Named) -> Diagnostic:
    """A private address without `allow_private`.

    What it checks: a specialist's host or a `base_url` on this machine, in a private network, or with a name that only a private network
    knows, belongs to a backend with `allow_private: true`.
    Why: otherwise a changed address would turn the router into a way into the network behind it; so the router refuses such calls too.
    Example: `backends: {lab: {kind: vllm, base_url: "http://10.0.0.5:8000"}}`.
    Instead: `backends: {lab: {kind: vllm, base_url: "http://10.0.0.5:8000", allow_private: true}}`.
    """
    place = subject.place(named.path)
    what = "this machine itself" if named.host.reach == "loopback" else "in a private network"
    advice = "Add `allow_private: true` to the backend."
    if ".webhooks." in named.path:
        advice = "Add `allow_private: true` to the webhook."
    if named.path.endswith(".host"):
        advice = "Declare a backend with `allow_private: true` under `backends`, and name it with `backend`."
    return Diagnostic(
        "AUA0271", "error", f"`{place.path}` points at {shown(named.host.name)}, which is {what}.", place.span, place.path, advice
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for named in called(subject):
        private = named.host.reach in {"private", "loopback"} and not named.host.disguise and not named.host.fault
        if private and not named.private_allowed:
            yield private_address(subject, named)
