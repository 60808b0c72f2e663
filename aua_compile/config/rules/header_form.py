"""Every literal header can be sent."""

import re
from collections.abc import Iterator

from aua_compile.config.rules.header_secret import MARKS, SECRETS
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

OF_ONE_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""RFC 9110, section 7.6.1: each connection sets its own."""
OF_THE_CLIENT = frozenset({"host", "content-length", "content-type", "content-encoding", "accept-encoding", "expect"})
VALUE = r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?"


def unsendable_header(subject: Subject, backend: str, header: str, why: str) -> Diagnostic:
    """A header that cannot be sent with every call.

    What it checks: `headers` hold none that belongs to one connection (`Connection`, `Transfer-Encoding`, ...) or to the message (`Host`,
    `Content-Length`, ...), none twice in other letter case, and only values of printable ASCII without spaces at the ends.
    Why: they would contradict what the router's client sends, and two servers would read one request differently.
    Example: `headers: {Transfer-Encoding: chunked}`.
    Instead: leave it out; the client sets it where it is needed.
    """
    place = subject.place(f"backends.{backend}.headers.{header}")
    return Diagnostic(
        "AUA0280",
        "error",
        f"The header `{header}` cannot be sent with every call: {why}.",
        place.span,
        place.path,
        "Remove it, or mend its value.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, backend in subject.config.backends.items():
        seen: dict[str, str] = {}
        for header, value in backend.headers.items():
            lower = header.lower()
            if lower in SECRETS or any(mark in lower for mark in MARKS):
                continue
            first = seen.setdefault(lower, header)
            if lower in OF_ONE_HOP:
                yield unsendable_header(subject, name, header, "it belongs to one connection")
            elif lower in OF_THE_CLIENT:
                yield unsendable_header(subject, name, header, "the router's client sets it")
            elif first != header:
                yield unsendable_header(subject, name, header, f"`{first}` is the same header")
            elif re.fullmatch(VALUE, value) is None:
                yield unsendable_header(subject, name, header, "its value is empty, or not printable ASCII")
