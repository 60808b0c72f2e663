"""What a secret looks like in a text, and that it is not shown. `leaks` looks for it in what was read.

A config names secrets (`api_key_secret: AUA_API_KEY`) and never holds them. Recognised are the published forms of keys and tokens, and
opaque values under keys that are named as secrets are.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from functools import cache

from aua_compile.characters import shown
from aua_compile.frozen import dataclass

WITHHELD = "[withheld]"
"""What is shown in place of a secret."""

SHORTEST = 12
"""Fewer characters hold none of the forms below."""


@dataclass(frozen=True, slots=True)
class Form:
    """A published form of a secret. A text without any of the `marks`, looked for in lower case, cannot hold it."""

    kind: str
    marks: tuple[str, ...]
    pattern: str


_START = r"(?<![A-Za-z0-9_])"
_URL = r"[A-Za-z][A-Za-z0-9+.-]*://"
_NOT_A_PLACEHOLDER = r"(?!\$[{A-Z_]|<|\{\{|\*\*\*)"

_FORMS = (
    Form(
        "a private key",
        ("private key", "putty-user-key-file-", "age-secret-key-1"),
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-|AGE-SECRET-KEY-1",
    ),
    Form("an API key that begins with `sk-`", ("sk-",), _START + r"sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}"),
    Form("a Hugging Face token", ("hf_", "api_org_"), _START + r"(?:hf|api_org)_[A-Za-z0-9]{20,}"),
    Form(
        "a GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        _START + r"(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    ),
    Form("a GitLab token", ("gl",), _START + r"gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_.-]{20,}"),
    Form("an AWS key", ("akia", "asia", "abia", "acca"), _START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    Form("a Slack token", ("xox", "xapp-"), _START + r"(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    Form(
        "a Slack or Discord webhook",
        ("hooks.slack.com", "/api/webhooks/"),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}"
        r"|discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{20,}",
    ),
    Form(
        "a Google key",
        ("aiza", "ya29.", "gocspx-"),
        _START + r"(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})",
    ),
    Form(
        "a key of a model provider",
        ("gsk_", "r8_", "tgp_v1_", "fw_", "csk_", "pcsk_", "nvapi-", "xai-", "pplx-"),
        _START + r"(?:(?:gsk|r8|tgp_v1|fw|csk|pcsk)_[A-Za-z0-9_]{24,}|(?:nvapi|xai|pplx)-[A-Za-z0-9_-]{20,})",
    ),
    Form(
        "a package registry token",
        ("npm_", "pypi-", "dckr_"),
        _START + r"(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}|dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,})",
    ),
    Form(
        "a payment key",
        ("k_live_", "k_test_", "whsec_"),
        _START + r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{20,})",
    ),
    Form(
        "a cloud token",
        ("_v1_", "hvs.", "hvb.", "hvr.", "shp", "sg."),
        _START + r"(?:do[opr]_v1_[a-f0-9]{40,}|hv[sbr]\.[A-Za-z0-9_-]{20,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32,}"
        r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})",
    ),
    Form("a bot token", (":aa",), _START + r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}"),
    Form("a signed token (JWT)", ("eyj",), _START + r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    Form("a bearer token", ("bearer",), r"(?i:bearer)[ :]+(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]{16,}"),
    Form("a password in a URL", ("://",), _URL + r"[^/?#\s:@'\"]*:" + _NOT_A_PLACEHOLDER + r"[^/?#\s@'\"]+@"),
    Form("a token in a URL", ("://",), _URL + r"(?=[^/?#\s:@]*[0-9])[A-Za-z0-9_.~-]{16,}@"),
    Form(
        "a token in a URL's query",
        ("=",),
        r"[?&;](?i:access_|auth_|api|api_|api-|client_|refresh_|id_|x-amz-|x-goog-)?"
        r"(?i:token|key|secret|password|passwd|signature|sig|auth|credential)=" + _NOT_A_PLACEHOLDER + r"[^&\s#'\"]{8,}",
    ),
    Form(
        "a password in a connection string",
        ("password=", "passwd=", "pwd=", "accountkey=", "sharedaccesskey="),
        r"(?i:(?<![a-z])(?:password|passwd|pwd|accountkey|sharedaccesskey))="
        + _NOT_A_PLACEHOLDER
        + r"(?![A-Z_][A-Z0-9_]*(?:[\s;&'\"]|$))[^\s;&'\"]{6,}",
    ),
)

_PASSWORDS = frozenset(("password", "passwords", "passwd", "passphrase", "secret", "secrets", "credential", "credentials"))
_TOKENS = frozenset(("key", "keys", "apikey", "apikeys", "token", "tokens", "auth", "authorization", "bearer", "cookie"))
_REFERENCE = re.compile(r"[A-Z_][A-Z0-9_]*")
_PLACEHOLDER = re.compile(
    r"\$\{.*\}|\$[A-Z_]+|<.*>|\{.*\}|%[A-Z_]+%|\[.*\]|\*+|x+|X+|(?i:none|null|true|false|changeme|redacted|optional|required|disabled?|enabled?)"
)
_ASSIGNED = re.compile(r"\s*-{0,2}([A-Za-z][A-Za-z0-9_-]{0,80})=(\S+)\s*")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LINE = re.compile(r"""[\s{,"'-]*([A-Za-z][A-Za-z0-9_. -]*?)["']?\s*[:=]\s*["']?(.*?)["']?[\s,}]*(?:#.*)?""")

_BLOB = re.compile(r"\s*[A-Za-z0-9+/=]{40,}\s*")
"""A whole line of base64 or hexadecimal digits, as the body of a private key is."""

_LONGEST_REFERENCE = 19
_SHORTEST_PASSWORD = 4
_SHORTEST_TOKEN = 16
_LONGEST_WORD = 8


def redacted(text: str) -> str:
    """`text` with every published form of a secret replaced: the last guard before anything is shown."""
    if len(text) < SHORTEST:
        return text
    for form in forms_in(text):
        text = pattern(form.pattern).sub(WITHHELD, text)
    return text


def holds_secret(line: str) -> bool:
    """Whether a line of a source file, which may not have been parsed, should not be shown."""
    if len(line) >= SHORTEST and any(pattern(form.pattern).search(line) for form in forms_in(line)):
        return True
    if _BLOB.fullmatch(line):
        return True
    entry = _LINE.fullmatch(line)
    return entry is not None and bool(kind_by_name(entry.group(1), entry.group(2)))


def kind_by_form(text: str, forms: tuple[Form, ...]) -> str:
    """What published form of a secret a text holds; empty if none."""
    if len(text) < SHORTEST:
        return ""
    for form in forms:
        if pattern(form.pattern).search(text):
            return form.kind
    return "a name and password in base64" if _is_basic(text) else ""


def kind_by_name(name: str, text: str) -> str:
    """What sort of secret a text is because of the name that it stands under or gives itself (`TOKEN=...`); empty if none."""
    assigned = _ASSIGNED.fullmatch(text) if "=" in text else None
    return (_kind_under(*assigned.groups()) if assigned else "") or _kind_under(name, text)


def _kind_under(name: str, text: str) -> str:
    words = _name_words(name)
    if not words or words[-1] not in _PASSWORDS | _TOKENS or "public" in words:
        return ""
    text = text.strip()
    if _is_reference(text) or _PLACEHOLDER.fullmatch(text):
        return ""
    if words[-1] in _PASSWORDS:
        return f"a value under the name `{shown(name)}`" if len(text) >= _SHORTEST_PASSWORD else ""
    return f"an opaque value under the name `{shown(name)}`" if _is_opaque(text) else ""


def _is_reference(text: str) -> bool:
    """The name of an environment variable. A long run of capitals and digits without `_` is a key that looks like one."""
    if not _REFERENCE.fullmatch(text):
        return False
    return "_" in text or len(text) <= _LONGEST_REFERENCE or text.isalpha()


def _is_opaque(text: str) -> bool:
    """Long, in one piece, no decimal number and not made of words: `9f86d081884c7d65` is, `node.kubernetes.io/gpu-h100` is not."""
    if re.fullmatch(r"-?[0-9]+\.[0-9]+(e-?[0-9]+)?", text):
        return False
    if len(text) < _SHORTEST_TOKEN or any(character.isspace() for character in text) or not any(map(str.isdigit, text)):
        return False
    return any(len(part) > _LONGEST_WORD and not part.isalpha() for part in re.split(r"[./_:\-]", text))


def _is_basic(text: str) -> bool:
    """HTTP Basic credentials: the word, and base64 that holds a colon."""
    word, _, encoded = text.partition(" ")
    if word.lower() != "basic" or len(encoded) < SHORTEST:
        return False
    try:
        return b":" in b64decode(encoded.strip(), validate=True)
    except (Base64Error, ValueError):
        return False


@cache
def _name_words(name: str) -> tuple[str, ...]:
    """`apiKey`, `api-key` and `API_KEY` are all `api`, `key`."""
    return tuple(word.lower() for word in _WORDS.findall(name[:200]))


def forms_in(text: str) -> tuple[Form, ...]:
    """The forms that `text` may hold, judged by their marks alone: most configs never need a pattern."""
    lower = text.lower()
    return tuple(form for form in _FORMS if any(mark in lower for mark in form.marks))


pattern = cache(re.compile)
