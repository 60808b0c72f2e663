"""What can be wrong with a key or a value by itself: the findings of the reader. Checks between keys are in `config.rules`."""

from collections.abc import Iterable
from itertools import islice

from aua_compile.diagnostic import Diagnostic, Fix, Related
from aua_compile.span import Span

LONGEST_ECHO = 60
MOST_LISTED = 20
MOST_COMPARED = 500
_LAST_PRINTABLE_ASCII = "~"


def shown(text: str) -> str:
    """The user's own words in backticks, shortened and with line feeds made visible."""
    flat = text.replace("\n", "⏎")
    return f"`{flat}`" if len(flat) <= LONGEST_ECHO else f"`{flat[:LONGEST_ECHO]}…`"


def listed(names: Iterable[str]) -> str:
    """Names in backticks, as many as fit a screen."""
    shortened = list(dict.fromkeys(names))
    return ", ".join(f"`{name}`" for name in shortened[:MOST_LISTED]) + " and others" * (len(shortened) > MOST_LISTED)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be; of very many, only the first are compared."""
    from difflib import get_close_matches

    near = get_close_matches(name[:100], list(islice(known, MOST_COMPARED)), n=1, cutoff=0.7)
    return near[0] if near else None


def unknown_key(key: str, path: str, span: Span, known: Iterable[str], elsewhere: str = "", renamed: str = "") -> Diagnostic:
    """A key that the language does not have.

    What it checks: every key of every mapping is one that the language declares there.
    Why: a misspelt key would be ignored in silence, and the default would run.
    Example: `routing: {single_treshold: 0.8}`.
    Instead: `routing: {single_threshold: 0.8}`; keys of your own go under a top-level key that starts with `x-`.
    """
    near = nearest(key, known)
    if renamed:
        advice = f"The public adaptive-utility-agent package calls it so; here it is {renamed}."
    elif elsewhere:
        advice = f"`{key.rsplit('.', maxsplit=1)[-1]}` belongs at `{elsewhere}`."
    elif near:
        advice = f"Did you mean `{near}`?"
    else:
        advice = f"Known keys here: {', '.join(f'`{name}`' for name in sorted(known))}."
    points = [f" ({letter!r} is U+{ord(letter):04X})" for letter in key if letter > _LAST_PRINTABLE_ASCII][:1]
    fix = Fix(span, near) if near and not elsewhere and not renamed else None
    return Diagnostic("AUA0201", "error", f"There is no key {shown(key)} here{''.join(points)}.", span, path, advice, fix=fix)


def wrong_type(found: str, expected: str, path: str, span: Span, advice: str = "") -> Diagnostic:
    """A value of another type than its key takes.

    What it checks: numbers, booleans, texts, lists and mappings stand where the language expects them.
    Why: guessing what was meant would run something that nobody wrote.
    Example: `port: "8001"`.
    Instead: `port: 8001`, without the quotes.
    """
    return Diagnostic("AUA0202", "error", f"`{path}` takes {expected}, not {found}.", span, path, advice)


def out_of_range(text: str, expected: str, path: str, span: Span, advice: str = "") -> Diagnostic:
    """A number outside the range of its key.

    What it checks: every number, duration and size lies within the bounds that its key declares.
    Why: outside them the value has no meaning, or cannot be reached.
    Example: `single_threshold: 40`.
    Instead: `single_threshold: 0.4`; probabilities go from 0 to 1.
    """
    return Diagnostic("AUA0203", "error", f"`{path}` is {shown(text)}, but must be {expected}.", span, path, advice)


def not_a_choice(text: str, options: Iterable[str], path: str, span: Span) -> Diagnostic:
    """A word outside the closed set that its key takes.

    What it checks: keys with a closed set of values hold one of them.
    Why: any other word has no meaning here.
    Example: `profile: prod`.
    Instead: `profile: team`.
    """
    options = list(options)
    near = nearest(text, options)
    advice = f"Did you mean `{near}`?" if near else f"One of: {', '.join(f'`{option}`' for option in options)}."
    return Diagnostic("AUA0204", "error", f"`{path}` cannot be {shown(text)}.", span, path, advice, fix=Fix(span, near) if near else None)


def missing_key(key: str, inside: str, path: str, span: Span) -> Diagnostic:
    """A required key that no layer gives.

    What it checks: after all layers are merged, every required key has a value.
    Why: there is no default that would be right for everyone.
    Example: a specialist with a `name` but no `model`.
    Instead: give the key, or choose a preset that does.
    """
    return Diagnostic("AUA0205", "error", f"{shown(inside or span.file)} lacks the key `{key}`.", span, path, f"Add `{key}:`.")


def wrong_form(text: str, expected: str, path: str, span: Span, advice: str = "") -> Diagnostic:
    """A text that does not have the form its key asks for.

    What it checks: names, URLs, image references, environment variable names and the like are well formed.
    Why: they become names of services and files, where anything else would break or mean something different.
    Example: `name: My Service`.
    Instead: `name: my-service`.
    """
    return Diagnostic("AUA0206", "error", f"`{path}` is {shown(text)}, but must be {expected}.", span, path, advice)


def wrong_unit(text: str, expected: str, units: Iterable[str], path: str, span: Span, advice: str = "") -> Diagnostic:
    """A duration or size without its unit, or a unit where a plain number belongs.

    What it checks: durations and sizes carry a unit; keys that end in a unit (`timeout_s`, `vram_gib`) take a plain number.
    Why: nobody should have to know whether 30 means seconds or milliseconds.
    Example: `idle: 30`.
    Instead: `idle: 30s`.
    """
    listed = f" Units: {', '.join(units)}." if units else ""
    return Diagnostic("AUA0207", "error", f"`{path}` is {shown(text)}, but must be {expected}.", span, path, f"{advice}{listed}".strip())


def not_available(key: str, path: str, span: Span) -> Diagnostic:
    """A key that is reserved for a later release.

    What it checks: keys whose feature does not exist yet are refused by name.
    Why: accepting them would promise something that does not happen.
    Example: `rate_limits: {per_minute: 60}`.
    Instead: leave the key out.
    """
    return Diagnostic("AUA0208", "error", f"`{path}` is not available in this version.", span, path, f"Remove `{key}`.")


def empty_value(path: str, span: Span) -> Diagnostic:
    """A key without a value.

    What it checks: a key that is written has a value; only optional keys may be left empty, which means absent.
    Why: an empty value never deletes what a lower layer says, so it would do nothing.
    Example: `port:`.
    Instead: `port: 8000`, or leave the line out.
    """
    return Diagnostic("AUA0209", "error", f"`{path}` has no value.", span, path, "Give a value or remove the line.")


def repeated_name(name: str, path: str, span: Span, first: Span) -> Diagnostic:
    """Two entries of one list with the same name.

    What it checks: names of the entries of a list are distinct, also after `-` and `_` are taken as one.
    Why: entries are known by name; services, files and variables are named after them.
    Example: two specialists `swe-a` and `swe_a`.
    Instead: give each a name of its own.
    """
    return Diagnostic(
        "AUA0210",
        "error",
        f"The name `{name}` is used twice.",
        span,
        path,
        "Rename one of them; `-` and `_` count as the same.",
        (Related("first used here", first),),
    )


def wrong_count(count: int, expected: str, path: str, span: Span) -> Diagnostic:
    """A list with too few or too many entries.

    What it checks: lists hold as many entries as their key allows.
    Why: an empty list of specialists, say, would be a router that can answer nothing.
    Example: `specialists: []`.
    Instead: name at least one, or leave the key to the preset.
    """
    return Diagnostic(
        "AUA0211",
        "error",
        f"`{path}` has {count} entries, but must have {expected}.",
        span,
        path,
        "Change the list, or remove the key to keep what lies below.",
    )
