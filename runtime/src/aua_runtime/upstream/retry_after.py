"""When a model server wants to be asked again: a number of seconds or a date (RFC 9110, section 10.2.3)."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from math import ceil

DAY_S = 86_400
"""The longest wait that is told to a client: whoever asks for more means "not today"."""


def seconds_of(value: bytes, now_s: float) -> int | None:
    """Seconds from `now_s` (since 1970) that a Retry-After asks for, at most a day; None where it asks for nothing that can be read.

    >>> seconds_of(b"7", 0.0), seconds_of(b"Thu, 01 Jan 1970 00:01:00 GMT", 15.5), seconds_of(b"-5", 0.0), seconds_of(b"soon", 0.0)
    (7, 45, None, None)
    """
    if value.isdigit():
        return min(int(value[:16]), DAY_S)
    try:
        date = parsedate_to_datetime(value.decode("ascii"))
        then_s = (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0, min(ceil(then_s - now_s), DAY_S))
