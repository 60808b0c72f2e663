"""The outline of a config as it is being typed: keys, lists and texts with their places, whatever is wrong with it.

Lines are taken one at a time by their indentation, braces and brackets by their signs; what makes no sense is stepped over. A bracket that
is not closed ends where a line begins that can only stand outside of it. Whether a text is right is not asked here: the compiler says that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import ref

from aua_compile.editor.position import At, Buffer, Stretch

DEEPEST = 64
NOWHERE = At(0, 0)

_KEY = re.compile(r"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s\[\]{},#&*!|>'"%@`-][^\n]*?|-[^\s:][^\n]*?)\s*:(?=\s|$)""")
_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*\s*")
_COMMENT = re.compile(r"(?:^|\s)#")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")
_FLOW_WORD = re.compile(r"[^,\[\]{}]*?(?=\s*(?:[,\[\]{}]|:(?:\s|$|[,\[\]{}])|\s#|$))")
_NO_KEY = "---", "..."


@dataclass(slots=True, eq=False, weakref_slot=True)
class Part:
    """A key with what stands under it, an item of a list (its key is empty), or the whole text.

    `column` is where it begins; `value_from` is the place after its colon, dash or opening bracket. Of a part in braces or brackets `until`
    is the place of the comma or bracket after it. `inside` is the interior of its own braces or brackets, if it has them. What it is under
    is referred to weakly: an outline is gone as soon as its root is.
    """

    key: str
    key_at: Stretch
    up: "ref[Part] | None"
    index: int | None = None
    column: int = 0
    value_from: At | None = None
    text: str = ""
    text_at: Stretch | None = None
    quoted: bool = False
    parts: "list[Part]" = field(default_factory=list)
    shape: str = ""  # mapping, list, text, block (a text over several lines), or nothing yet
    inside: tuple[At, At] | None = None
    until: At | None = None
    end: At = NOWHERE

    @property
    def parent(self) -> "Part | None":
        """What it stands under."""
        return None if self.up is None else self.up()

    @property
    def path(self) -> tuple[str | int, ...]:
        """Keys and indices from the top to here."""
        steps: list[str | int] = []
        part: Part | None = self
        while part is not None and part.parent is not None:
            steps.append(part.key if part.index is None else part.index)
            part = part.parent
        return tuple(reversed(steps))

    @property
    def by_name(self) -> str:
        """The path in which entries of lists are known by their name, else by their index: `specialists.swe.port`."""
        steps: list[str] = []
        part: Part | None = self
        while part is not None and part.parent is not None:
            steps.append(part.key if part.index is None else part.child_text("name") or str(part.index))
            part = part.parent
        return ".".join(reversed(steps))

    def child(self, key: str) -> "Part | None":
        """The entry of that key."""
        return next((part for part in self.parts if part.key == key and part.index is None), None)

    def child_text(self, key: str) -> str:
        """The text under a key, empty if there is none."""
        found = self.child(key)
        return found.text if found else ""

    def at(self, *path: str | int) -> "Part | None":
        """The part at a path of keys, indices and names of list entries."""
        part: Part | None = self
        for step in path:
            if part is None:
                return None
            part = next(
                (
                    inner
                    for inner in part.parts
                    if (inner.key == step if inner.index is None else step in {inner.index, inner.child_text("name")})
                ),
                None,
            )
        return part

    def walk(self) -> "Iterator[Part]":
        """All parts below, in the order of the text."""
        waiting = list(reversed(self.parts))
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))


def sketch(buffer: Buffer) -> Part:
    """The outline of a text."""
    return _Pencil(buffer.lines).draw()


def code_of(line: str) -> str:
    """A line without its comment; a `#` in quotes or inside a word begins none."""
    if "#" not in line:
        return line
    at = 0
    while found := _COMMENT.search(line, at):
        sign = found.end() - 1
        quoted = next(
            (quote for quote in _QUOTED.finditer(line) if quote.start() < sign < quote.end() and not _in_word(line, quote.start())), None
        )
        if quoted is None:
            return line[:sign].rstrip()
        at = quoted.end()
    return line


