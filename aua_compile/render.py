"""Data to text: YAML, JSON, and the shipped templates for text that reads like prose.

The YAML emitter is our own because the dumpers of PyYAML and ruamel.yaml leave strings such as `1e3`, `08` or `y` bare, which one of the
two YAML versions in use then reads as a number or a truth value, and because it is several times faster.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, TypeAlias

Write: TypeAlias = Callable[[str], None]

INDENT = "  "

# Characters that are written as escapes: those that are controls, that YAML 1.1 takes for line breaks or a byte order mark, that are
# invisible, or that turn the direction of writing. A fixed list, because `str.isprintable` changes with Python's Unicode tables.
_ESCAPED = (
    "\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff"
)
_ESCAPE_IN_QUOTES = re.compile(f'[{_ESCAPED}\t\n"\\\\]')
_NEEDS_ESCAPE = re.compile(f"[{_ESCAPED}\t\n]")

# A plain string begins like a word, a path or an option (`--port`), holds no `: ` and no ` #`, and ends in neither a colon nor a space.
_PLAIN = re.compile(
    rf"(?:[A-Za-z0-9_./($^]|--?[A-Za-z]|[^\x00-\x7f{_ESCAPED}])"
    rf"(?:[^{_ESCAPED}\t\n :#]|:(?! |\Z)|[ ](?!#|\Z)|(?<! )#)*"
)
# Whatever could pass for a number, a time or a date in YAML 1.1, in 1.2, or in Go's reader of either.
_NUMBER_LIKE = re.compile(r"(?=[^0-9]*[0-9])[-+.0-9][-+.,:_0-9a-fA-FxXoOtTzZ ]*|[-+.,:_]+")
# Compared in lower case. YAML 1.1 knows three spellings of each; all are quoted.
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity", ".nan", ".inf", "-inf"})
# A block scalar cannot hold escapes; and where a line ends in white space, a reader or an editor would lose it.
_NOT_IN_BLOCK = re.compile(f"[{_ESCAPED}]|[ \t](?:\n|\\Z)")
# YAML bounds a key that is followed by a colon on its own line to this many characters.
_IMPLICIT_KEY_MAX = 1024


def to_yaml(data: object, header: str = "") -> str:
    r"""One YAML document in block style, keys in the given order, read alike by YAML 1.1 and 1.2; each line of `header` becomes a comment.

    `data` is made of str, int, finite float, bool, None, mappings with string keys, lists and tuples; anything else is a TypeError.
    A lone surrogate and a float that is not finite are a ValueError. A string stays plain only if no reader can take it for something
    else; one of several lines becomes a literal block where that keeps every character, and is quoted with escapes elsewhere. Nothing
    is ever folded.

    >>> print(to_yaml({"answer": "no", "ports": [8000], "note": "a\nb"}), end="")
    answer: "no"
    ports:
      - 8000
    note: |-
      a
      b
    """
    parts = [_comment_lines(header)]
    _document(data, parts.append)
    return "".join(parts)


def to_yaml_documents(documents: Iterable[object], header: str = "") -> str:
    """Several documents in one stream, each as `to_yaml` writes it, with `---` between them."""
    parts = [_comment_lines(header)]
    for number, data in enumerate(documents):
        if number:
            parts.append("---\n")
        _document(data, parts.append)
    return "".join(parts)


def to_json(data: object, *, compact: bool = False) -> str:
    """JSON with sorted keys, ending in a line feed; `compact` gives the canonical form (no white space, no line feed) that digests use.

    Not finite floats and lone surrogates are a ValueError, types that JSON lacks and keys that are no strings a TypeError.
    """
    if compact:
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_plain)
    else:
        text = _json(data, "\n") + "\n"
    _refuse_surrogates(text)
    return text


_json_leaf = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _json(value: Any, line: str) -> str:
    """`value` as JSON; `line` ends a line and indents the next. The standard library takes twice as long to indent."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind not in _WRITTEN:
        value = _as_plain(value)
        kind = type(value)
    deeper = line + INDENT
    if kind is dict and value:
        entries = [f"{encode_basestring(key)}: {_json(value[key], deeper)}" for key in sorted(value)]
        return "{" + deeper + ("," + deeper).join(entries) + line + "}"
    if kind in _SEQUENCES and value:
        return "[" + deeper + ("," + deeper).join([_json(item, deeper) for item in value]) + line + "]"
    return _json_leaf(value)


