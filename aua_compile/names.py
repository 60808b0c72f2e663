"""Names derived from names: what a config name is called where other rules hold.

A config name matches `[a-z][a-z0-9_-]{0,62}`. Services, environment variables, Python identifiers and files each allow less, so a name
may have to change: `-` and `_` become one, what is not allowed is left out, what is reserved gets a mark, what is too long is cut.

Two names that differ after `slug` always give different results. A result that lost something ends in a digest of the slug, and a name
that already looks like such a result gets one too, so a cut name can never meet one that was written in full. A reserved word gets one
mark more, as does a reserved word that already carries marks, so `class` and `class_` stay apart.
"""

import keyword
import re
from functools import lru_cache
from hashlib import sha256

SERVICE_LIMIT = 63  # RFC 1035 label: Services, Deployments, containers, label values
STATEFUL_SET_LIMIT = 52  # the controller appends `-` and ten characters of a revision and stores the sum as a label
FILE_LIMIT = 100  # leaves room for an extension and a temporary suffix in the 255 bytes that file systems allow

_DIGEST_LENGTH = 8
_LOOKS_CUT = re.compile(rf"[-_][0-9a-f]{{{_DIGEST_LENGTH}}}\Z")

# Words that a module of ours could not use as a name: Python's own, the builtins that generated code calls, and `_` alone.
_CALLED = ("dict", "float", "frozenset", "int", "len", "list", "print", "self", "set", "str", "tuple")
_IDENTIFIERS = frozenset((*keyword.kwlist, *keyword.softkwlist, *_CALLED, ""))
_CONSTANTS = frozenset(("",))
# What a shell or a dynamic linker reads; a name from a config must not become one of them.
_SHELL = (
    "BASH_ENV",
    "CDPATH",
    "ENV",
    "HOME",
    "HOSTNAME",
    "IFS",
    "LANG",
    "LOGNAME",
    "OLDPWD",
    "PATH",
    "PPID",
    "PWD",
    "SHELL",
    "TERM",
    "TMPDIR",
)
_ENV_NAMES = frozenset((*_SHELL, "GCONV_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "TZ", "UID", "USER", ""))
_ENV_PREFIXES = ("LD_", "DYLD_", "LC_", "BASH_FUNC_")
# Device names of Windows, with any extension; a checkout of the artifacts must work there too.
_FILES = frozenset(("con", "prn", "aux", "nul", "conin", "conout", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))))


def slug(name: str) -> str:
    """What distinguishes a name: lower case, with `-` for `_`. Names with the same slug are the same name to every target."""
    return name.lower().replace("_", "-")


@lru_cache(maxsize=4096)
def dns_label(name: str, limit: int = SERVICE_LIMIT) -> str:
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
    return _cut(kept, "-", wanted, limit)


def versioned(name: str, content: str, limit: int = SERVICE_LIMIT) -> str:
    """The DNS label `name` with a digest of itself and of `content`: for what cannot be changed in place, only replaced."""
    return _cut(name, "-", f"{name}\n{content}", limit)


def identifier(name: str) -> str:
    """`name` as a Python identifier in lower case that is no keyword and hides no builtin that generated code uses.

    >>> identifier("swe-fast"), identifier("class")
    ('swe_fast', 'class_')
    """
    return _marked(_words(name), _IDENTIFIERS)


def constant(name: str) -> str:
    """`name` as a Python constant: the identifier in upper case.

    >>> constant("swe-fast")
    'SWE_FAST'
    """
    return _marked(_words(name).upper(), _CONSTANTS)


def env_name(name: str) -> str:
    """`name` as an environment variable, `[A-Z_][A-Z0-9_]*`, none that a shell or the dynamic linker reads.

    >>> env_name("swe-fast"), env_name("path")
    ('SWE_FAST', 'PATH_')
    """
    variable = _marked(_words(name).upper(), _ENV_NAMES)
    return f"X_{variable}" if variable.startswith((*_ENV_PREFIXES, "X_")) else variable


def file_name(name: str) -> str:
    """`name` as the stem of a file that every file system takes: lower case, no device name, at most FILE_LIMIT characters.

    >>> file_name("swe_fast"), file_name("con")
    ('swe-fast', 'con-')
    """
    wanted = slug(name)
    kept = re.sub(r"[^a-z0-9-]", "-", wanted) or "-"
    if kept != wanted or len(kept) >= FILE_LIMIT or _LOOKS_CUT.search(kept):
        return _cut(kept, "-", wanted, FILE_LIMIT)
    return f"{kept}-" if kept.rstrip("-") in _FILES else kept


def _words(name: str) -> str:
    """`name` in lower case with `_` for all that is no letter or digit, beginning with a letter or `_`, distinct for distinct slugs."""
    wanted = slug(name).replace("-", "_")
    kept = re.sub(r"[^a-z0-9_]", "_", wanted)
    if not kept[:1].isalpha() and not kept.startswith("_"):
        kept = f"x_{kept}".rstrip("_")
    if kept == wanted and not _LOOKS_CUT.search(kept):
        return kept
    return f"{kept}_{digest(wanted)}"


def _marked(word: str, reserved: frozenset[str]) -> str:
    """`word`, with one `_` more where it is a reserved word followed by any number of them."""
    return f"{word}_" if word.rstrip("_") in reserved else word


def _cut(kept: str, separator: str, whole: str, limit: int) -> str:
    stem = kept[: limit - _DIGEST_LENGTH - len(separator)].rstrip(separator)
    return f"{stem}{separator}{digest(whole)}"


def digest(text: str) -> str:
    """The first digits of the SHA-256 of `text`: enough to tell the names of one deployment apart."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
