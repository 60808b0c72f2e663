"""What may be wrong with the text of a YAML file, one builder for each code. `aua_compile.document` finds, this module words."""

from yaml import YAMLError

from aua_compile.characters import code_point, shown
from aua_compile.diagnostic import Diagnostic, Fix, Related
from aua_compile.frozen import dataclass
from aua_compile.plain_scalar import Ambiguous, Unbounded
from aua_compile.span import Lines, Span


def empty(span: Span) -> Diagnostic:
    """A file without content.

    What it checks: the file holds something besides comments and blank lines.
    Why: an empty file is more often a failed copy or a wrong name than a wish.
    Example: a `coding.yaml` of zero bytes.
    Instead: write at least `config_version: "1.0"` and `preset: coding`.
    """
    return Diagnostic("AUA0111", "error", "The file is empty.", span, help='Write at least `config_version: "1.0"` and `preset: coding`.')


def second_document(span: Span) -> Diagnostic:
    """A file that holds several documents.

    What it checks: the file is one YAML document.
    Why: a second document would have to be ignored or merged, and either would surprise.
    Example: two configs in one file, separated by `---`.
    Instead: one file for each document; a config takes another one in with `extends`.
    """
    message = "A second YAML document begins here; a file holds one."
    return Diagnostic("AUA0112", "error", message, span, help="Move it to a file of its own; `extends` takes another file in.")


def root_not_a_mapping(kind: str, span: Span) -> Diagnostic:
    """A file whose top level is no mapping.

    What it checks: the top level of the file is made of `key: value` lines.
    Why: every key of the language has a name; a list or a single text has none.
    Example: a file that begins with `- name: swe`.
    Instead: put the list under its key, as in `specialists:`.
    """
    help_ = "Write `key: value` lines; after each colon comes a space."
    return Diagnostic("AUA0113", "error", f"The file is {kind}; its top level must be a mapping.", span, help=help_)


def syntax(text: str, lines: Lines, error: YAMLError) -> Diagnostic:
    """Text that is not YAML.

    What it checks: the file follows the grammar of YAML 1.2.
    Why: a file that cannot be read in one way only must not be guessed at.
    Example: `name: "swe` without the closing quote, or keys of one mapping that do not line up.
    Instead: mend the line named; quote texts that hold `: `, ` #`, or begin with one of `@ % & * ! | > [ ] { } ,`.
    """
    problem = str(getattr(error, "problem", "") or "")
    context = str(getattr(error, "context", "") or "")
    here = _offset(text, getattr(error, "problem_mark", None))
    opened = _offset(text, getattr(error, "context_mark", None))
    words = _words(problem, context)
    start = opened if words.opening and context else here
    end = start + 1 if text[start : start + 1].strip() else start
    beginning = lines.span(opened, opened + 1)
    related = (Related("opened here", beginning),) if "flow" in context and not words.opening and opened != here else ()
    found = text[here : here + 2] if "escape" in problem else text[here : here + 1]
    message = words.message.format(found=shown(found), line=beginning.line)
    return Diagnostic("AUA0114", "error", message, lines.span(start, end), help=words.help, related=related)


def _offset(text: str, mark: object) -> int:
    """The mark's offset; where the parser ran off the end, the end of the last line that says something."""
    offset = int(getattr(mark, "index", 0))
    return min(offset, len(text.rstrip())) if offset >= len(text) else offset


@dataclass(frozen=True, slots=True)
class _Words:
    """How a problem of the C parser is told. `{found}` is the text it broke at, `{line}` where the construct began.

    With `opening` the finding points at that beginning rather than at where it broke.
    """

    message: str
    help: str
    opening: bool = False


_UNCLOSED_QUOTE = _Words("The quote opened here is never closed.", "Close it on the line where its text ends.", opening=True)

