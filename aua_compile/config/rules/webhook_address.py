"""Each webhook has one address, and what it tells travels encrypted where others could listen."""

from collections.abc import Iterator

from aua_compile.config.addresses import url_of
from aua_compile.config.profiles import severity
from aua_compile.config.rules.no_effect import key_without_effect
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic, Severity


def webhook_without_address(subject: Subject, name: str, *, twice: bool) -> Diagnostic:
    """A webhook without an address, or with two.

    What it checks: each webhook has either `url` or `url_secret`.
    Why: a message has to go somewhere, and nobody could say to which of two.
    Example: `webhooks: {ops: {kind: slack}}`.
    Instead: `webhooks: {ops: {kind: slack, url_secret: SLACK_WEBHOOK_URL}}`.
    """
    path = f"observability.webhooks.{name}"
    place = subject.place(f"{path}.url_secret", f"{path}.url", path) if twice else subject.place(path)
    message = f"`{name}` has both `url` and `url_secret`." if twice else f"`{name}` has neither `url` nor `url_secret`."
    others = subject.related("the other address", f"{path}.url", beside=place) if twice else ()
    return Diagnostic(
        "AUA0781",
        "error",
        message,
        place.span,
        place.path,
        "Give `url`, or where that is a secret the NAME of its variable in `url_secret`.",
        others,
    )


def webhook_in_clear(subject: Subject, name: str, level: Severity) -> Diagnostic:
    """A webhook at a public host that is called by plain http.

    What it checks: a webhook's `url` at a public host is https. Profiles local-dev and workstation warn, team and enterprise refuse.
    Why: everyone on the way could read what happens to the deployment, and tell its operators something else.
    Example: `webhooks: {ops: {url: "http://hooks.example.org/aua"}}`.
    Instead: `webhooks: {ops: {url: "https://hooks.example.org/aua"}}`.
    """
    place = subject.place(f"observability.webhooks.{name}.url")
    others = subject.related("the profile", "profile", beside=place)
    message = f"What the webhook `{name}` tells travels by plain http to a public host."
    return Diagnostic("AUA0782", level, message, place.span, place.path, "Call it by https.", others)


def check(subject: Subject) -> Iterator[Diagnostic]:
    level = severity("webhook_in_clear", subject.config.profile)
    for name, webhook in subject.config.observability.webhooks.items():
        if (webhook.url is None) == (webhook.url_secret is None):
            yield webhook_without_address(subject, name, twice=webhook.url is not None)
        url = url_of(webhook.url) if webhook.url is not None else None
        if url is not None and level is not None and url.scheme == "http" and url.host.reach == "public" and not url.fault:
            yield webhook_in_clear(subject, name, level)
        if webhook.kind == "slack" and webhook.signing_secret is not None:
            yield key_without_effect(subject, f"observability.webhooks.{name}.signing_secret", "Slack checks no signature")