def from_template(name: str, /, **values: object) -> str:
    """The shipped template `name` (`compose/README.md.j2`) filled in with `values`.

    Templates are Jinja, translated when the project is built (`make schemas`): undefined names are errors, blocks leave no blank lines,
    and the filters only join and quote: `python_literal`, `shell_quote`, `comment` (any text on one comment line) and `markdown` (any
    text as one run of Markdown).
    """
    from aua_compile.filled import TEMPLATES

    parts: list[str] = []
    TEMPLATES[name](values, parts.append)
    return "".join(parts)


def python_literal(value: object) -> str:
    """`value` as a Python expression on one line, spelled as ruff's formatter spells it.

    >>> print(python_literal(("a", 'say "hi"', None, 1.0)))
    ("a", 'say "hi"', None, 1.0)
    """
    if isinstance(value, str):
        _refuse_surrogates(value)
        quote = "'" if value.count('"') > value.count("'") else '"'
        escaped = _ESCAPE_IN_QUOTES.sub(_python_escape, value)
        return f'"{escaped}"' if quote == '"' else "'" + escaped.replace("'", "\\'").replace('\\"', '"') + "'"
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        return repr(_finite(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{python_literal(key)}: {python_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(python_literal, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(python_literal, value)) + (",)" if len(value) == 1 else ")")
    raise _unknown(value)


def shell_quote(text: str) -> str:
    """`text` as one word of a POSIX shell."""
    import shlex

    return shlex.quote(text)


def comment(text: str) -> str:
    r"""`text` on one line, for use after a comment sign: line feeds and characters that do not print become escapes.

    >>> print(comment("two\nlines"))
    two\nlines
    """
    return _NEEDS_ESCAPE.sub(_yaml_escape, text)


def markup_comment(text: str) -> str:
    """`text` as a comment of XML or HTML, on one line: two hyphens would end it.

    >>> print(markup_comment("aua compile --tier cpu"))
    <!-- aua compile - -tier cpu -->
    """
    return f"<!-- {re.sub('-(?=-)|-$', '- ', comment(' '.join(text.split())))} -->"


def markdown(text: str) -> str:
    r"""`text` as one run of Markdown that shows every character as typed; line feeds become spaces.

    >>> print(markdown("a | *b*"))
    a \| \*b\*
    """
    line = comment(" ".join(text.split("\n"))).lstrip(" ")
    return re.sub(r"([\\`*_{}\[\]<>#|~!&$]|^[-+=](?=\s|[-=]|$)|^\d+(?=[.)](?:\s|$)))", lambda found: _backslash(found.group()), line)


def _backslash(text: str) -> str:
    """A backslash before the last character of `text` that is not a digit, or, for a list number, after it."""
    return text + "\\" if text[-1].isdigit() else f"{text[:-1]}\\{text[-1]}"


def _comment_lines(header: str) -> str:
    return "".join(f"# {comment(line)}".rstrip() + "\n" for line in header.split("\n")) if header else ""


def _document(data: object, write: Write) -> None:
    data = _as_plain(data)
    if isinstance(data, dict) and data:
        _mapping(data, "", "", write)
    elif isinstance(data, list | tuple) and data:
        _sequence(data, "", "", write)
    else:
        write(_inline(data, "") + "\n")


def _mapping(data: Mapping[str, Any], lead: str, pad: str, write: Write) -> None:
    """Write the entries; `lead` begins the first line (it may end in `- `), `pad` the others."""
    deeper = pad + INDENT
    for key, value in data.items():
        name = _key(key)
        if name[0] == "?":
            name = f"{name}\n{pad}:"
        kind = type(value)
        if kind is str and "\n" not in value:
            write(f"{lead}{name} {_string(value)}\n")
        else:
            if kind not in _WRITTEN:
                value = _as_plain(value)  # noqa: PLW2901 - the same value as a type the emitter knows
                kind = type(value)
            if kind is dict and value:
                write(f"{lead}{name}\n")
                _mapping(value, deeper, deeper, write)
            elif (kind is list or kind is tuple) and value:
                write(f"{lead}{name}\n")
                _sequence(value, deeper, deeper, write)
            else:
                write(f"{lead}{name} {_inline(value, pad)}\n")
        lead = pad


def _sequence(data: Sequence[Any], lead: str, pad: str, write: Write) -> None:
    """Write the items; `lead` begins the first line, `pad` the others."""
    deeper = pad + INDENT
    for value in data:
        kind = type(value)
        if kind is str and "\n" not in value:
            write(f"{lead}- {_string(value)}\n")
        else:
            if kind not in _WRITTEN:
                value = _as_plain(value)  # noqa: PLW2901 - the same value as a type the emitter knows
                kind = type(value)
            if kind is dict and value:
                _mapping(value, f"{lead}- ", deeper, write)
            elif (kind is list or kind is tuple) and value:
                _sequence(value, f"{lead}- ", deeper, write)
            else:
                write(f"{lead}- {_inline(value, pad)}\n")
        lead = pad


_SEQUENCES = frozenset({list, tuple})
_WRITTEN = frozenset({str, int, float, bool, type(None), dict, list, tuple})


def _as_plain(value: object) -> object:
    """`value` as one of the types the emitters know; other mappings become dicts."""
    if type(value) in _WRITTEN:
        return value
    if isinstance(value, Mapping):
        return dict(value)
    raise _unknown(value)


def _unknown(value: object) -> TypeError:
    return TypeError(f"a {type(value).__name__} cannot be written as data")


def _inline(value: object, pad: str) -> str:
    """A scalar or an empty collection as it stands after its key; only a literal block goes on for more lines, indented below `pad`."""
    if isinstance(value, str):
        return _block(value, pad + INDENT) if "\n" in value and _fits_block(value) else _string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    return "{}" if isinstance(value, dict) else "[]"


def _float(value: float) -> str:
    """Shortest exact spelling that YAML 1.1 also reads as a float: it wants a dot before the exponent."""
    text = repr(_finite(value))
    return text if "." in text else text.replace("e", ".0e")


def _finite(value: float) -> float:
    if not isfinite(value):
        raise ValueError(f"{value} is not finite")
    return value


@lru_cache(maxsize=16384)
def _string(text: str) -> str:
    """A string on one line: plain if nothing can misread it, else in double quotes, or in single ones where that saves backslashes."""
    if _PLAIN.fullmatch(text) and not _NUMBER_LIKE.fullmatch(text) and text.lower() not in _WORDS_OF_YAML:
        return text
    if ('"' in text or "\\" in text) and not _NEEDS_ESCAPE.search(text):
        return "'" + text.replace("'", "''") + "'"
    _refuse_surrogates(text)
    return '"' + _ESCAPE_IN_QUOTES.sub(_yaml_escape, text) + '"'


@lru_cache(maxsize=16384)
def _key(key: str) -> str:
    """A key with its colon, or behind the `?` that YAML wants before a long one."""
    if type(key) is not str:
        raise TypeError(f"the key {key!r} is not a string")
    text = _string(key)
    return f"{text}:" if len(text) <= _IMPLICIT_KEY_MAX else f"? {text}"


def _fits_block(text: str) -> bool:
    """Whether a literal block keeps every character of this text of several lines."""
    return text.strip("\n") != "" and not _NOT_IN_BLOCK.search(text)


def _block(text: str, pad: str) -> str:
    """A literal block, without its last line feed. The indentation is told where the text itself begins with white space."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomping = ("-", "", "+")[min(ends, 2)]  # no, one, several line feeds at the end
    told = str(len(INDENT)) if body.lstrip("\n")[0] in " \t" else ""
    lines = "\n".join(pad + line if line else "" for line in body.split("\n"))
    return f"|{told}{chomping}\n{lines}" + "\n" * max(0, ends - 1)


_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _yaml_escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT_ESCAPES.get(character) or _code_point(character)


_python_escape = _yaml_escape  # the escapes used here are spelled alike in YAML's double quotes and in Python


def _code_point(character: str) -> str:
    number = ord(character)
    if character <= "\xff":
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if character <= "\uffff" else f"\\U{number:08x}"


def _refuse_surrogates(text: str) -> None:
    """No encoding of a file carries a lone surrogate; the reader refuses them, so one here is a bug."""
    try:
        text.encode()
    except UnicodeEncodeError as failure:
        raise ValueError(f"the text holds a lone surrogate at character {failure.start}") from None