_BY_PROBLEM = {
    "mapping values are not allowed in this context": _Words(
        "This `:` stands where no key can be.",
        "Quote a text that holds `: `; write a nested key on a line of its own, indented by spaces.",
    ),
    "block sequence entries are not allowed in this context": _Words(
        "This `-` stands where no list can begin.", "Write each `- item` on a line of its own below the key."
    ),
    "could not find expected ':'": _Words(
        "This line is neither `key: value` nor `- item`.", "Write a colon and a space after a key.", opening=True
    ),
    "did not find expected key": _Words(
        "The mapping that begins in line {line} expects its next key here.",
        "Line up the keys of one mapping, and close every quote where its text ends.",
    ),
    "did not find expected '-' indicator": _Words(
        "The list that begins in line {line} expects its next `- item` here.",
        "Line up the items of one list; keys cannot stand beside items.",
    ),
    "did not find expected ',' or ']'": _Words(
        "A `,` or the closing `]` of the list is missing here.", "Close the list with `]`, or separate its items with `,`."
    ),
    "did not find expected ',' or '}'": _Words(
        "A `,` or the closing `}}` of the mapping is missing here.", "Close it with `}`, or separate its entries with `,`."
    ),
    "did not find expected node content": _Words(
        "A value is missing here.", "Write the value; quote a text that begins with one of `, ] }`."
    ),
    "found unexpected end of stream": _UNCLOSED_QUOTE,
    "found unexpected document indicator": _UNCLOSED_QUOTE,
    "found unknown escape character": _Words(
        "`{found}` is no escape that double quotes know.",
        "Double the backslash, or use single quotes, which keep backslashes as they are.",
    ),
    "did not find expected hexdecimal number": _Words(
        "An escape lacks digits: `\\x` takes two hexadecimal digits, `\\u` four, `\\U` eight.",
        "Write all digits, or double the backslash.",
    ),
    "found invalid Unicode character escape code": _Words(
        "The escape names no character: it is half of a surrogate pair, or beyond U+10FFFF.", "Write the character itself."
    ),
    "found character that cannot start any token": _Words("A plain value cannot begin with `{found}`.", "Quote the value."),
    "did not find expected alphabetic or numeric character": _Words(
        "`*` and `&` begin the name of an anchor, and none follows.", "Quote a text that begins with `*` or `&`.", opening=True
    ),
    "did not find expected <document start>": _Words(
        "The document ends above; this is more text.", "Remove the text, or put it into the mapping above."
    ),
    "found an indentation indicator equal to 0": _Words("The indentation of a block of text cannot be 0.", "Leave the digit out."),
}

_BY_TOPIC = {
    "block scalar": _Words(
        "After `|` or `>` only a digit, `+`, `-` and a comment can follow.",
        "Begin the text on the next line, or quote a value that begins with `|` or `>`.",
    ),
    "directive": _Words(
        "This line begins with `%`, as a YAML directive does, and is none that is known.", "Remove the line.", opening=True
    ),
    "incompatible YAML": _Words("This directive asks for another version of YAML than 1.2.", "Remove the line."),
    "tag": _Words("This begins with `!`, as a YAML tag does, and is none.", "Quote a text that begins with `!`."),
}

_OTHERWISE = _Words("This is not YAML.", "Compare the line with those around it; quote texts that hold special characters.")


def _words(problem: str, context: str) -> _Words:
    if problem in _BY_PROBLEM:
        return _BY_PROBLEM[problem]
    return next((words for topic, words in _BY_TOPIC.items() if topic in context or topic in problem), _OTHERWISE)


def duplicate_key(key: str, path: str, first: Span, span: Span) -> Diagnostic:
    """A key that stands twice in one mapping.

    What it checks: the keys of a mapping are distinct.
    Why: most YAML readers let the last one win without a word, so the first line lies to its reader.
    Example: `port: 8000` and, further down in the same mapping, `port: 8001`.
    Instead: keep one of the two.
    """
    message = f"The key `{shown(key)}` stands twice in one mapping."
    related = (Related("first written here", first),)
    return Diagnostic("AUA0115", "error", message, span, path, help="Remove one of the two.", related=related)


def key_not_text(kind: str, path: str, span: Span) -> Diagnostic:
    """A key that is no text.

    What it checks: every key is a non-empty text.
    Why: keys are names; a number, a list or nothing at all cannot be looked up as one.
    Example: `8000: router`, or `{{ name }}` without quotes, which YAML reads as a mapping in a mapping.
    Instead: quote the key, or quote the value that was taken for a mapping.
    """
    help_ = "Quote it, if it is meant as a name." if kind.startswith("the ") else "Quote a text that holds `{`, `[` or `?`."
    return Diagnostic("AUA0116", "error", f"This key is {kind}; keys are texts.", span, path, help=help_)


