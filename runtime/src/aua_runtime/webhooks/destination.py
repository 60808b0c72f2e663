"""Where a webhook's messages go: its address and how they are signed, with secrets from the environment."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aua_runtime.plan import Webhook
from aua_runtime.services import Misconfigured, secret
from aua_runtime.transport.address import Address, address_of

PREFIX = "whsec_"
"""Of a signing secret in the form of the Standard Webhooks; what follows is base64."""
LEAST_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Destination:
    """A webhook with its address; `key` signs its messages."""

    webhook: Webhook
    address: Address
    target: str  # path and query
    key: bytes | None


def destination_of(webhook: Webhook, environment: Mapping[str, str]) -> Destination:
    """Misconfigured where a secret is missing or cannot be used. No message holds its value."""
    if webhook.url_env is not None:
        where, url = f"the environment variable {webhook.url_env}", secret(webhook.url_env, environment)
    else:
        where, url = f"the address of the webhook {webhook.name}", webhook.url or ""
    try:
        parts = urlsplit(url)
        address = address_of(parts._replace(query="", path="").geturl(), private=webhook.private)
    except ValueError:
        raise Misconfigured(f"{where} is not a URL that can be called") from None
    if webhook.url_env is not None and address.scheme == "http" and not webhook.private:
        raise Misconfigured(f"{where} is not an https URL; plain http needs `allow_private`")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii():
        raise Misconfigured(f"{where} holds characters that a URL cannot have")
    key = None if webhook.signing_env is None else _key(webhook.signing_env, secret(webhook.signing_env, environment))
    return Destination(webhook, address, target, key)


def _key(name: str, value: str) -> bytes:
    """The bytes that sign: what `whsec_` precedes is base64, all else is itself."""
    if not value.startswith(PREFIX):
        key = value.encode()
    else:
        try:
            key = base64.b64decode(value.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            raise Misconfigured(f"the environment variable {name} begins with {PREFIX}, but what follows is not base64") from None
    if len(key) < LEAST_KEY_BYTES:
        raise Misconfigured(f"the environment variable {name} is too short to sign with: {LEAST_KEY_BYTES} bytes at least")
    return key
