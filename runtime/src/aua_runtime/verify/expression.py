"""Arithmetic and algebra in running text: tokens, a parser, and exact values of rational expressions, all within fixed bounds.

Nothing here hands text to an interpreter. A number has at most 40 digits, a value at most 2,048 bits, an exponent at most 256, nesting 24
levels, and one `Budget` bounds the steps of a whole answer; what exceeds a bound is not known, never wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

DIGITS_MAX = 40
BITS_MAX = 2048
EXPONENT_MAX = 256
DEPTH_MAX = 24
STEPS_MAX = 20_000
"""Of parsing and evaluating, for one answer: about 20 ms."""

Kind = Literal["number", "letter", "word", "operator", "open", "close", "relation", "edge", "poison"]


class Unknown(Exception):
    """The expression is beyond what is read here, or beyond a bound."""


class Undefined(Exception):
    """The expression divides by zero."""


@dataclass(slots=True)
class Budget:
    """Steps that may still be taken."""

    steps: int = STEPS_MAX

    def spend(self, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise Unknown


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line. `joined` says that no space stands before it."""

    kind: Kind
    text: str
    joined: bool


_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
    r"|(?P<word>[^\W\d_]{2,})"
    r"|(?P<letter>[^\W\d_])"
    r"|(?P<arrow>=>|->|\u2192|\u21d2)"
    r"|(?P<poison>==|!=|<=|>=|:=|(?<=\d)[,:](?=\d)|[%\\!@#&{}\[\]~\u2013\u221a\u2260\u2211\u222b\u00b0_])"
    r"|(?P<relation>=|\u2248)"
    r"|(?P<operator>\*\*|[-+*/^\u2212\u00d7\u00f7\u00b7\u22c5]|[\u00b2\u00b3])"
    r"|(?P<open>\()|(?P<close>\))"
    r"|(?P<edge>.)"
)
_COUNTED = re.compile(r"0\d")
"""The beginning of what is a day, a code or an hour rather than a number."""
_SAME = {"\u2212": "-", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u00f7": "/", "**": "^"}
_SQUARED = {"\u00b2": "2", "\u00b3": "3"}


def tokens_of(line: str) -> list[Token]:
    """The tokens of one line, linear in its length.

    >>> [token.text for token in tokens_of("so 2x3 = 6.")]
    ['so', '2', '*', '3', '=', '6', '.']
    """
    found: list[Token] = []
    joined = False
    for match in _TOKEN.finditer(line):
        kind, text = match.lastgroup, match.group()
        if kind == "space":
            joined = False
            continue
        if kind == "number" and (len(text) > DIGITS_MAX or _COUNTED.match(text)):
            kind = "poison"
        if text in _SQUARED:
            found += (Token("operator", "^", joined=True), Token("number", _SQUARED[text], joined=True))
        else:
            kind = "edge" if kind == "arrow" else kind
            found.append(Token(kind, _SAME.get(text, text), joined))  # type: ignore[arg-type]  # a group's name is a kind
        joined = True
    for index in range(1, len(found) - 1):
        if found[index].text in {"x", "X"} and found[index - 1].kind == found[index + 1].kind == "number":
            found[index] = Token("operator", "*", joined=False)
    return found


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written; `decimals` digits stand after its point."""

    value: Fraction
    decimals: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A single letter."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions and what joins them; a negation is 0 minus its operand."""

    sign: str
    left: "Expression"
    right: "Expression"


Expression = Number | Variable | Operation

_NOTHING = Number(Fraction(0), 0)


def parsed(tokens: list[Token], budget: Budget) -> Expression:
    """The expression that all the tokens make; Unknown where they make none."""
    reader = _Reader(tokens, budget)
    expression = reader.sum(0)
    if reader.position != len(tokens):
        raise Unknown
    return expression


class _Reader:
    """Recursive descent: sums of products of powers of numbers, letters and brackets. `2x` and `3(4)` are products, `2 x` is none."""

    __slots__ = ("_budget", "_tokens", "position")

    def __init__(self, tokens: list[Token], budget: Budget) -> None:
        self._tokens = tokens
        self._budget = budget
        self.position = 0

    def _next(self) -> Token | None:
        return self._tokens[self.position] if self.position < len(self._tokens) else None

    def _takes(self, signs: str) -> str | None:
        token = self._next()
        if token is not None and token.kind == "operator" and token.text in signs:
            self.position += 1
            return token.text
        return None

    def sum(self, depth: int) -> Expression:
        if depth > DEPTH_MAX:
            raise Unknown
        self._budget.spend()
        found = self._product(depth)
        while sign := self._takes("+-"):
            found = Operation(sign, found, self._product(depth))
        return found

    def _product(self, depth: int) -> Expression:
        found = self._signed(depth)
        while True:
            self._budget.spend()
            if sign := self._takes("*/"):
                found = Operation(sign, found, self._signed(depth))
            elif self._continues():
                found = Operation("*", found, self._power(depth))
            else:
                return found

    def _continues(self) -> bool:
        """Whether a factor follows without a sign: joined, and no bracket after a letter, because `f(2)` may be a function's value."""
        token = self._next()
        if token is None or not token.joined or token.kind not in {"letter", "open"}:
            return False
        if self._tokens[self.position - 1].kind == "letter":
            raise Unknown
        return True

    def _signed(self, depth: int) -> Expression:
        if depth > DEPTH_MAX:
            raise Unknown
        if sign := self._takes("+-"):
            operand = self._signed(depth + 1)
            return Operation("-", _NOTHING, operand) if sign == "-" else operand
        return self._power(depth)

    def _power(self, depth: int) -> Expression:
        base = self._atom(depth)
        if self._takes("^"):
            return Operation("^", base, self._signed(depth + 1))
        return base

    def _atom(self, depth: int) -> Expression:
        self._budget.spend()
        token = self._next()
        if token is None:
            raise Unknown
        self.position += 1
        match token.kind:
            case "number":
                digits = token.text.replace(",", "")
                return Number(Fraction(digits), len(digits.partition(".")[2]))
            case "letter":
                return Variable(token.text)
            case "open":
                inner = self.sum(depth + 1)
                closing = self._next()
                if closing is None or closing.kind != "close":
                    raise Unknown
                self.position += 1
                return inner
            case _:
                raise Unknown


def variables_of(expression: Expression) -> frozenset[str]:
    match expression:
        case Variable(name):
            return frozenset({name})
        case Operation(_, left, right):
            return variables_of(left) | variables_of(right)
        case _:
            return frozenset()


def value_of(expression: Expression, at: Mapping[str, Fraction], budget: Budget) -> Fraction:
    """The exact value where the variables are as `at` says. Undefined where it divides by zero, Unknown beyond a bound."""
    budget.spend()
    match expression:
        case Number(value, _):
            return value
        case Variable(name):
            if name not in at:
                raise Unknown
            return at[name]
        case Operation(sign, left, right):
            return _bounded(_joined(sign, value_of(left, at, budget), value_of(right, at, budget)))


def _joined(sign: str, a: Fraction, b: Fraction) -> Fraction:
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            if b == 0:
                raise Undefined
            return a / b
        case _:
            return _raised(a, b)


def _raised(base: Fraction, exponent: Fraction) -> Fraction:
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if exponent.denominator != 1 or abs(exponent) > EXPONENT_MAX or bits * abs(exponent) > BITS_MAX:
        raise Unknown
    if base == 0 and exponent <= 0:
        raise Unknown if exponent == 0 else Undefined
    return Fraction(base ** int(exponent))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > BITS_MAX:
        raise Unknown
    return value