def foreign_letter(key: str, path: str, span: Span) -> Diagnostic:
    """A key with a letter outside ASCII.

    What it checks: keys outside the top-level `x-*` ones are made of ASCII characters.
    Why: all keys of the language are; a letter of another alphabet that looks the same makes a key that seems right and is unknown.
    Example: a `port` whose second letter is Cyrillic.
    Instead: type the key anew.
    """
    letters = dict.fromkeys(character for character in key if not character.isascii())
    named = ", ".join(f"`{letter}` is {code_point(letter)}" for letter in list(letters)[:3])
    message = f"The key `{shown(key)}` is not all ASCII: {named}."
    return Diagnostic("AUA0117", "error", message, span, path, help="Type the key anew with plain letters.")


def tag(written: str, path: str, span: Span) -> Diagnostic:
    """A YAML tag.

    What it checks: no value carries a tag such as `!!str` or `!include`.
    Why: tags make a reader build other things than the text says, and each reader knows different ones.
    Example: `port: !!int "8000"`.
    Instead: write the value plainly; quotes make a text.
    """
    message = f"The tag `{shown(written)}` is not part of the language."
    return Diagnostic(
        "AUA0118", "error", message, span, path, help="Remove it; quotes make a text, and a text that begins with `!` needs them."
    )


def merge_key(path: str, span: Span) -> Diagnostic:
    """A merge key.

    What it checks: no mapping holds the key `<<`.
    Why: YAML 1.2 has no merge keys, and tools disagree about which value wins.
    Example: `<<: *defaults` in a specialist.
    Instead: `extends` takes a whole file in; a list entry starts from the entry of the same name in the layer below.
    """
    help_ = "Write the keys out, or move what is shared to a file that `extends` names."
    return Diagnostic("AUA0119", "error", "Merge keys (`<<`) are not part of the language.", span, path, help=help_)


def misplaced_anchor(name: str, path: str, span: Span) -> Diagnostic:
    """An anchor outside `x-*`.

    What it checks: anchors (`&name`) stand under top-level keys that begin with `x-`, and not on keys.
    Why: a value that is reused elsewhere should be seen to be shared; under `x-` it says so.
    Example: `port: &port 8000` in a specialist.
    Instead: define it under a key such as `x-shared` and refer to it with `*name`.
    """
    help_ = f"Move it under a top-level key such as `x-shared`, and write `*{shown(name)}` here; or quote a text that begins with `&`."
    message = f"The anchor `&{shown(name)}` stands outside the top-level `x-*` keys."
    return Diagnostic("AUA0120", "error", message, span, path, help=help_)


def anchor_twice(name: str, path: str, first: Span, span: Span) -> Diagnostic:
    """An anchor that is defined twice.

    What it checks: each anchor's name is given once in a file.
    Why: YAML would let an alias mean the last one above it, which changes when lines move.
    Example: `x-a: &gpu 0` and `x-b: &gpu 1`.
    Instead: give the second one a name of its own.
    """
    message = f"The anchor `&{shown(name)}` is defined twice."
    related = (Related("first defined here", first),)
    return Diagnostic("AUA0121", "error", message, span, path, help="Rename one of the two.", related=related)


def unknown_anchor(name: str, known: list[str], path: str, span: Span) -> Diagnostic:
    """An alias without its anchor.

    What it checks: each alias (`*name`) follows its anchor (`&name`) and is no key.
    Why: there is nothing it could stand for.
    Example: `port: *http` where no `&http` stands above.
    Instead: define the anchor above, under a top-level `x-*` key; or quote a text that begins with `*`.
    """
    listed = f" Anchors above: {', '.join(f'`&{shown(other)}`' for other in sorted(known)[:8])}." if known else ""
    message = f"No anchor `&{shown(name)}` stands above this alias."
    return Diagnostic("AUA0122", "error", message, span, path, help=f"Define it above, or quote a text that begins with `*`.{listed}")


