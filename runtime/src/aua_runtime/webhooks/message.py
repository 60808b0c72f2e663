"""A message of a webhook: its body, and its signature as the Standard Webhooks 1.0 describe it (standardwebhooks.com)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import orjson

from aua_runtime.contract.notices import BY_NAME, Facts, Severity

_SIGNS: Mapping[Severity, str] = {"info": ":information_source:", "warning": ":warning:", "error": ":rotating_light:"}


@dataclass(slots=True)
class Message:
    """A notice that a webhook tells: when it happened, or first and last where it `count`s several."""

    name: str
    facts: Facts
    first_s: float  # since 1970
    last_s: float
    count: int = 1

    @property
    def words(self) -> str:
        """It as a sentence."""
        said = BY_NAME[self.name].text.format(**self.facts)
        return said if self.count == 1 else f"{said} ({self.count} times since {moment(self.first_s)})"


@dataclass(frozen=True, slots=True)
class Data:
    """What has happened to which deployment, how bad it is, in a sentence and as `facts`; `count` times from `first` to `last`."""

    deployment: str
    plan: str
    severity: Severity
    message: str
    count: int
    first: str
    last: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a webhook of the kind `generic`. `type` is the event, `timestamp` when it last happened, in UTC."""

    type: str
    timestamp: str
    data: Data


def body_of(message: Message, kind: Literal["generic", "slack"], deployment: str, plan: str) -> bytes:
    """The body of a request: JSON of schemas/webhook.json, or a message for Slack's incoming webhooks."""
    notice = BY_NAME[message.name]
    if kind == "slack":
        said = f"{_SIGNS[notice.severity]} *{_escaped(deployment)}*: {_escaped(message.words)}"
        return orjson.dumps({"text": said})
    first, last = moment(message.first_s), moment(message.last_s)
    data = Data(deployment, plan, notice.severity, message.words, message.count, first, last, message.facts)
    return orjson.dumps(Body(message.name, last, data))


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`.

    >>> signature(b"0123456789abcdef", "msg_1", 1700000000, b"{}")
    'v1,Jjhe7MDdBuAIlImQhJOXjGvK0TyXaKPMX0IN8PoRtCk='
    """
    signed = b"%b.%d.%b" % (id_.encode(), timestamp, body)
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def moment(seconds: float) -> str:
    """A time of day, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _escaped(text: str) -> str:
    """Text in which Slack sees no link and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
