"""Every literal header can be sent."""

import re
from collections.abc import Iterator

from aua_compile.config.rules.header_secret import MARKS, SECRETS, literal_headers, trace_headers
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

OF_ONE_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""RFC 9110, section 7.6.1: each connection sets its own."""
OF_THE_CLIENT = frozenset({"host", "content-length", "content-type", "content-encoding", "accept-encoding", "expect"})
VALUE = r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?"


def unsendable_header(subject: Subject, path: str, why: str) -> Diagnostic:
    """A header that cannot be sent with every call.

    What it checks: `headers` hold none that belongs to one connection (`Connection`, `Transfer-Encoding`, ...) or to the message (`Host`,
    `Content-Length`, ...), none twice in other letter case, and only values of printable ASCII without spaces at the ends.
    Why: they would contradict what the router's client sends, and two servers would read one request differently.
    Example: `headers: {Transfer-Encoding: chunked}`.
    Instead: leave it out; the client sets it where it is needed.
    """
    place = subject.place(path)
    return Diagnostic(
        "AUA0280",
        "error",
        f"The header `{path.rpartition('.')[2]}` cannot be sent with every call: {why}.",
        place.span,
        place.path,
        "Remove it, or mend its value.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for path, headers in literal_headers(subject):
        seen: dict[str, str] = {}
        for header, value in headers.items():
            lower = header.lower()
            if lower in SECRETS or any(mark in lower for mark in MARKS):
                continue
            why = _why_not(header, seen)
            if why is None and re.fullmatch(VALUE, value) is None:
                why = "its value is empty, or not printable ASCII"
            if why is not None:
                yield unsendable_header(subject, f"{path}.{header}", why)
    for path, sent in trace_headers(subject):
        seen = {header.lower(): header for header in sent.headers}
        for header in sent.header_secrets:
            why = _why_not(header, seen)
            if why is not None:
                yield unsendable_header(subject, f"{path}.header_secrets.{header}", why)


def _why_not(header: str, seen: dict[str, str]) -> str | None:
    """Why a header is not the config's to give, whatever its value; `seen` are those before it by their names in lower case."""
    lower = header.lower()
    first = seen.setdefault(lower, header)
    if lower in OF_ONE_HOP:
        return "it belongs to one connection"
    if lower in OF_THE_CLIENT:
        return "the router's client sets it"
    return f"`{first}` is the same header" if first is not header else None