def recursive_alias(name: str, path: str, first: Span, span: Span) -> Diagnostic:
    """An alias inside the value that it stands for.

    What it checks: no value contains itself.
    Why: such a value has no end.
    Example: `x-loop: &loop [*loop]`.
    Instead: write out what the inner one should be.
    """
    message = f"`*{shown(name)}` stands inside the value that it names, which would have no end."
    related = (Related("the value begins here", first),)
    return Diagnostic("AUA0123", "error", message, span, path, help="Write out what is meant here.", related=related)


def alias_as_key(name: str, path: str, span: Span) -> Diagnostic:
    """An alias in place of a key.

    What it checks: keys are written out.
    Why: a key that is looked up elsewhere cannot be searched for or reviewed.
    Example: `*field : 0.7`.
    Instead: write the key itself.
    """
    return Diagnostic("AUA0124", "error", f"The alias `*{shown(name)}` stands in place of a key.", span, path, help="Write the key itself.")


def read_differently(text: str, readings: Ambiguous, path: str, span: Span) -> Diagnostic:
    """A plain value that YAML 1.1 and 1.2 read differently.

    What it checks: every unquoted value means the same in both versions of YAML.
    Why: many tools still read YAML 1.1, where `no` is false, `017` is 15 and `12:30` is 750; a file must not change with its reader.
    Example: `enabled: yes`, `port: 0o17`, `timeout_s: 1e-1`, `size: 1_000`, `since: 2024-01-01`.
    Instead: quote a text; write a number in plain decimal, a boolean as `true` or `false`.
    """
    message = f"YAML 1.1 reads `{shown(text)}` as {readings.old}, YAML 1.2 as {readings.new}."
    help_ = f"Write {' or '.join(readings.spellings)}."
    fix = Fix(span, readings.spellings[0].strip("`")) if len(readings.spellings) == 1 else None
    return Diagnostic("AUA0125", "error", message, span, path, help=help_, fix=fix)


def unbounded_number(text: str, refusal: Unbounded, path: str, span: Span) -> Diagnostic:
    """A number that is not finite, or too long.

    What it checks: numbers are finite and at most 64 characters long.
    Why: no setting means infinity, and what overflows would silently become it.
    Example: `timeout_s: .inf`, `port: 1e+999`.
    Instead: write the largest number that is meant, or leave the key out; quote it if it is a text.
    """
    message = f"The number `{shown(text)}` {refusal.reason}."
    return Diagnostic("AUA0126", "error", message, span, path, help="Write a plain number, or quote it if it is a text.")


def too_deep(limit: int, path: str, span: Span) -> Diagnostic:
    """Nesting beyond the limit.

    What it checks: mappings and lists are nested at most 64 levels deep.
    Why: no config needs a tenth of that; what does is generated by mistake or meant to do harm.
    Example: a thousand opening brackets.
    Instead: flatten the value.
    """
    message = f"Mappings and lists are nested deeper than {limit} levels here."
    return Diagnostic("AUA0127", "error", message, span, path, help="Flatten the value; the rest of the file was not read.")


def too_many_nodes(limit: int, path: str, span: Span) -> Diagnostic:
    """More values than the limit.

    What it checks: a file holds at most 50,000 keys, values, lists and mappings, with each alias counted as what it stands for.
    Why: a config of a thousand specialists has a quarter of that; aliases of aliases reach billions in ten lines.
    Example: nine lists, each made of nine aliases to the one before.
    Instead: split the deployment, or write out what the aliases should say.
    """
    message = f"The file holds more than {limit:,} keys and values, counting what aliases stand for."
    return Diagnostic("AUA0128", "error", message, span, path, help="Split the config; the rest of the file was not read.")


def directive(written: str, span: Span) -> Diagnostic:
    """A YAML directive.

    What it checks: the file has no directive but `%YAML 1.2`.
    Why: the language is YAML 1.2 without tags; another version or a tag prefix would promise what is not done.
    Example: `%YAML 1.1` in the first line.
    Instead: remove the line.
    """
    message = f"The directive `{shown(written)}` is not part of the language, which is YAML 1.2 without tags."
    return Diagnostic("AUA0129", "error", message, span, help="Remove the line.")