def _in_word(line: str, at: int) -> bool:
    """Whether the quote at `at` is an apostrophe inside of a word."""
    return at > 0 and line[at - 1].isalnum()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    return word


class _Pencil:
    """A text being outlined: its lines, the line that is next, and the parts still open, outermost first."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        self.codes = [code_of(line) for line in lines]
        self.root = Part("", Stretch(0, 0, 0), None, column=-1, shape="mapping", value_from=At(0, 0))
        self.open = [self.root]
        self.line = 0

    def draw(self) -> Part:
        while self.line < len(self.codes):
            code = self.codes[self.line]
            stripped = code.strip()
            if stripped and not code.startswith(_NO_KEY):
                self.take(code)
            self.line += 1
        last = At(len(self.lines) - 1, len(self.lines[-1]))
        for part in self.open:
            part.end = max(part.end, last)
        return self.root

    def take(self, code: str) -> None:
        """One line: its dashes, then a key, a bracket or a word."""
        column = _indent(code)
        while code.startswith("-", column) and code[column + 1 : column + 2] in ("", " "):
            self.close(column, dash=True)
            self.begin(Part("", Stretch(self.line, column, column + 1), ref(self.open[-1]), len(self.open[-1].parts), column), "list")
            self.open[-1].value_from = At(self.line, column + 1)
            column += 1
            column += _indent(code[column:]) if code[column:].strip() else 0
            if not code[column:].strip():
                return
        if found := _KEY.match(code, column):
            self.close(column)
            key_at = Stretch(self.line, found.start("key"), found.end("key"))
            self.begin(Part(_unquoted(found["key"]), key_at, ref(self.open[-1]), None, column), "mapping")
            self.open[-1].value_from = At(self.line, found.end())
            self.value(code, found.end(), self.open[-1])
        else:
            self.loose(code, column)

    def loose(self, code: str, column: int) -> None:
        """What is neither key nor item: the value of the part before, or a word that may become a key and is left to its place."""
        owner = next(part for part in reversed(self.open) if part.column < column)
        if not owner.parts and not owner.text and owner.parent is not None:
            self.value(code, column, owner)

    def close(self, column: int, *, dash: bool = False) -> None:
        """End the parts that a line beginning at `column` is outside of. A list may begin at its key's own column."""
        while self.open[-1].column > column or (
            self.open[-1].column == column and not (dash and self.open[-1].index is None and self.open[-1].shape in {"", "list"})
        ):
            self.open.pop().end = self.before()

    def before(self) -> At:
        """The end of the line before the one at hand."""
        line = max(0, self.line - 1)
        return At(line, len(self.lines[line]))

    def begin(self, part: Part, shape: str) -> None:
        parent = self.open[-1]
        part.end = At(self.line, len(self.lines[self.line]))
        if len(self.open) > DEEPEST:
            return
        parent.shape = shape
        parent.parts.append(part)
        self.open.append(part)

    def value(self, code: str, column: int, owner: Part) -> None:
        """What stands on this line from `column` on as the value of `owner`."""
        column += _indent(code[column:])
        while found := _PROPERTY.match(code, column):
            column = found.end()
        sign = code[column : column + 1]
        if not sign:
            return
        if sign in "{[":
            self.line = _Flow(self, owner).draw(self.line, column)
        elif sign in "|>":
            owner.shape = "block"
            self.skip_block(owner.column)
        else:
            self.text(code, column, owner)

    def text(self, code: str, column: int, owner: Part) -> None:
        rest = code[column:].rstrip()
        found = _QUOTED.match(rest)
        word = found.group() if found else rest
        owner.shape = "text"
        owner.text, owner.quoted = _unquoted(word), found is not None
        owner.text_at = Stretch(self.line, column, column + len(word))

    def skip_block(self, column: int) -> None:
        """Step over the lines of a text written with `|` or `>`."""
        while self.line + 1 < len(self.lines):
            following = self.lines[self.line + 1]
            if following.strip() and _indent(following) <= column:
                return
            self.line += 1


