"""Names derived from names: what a config name is called where other rules hold.

A config name matches `[a-z][a-z0-9_-]{0,62}`. Services, Python constants and files each allow less, so a name may have to change: `-` and
`_` become one, what is not allowed is left out, what is reserved gets a mark, what is too long is cut.

Two names that differ after `slug` always give different results. A result that lost something ends in a digest of the slug, and a name
that already looks like such a result gets one too, so a cut name can never meet one that was written in full. A reserved word gets one
mark more, as does a reserved word that already carries marks, so `con` and `con-` stay apart.
"""

import re
from functools import lru_cache
from hashlib import sha256

LABEL_LIMIT = 63  # RFC 1035 label: Services, Deployments, containers, label values
FILE_LIMIT = 100  # leaves room for an extension and a temporary suffix in the 255 bytes that file systems allow

_DIGEST_LENGTH = 8
_LOOKS_CUT = re.compile(rf"[-_][0-9a-f]{{{_DIGEST_LENGTH}}}\Z")

# Device names of Windows, with any extension; a checkout of the artifacts must work there too.
_DEVICES = frozenset(("con", "prn", "aux", "nul", "conin", "conout", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))))


def slug(name: str) -> str:
    """What distinguishes a name: lower case, with `-` for `_`. Names with the same slug are the same name to every target."""
    return name.lower().replace("_", "-")


@lru_cache(maxsize=4096)
def dns_label(name: str, limit: int = LABEL_LIMIT) -> str:
    """`name` as an RFC 1035 label: `[a-z]([-a-z0-9]*[a-z0-9])?`, at most `limit` characters.

    >>> dns_label("swe_fast")
    'swe-fast'
    """
    wanted = slug(name)
    kept = re.sub(r"[^a-z0-9-]", "-", wanted).strip("-")
    if not kept[:1].isalpha():
        kept = f"x-{kept}".rstrip("-")
    if kept == wanted and len(kept) <= limit and not _LOOKS_CUT.search(kept):
        return kept
    return _cut(kept, wanted, limit)


def versioned(name: str, content: str) -> str:
    """The DNS label `name` with a digest of itself and of `content`: for what cannot be changed in place, only replaced."""
    return _cut(name, f"{name}\n{content}", LABEL_LIMIT)


def constant(name: str) -> str:
    """`name` as a Python constant: upper case, with `_` between words. No keyword is all upper case, so none is in the way but `_`.

    >>> constant("swe-fast")
    'SWE_FAST'
    """
    word = _words(name).upper()
    return word if word.strip("_") else f"{word}_"


def file_name(name: str) -> str:
    """`name` as the stem of a file that every file system takes: lower case, no device name, at most FILE_LIMIT characters.

    >>> file_name("swe_fast"), file_name("con")
    ('swe-fast', 'con-')
    """
    wanted = slug(name)
    kept = re.sub(r"[^a-z0-9-]", "-", wanted) or "-"
    if kept != wanted or len(kept) >= FILE_LIMIT or _LOOKS_CUT.search(kept):
        return _cut(kept, wanted, FILE_LIMIT)
    return f"{kept}-" if kept.rstrip("-") in _DEVICES else kept


def _words(name: str) -> str:
    """`name` in lower case with `_` for all that is no letter or digit, beginning with a letter or `_`, distinct for distinct slugs."""
    wanted = slug(name).replace("-", "_")
    kept = re.sub(r"[^a-z0-9_]", "_", wanted)
    if not kept[:1].isalpha() and not kept.startswith("_"):
        kept = f"x_{kept}".rstrip("_")
    if kept == wanted and not _LOOKS_CUT.search(kept):
        return kept
    return f"{kept}_{digest(wanted)}"


def _cut(kept: str, whole: str, limit: int) -> str:
    stem = kept[: limit - _DIGEST_LENGTH - 1].rstrip("-")
    return f"{stem}-{digest(whole)}"


def digest(text: str) -> str:
    """The first digits of the SHA-256 of `text`: enough to tell the names of one deployment apart."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