class _Flow:
    """A value in braces or brackets, over as many lines as it takes."""

    def __init__(self, pencil: _Pencil, owner: Part) -> None:
        self.pencil, self.owner = pencil, owner
        self.open: list[Part] = []
        self.entry: Part | None = None

    def draw(self, line: int, column: int) -> int:
        """Outline from the opening bracket on; the line at which the value ended."""
        first = line
        while line < len(self.pencil.codes):
            code = self.pencil.codes[line]
            if line > first and self.outside(code):
                return self.abandon(line - 1)
            while column < len(code):
                column = self.sign(code, line, column)
                if not self.open:
                    return line
            line, column = line + 1, 0
        return self.abandon(line - 1)

    def outside(self, code: str) -> bool:
        """Whether a line can only stand outside: it is no deeper than the value's owner, and a key or an item."""
        indent = _indent(code)
        begins = _KEY.match(code, indent) is not None or code.startswith("- ", indent)
        return bool(code.strip()) and indent <= max(0, self.owner.column) and begins

    def abandon(self, line: int) -> int:
        """End what was never closed."""
        end = At(line, len(self.pencil.lines[line]))
        for part in (*self.open, *([self.entry] if self.entry else [])):
            part.until = part.end = end
            if part.inside is not None:
                part.inside = (part.inside[0], end)
        return line

    def sign(self, code: str, line: int, column: int) -> int:
        """Take the sign or word at `column`; the column after it."""
        sign, at = code[column], At(line, column)
        if sign == " ":
            return column + 1
        if sign in "{[":
            self.enter(At(line, column + 1), "mapping" if sign == "{" else "list")
        elif sign in "}]":
            self.leave(at)
        elif sign == ",":
            self.finish(at)
        elif sign == ":" and self.entry is not None:
            self.entry.value_from = At(line, column + 1)
        else:
            return self.word(code, line, column)
        return column + 1

    def enter(self, inside: At, shape: str) -> None:
        if not self.open:
            part = self.owner
        else:
            part = self.entry if self.entry is not None and self.entry.value_from is not None else self.item(inside)
        part.shape, part.inside, part.end = shape, (inside, inside), inside
        self.open.append(part)
        self.entry = None

    def leave(self, at: At) -> None:
        self.finish(at)
        part = self.open.pop()
        part.inside = (part.inside[0] if part.inside else at, at)
        part.end = At(at.line, at.column + 1)
        self.entry = part if self.open else None

    def finish(self, at: At) -> None:
        """A comma or a closing bracket: the entry before it is over."""
        if self.entry is not None:
            self.entry.until = at
            self.entry = None

    def item(self, at: At) -> Part:
        """A new item of the list at hand, or in a mapping an entry without a key."""
        parent = self.open[-1]
        part = Part(
            "", Stretch(at.line, at.column - 1, at.column - 1), ref(parent), len(parent.parts), parent.column, At(at.line, at.column - 1)
        )
        parent.parts.append(part)
        self.entry = part
        return part

    def word(self, code: str, line: int, column: int) -> int:
        found = _QUOTED.match(code, column) or _FLOW_WORD.match(code, column)
        end = max(found.end() if found else 0, column + 1)
        written, at = code[column:end], Stretch(line, column, end)
        if self.entry is not None and self.entry.value_from is not None:
            self.put(self.entry, written, at)
        elif self.open[-1].shape == "list":
            self.put(self.item(At(line, column + 1)), written, at)
        elif self.entry is None:
            part = Part(_unquoted(written), at, ref(self.open[-1]), None, self.open[-1].column, end=At(line, end))
            self.open[-1].parts.append(part)
            self.entry = part
        return end

    def put(self, part: Part, written: str, at: Stretch) -> None:
        if part.text_at is None:
            part.shape, part.text, part.text_at, part.quoted = "text", _unquoted(written), at, written[0] in "\"'"
            part.end = At(at.line, at.end)
