r"""Claims that an answer makes in numbers: sums that hold or not, solutions that solve or not, forms that are equal or not.

A claim is `left = right` between edges that show that it is whole: in `17 mod 5 + 1 = 3` or `2,5 * 2 = 5` nothing is claimed that can be
read here, and what cannot be read is not counted. LaTeX is read as far as `\frac`, `\times`, `\cdot`, `\div`, `\boxed` and braces go.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from aua_runtime.verify.expression import (
    Budget,
    Expression,
    Number,
    Operation,
    Token,
    Undefined,
    Unknown,
    Variable,
    parsed,
    tokens_of,
    value_of,
    variables_of,
)

LINES_MAX = 400
CLAIMS_MAX = 100
LINE_CHARACTERS = 1000
SIDE_TOKENS = 80

_POINTS = tuple(Fraction(number) for number in ("7/3", "-11/5", "13/2", "-17/7", "5/11"))
"""Where two forms are compared: two different polynomials of degree d meet in at most d points of a line (Schwartz, "Fast Probabilistic
Algorithms for Verification of Polynomial Identities", JACM 1980); these are fixed, so that the same answer gets the same result."""

# fmt: off - a line of words reads better than a column
_OPERATOR_WORDS = frozenset(
    (
        "mod",
        "modulo",
        "of",
        "times",
        "plus",
        "minus",
        "over",
        "per",
        "percent",
        "choose",
        "log",
        "ln",
        "lg",
        "exp",
        "sin",
        "cos",
        "tan",
        "sqrt",
        "gcd",
        "lcm",
        "max",
        "min",
        "divided",
        "multiplied",
        "by",
        "squared",
        "cubed",
        "power",
        "half",
        "third",
        "quarter",
        "double",
        "twice",
        "base",
        "hundred",
        "thousand",
        "million",
        "billion",
        "dozen",
    )
)
# fmt: on
"""Words that make what stands beside them a part of something larger."""
# fmt: off - as above
_SUPPOSING = frozenset(
    (
        "if",
        "suppose",
        "assume",
        "let",
        "try",
        "when",
        "at",
        "for",
        "where",
        "guess",
        "put",
        "take",
        "set",
        "not",
        "than",
        "say",
        "unless",
        "with",
        "case",
        "test",
        "whether",
    )
)
# fmt: on
"""Words before `x = 2` that do not claim it."""
_OTHER_BASES = re.compile(r"\b(?:binary|hexadecimal|hex|octal|base|mod|modulo|modular|bitwise|xor|clock|radix)\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*+\u2022]|\d{1,3}[.)]|[A-Za-z][.)]|#{1,6}|>)\s+")
_BOLD = re.compile(r"(?<![\w)*])\*\*(?=[^\s*])|(?<=[^\s*])\*\*(?![\w(*-])")
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]{1,80})\}\{([^{}]{1,80})\}")
_BRACED = re.compile(r"(\^|\\boxed)\{([^{}]{1,80})\}")
_LATEX = (
    (re.compile(r"\\(?:times|cdot)(?![A-Za-z])"), "*"),
    (re.compile(r"\\div(?![A-Za-z])"), "/"),
    (re.compile(r"\\approx(?![A-Za-z])"), "\u2248"),
    (re.compile(r"\\(?:left|right)(?![A-Za-z])"), ""),
    (re.compile(r"\\\\"), "\n"),
    (re.compile(r"\\(?:quad|[,;! ()\[\]])|&"), " "),
)
_REWRITES = re.compile(r"\b(?:expand|simplif|factor|rewrite|multiply out|identit|equivalent form)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Equality:
    """Two sides, and the word before the left one. `rough` is an equality that only claims to be near."""

    left: Expression
    right: Expression
    before: str
    rough: bool


def results(text: str, question: str) -> Iterator[bool]:
    """Whether each claim holds that can be decided: plain sums, solutions of the question's equation, and forms of one expression."""
    budget = Budget()
    claims = list(equalities(text, budget))
    if not claims:
        return
    asked = _equation_of(question, budget)
    rewrites = _REWRITES.search(question) is not None
    solved: set[Fraction] = set()
    for claim in claims:
        try:
            holds = _holds(claim, asked, budget, solved, rewrites=rewrites)
        except Unknown:
            continue
        if holds is not None:
            yield holds


def equalities(text: str, budget: Budget) -> Iterator[Equality]:
    """The equalities in a text that are whole, at most 100 of them."""
    count = 0
    for line in _plain(text).splitlines()[:LINES_MAX]:
        if ("=" not in line and "\u2248" not in line) or _OTHER_BASES.search(line):
            continue
        for found in _of_line(tokens_of(_BULLET.sub("", line[:LINE_CHARACTERS])), budget):
            yield found
            count += 1
            if count == CLAIMS_MAX:
                return


def _plain(text: str) -> str:
    if "**" in text:
        text = _BOLD.sub(" ", text)
    if "\\" in text:
        for pattern, sign in _LATEX:
            text = pattern.sub(sign, text)
        for _ in range(3):  # braces within braces, at most so deep
            text = _FRACTION.sub(r"((\1)/(\2))", _BRACED.sub(lambda found: f"{found[1] if found[1] == '^' else ''}({found[2]})", text))
    return text.replace("$", " ")


def _of_line(tokens: list[Token], budget: Budget) -> Iterator[Equality]:
    for index, token in enumerate(tokens):
        if token.kind != "relation":
            continue
        start, before = _edge(tokens, index, -1)
        end, after = _edge(tokens, index, 1)
        if before is None or after is None or before in _OPERATOR_WORDS or after in _OPERATOR_WORDS:
            continue
        left, right = tokens[start:index], tokens[index + 1 : end]
        if not left or not right or _dangles(left):
            continue
        try:
            budget.spend(len(left) + len(right))
            yield Equality(parsed(left, budget), parsed(right, budget), before, token.text != "=")
        except Unknown:
            continue


def _edge(tokens: list[Token], start: int, step: int) -> tuple[int, str | None]:
    """How far the side of a relation reaches in one direction (exclusive to the right), and the word beyond; None where it is not whole."""
    opening, closing = ("open", "close") if step > 0 else ("close", "open")
    depth = 0
    index = start + step
    while 0 <= index < len(tokens) and abs(index - start) <= SIDE_TOKENS:
        token = tokens[index]
        if depth == 0 and _parted(tokens, index, step):
            break
        if token.kind == opening:
            depth += 1
        elif token.kind == closing:
            depth -= 1
            if depth < 0:  # a bracket of the sentence, not of the expression
                return (index if step > 0 else index + 1), ""
        elif token.kind == "poison":
            return index, None
        elif token.kind in {"edge", "word", "relation"}:
            word = token.text.lower() if token.kind == "word" else ""
            named = step < 0 and token.kind == "word" and tokens[index + 1].joined  # `row7` is a name, `7km` an amount
            return (index if step > 0 else index + 1), None if depth or named else word
        index += step
    return (index if step > 0 else index + 1), None if depth or abs(index - start) > SIDE_TOKENS else ""


def _parted(tokens: list[Token], index: int, step: int) -> bool:
    """Whether a space parts this operand from its neighbour, which is nearer to the relation: then the side begins with that one."""
    here, near = (tokens[index], tokens[index - step])
    first, second = (near, here) if step > 0 else (here, near)
    return first.kind in _ENDS and second.kind in _STARTS and not second.joined


_ENDS = frozenset({"number", "letter", "close"})
_STARTS = frozenset({"number", "letter", "open"})


def _dangles(tokens: list[Token]) -> bool:
    """Whether a side begins with a sign that stands alone: a dash of the sentence, or the rest of something longer."""
    return tokens[0].kind == "operator" and (len(tokens) == 1 or not tokens[1].joined or tokens[0].text not in "+-")


# --- what is claimed


def _holds(claim: Equality, asked: "tuple[str, Equality] | None", budget: Budget, solved: set[Fraction], *, rewrites: bool) -> bool | None:
    of_left, of_right = variables_of(claim.left), variables_of(claim.right)
    if not of_left and not of_right:
        if not isinstance(claim.left, Operation) and not isinstance(claim.right, Operation):
            return None  # two numbers side by side claim nothing that was computed
        return _numbers_agree(claim, budget)
    if asked is not None and not claim.rough and (claimed := _solution(claim, asked[0], budget)) is not None:
        if claimed in solved or claim.before in _SUPPOSING:
            return None
        solved.add(claimed)
        return _solves(asked[1], {asked[0]: claimed}, budget)
    if rewrites and of_left and of_right and not isinstance(claim.left, Variable):
        return _same_form(claim, sorted(of_left | of_right), budget)
    return None


def _numbers_agree(claim: Equality, budget: Budget) -> bool:
    """Whether two numeric sides are equal; where one is a single decimal number, whether it is the other one rounded or cut off."""
    try:
        a, b = value_of(claim.left, {}, budget), value_of(claim.right, {}, budget)
    except Undefined:
        return False
    if a == b:
        return True
    for written, exact in ((claim.right, a), (claim.left, b)):
        literal = _literal(written)
        if literal is None:
            continue
        value, decimals = literal
        unit = Fraction(1, 10**decimals)
        if claim.rough and abs(value - exact) <= max(unit, abs(exact) / 50):
            return True
        if decimals and (abs(value - exact) <= unit / 2 or (abs(exact) >= abs(value) and abs(value - exact) < unit and _endless(exact))):
            return True
    return False


def _literal(expression: Expression) -> tuple[Fraction, int] | None:
    match expression:
        case Number(value, decimals):
            return value, decimals
        case Operation("-", Number(zero, 0), Number(value, decimals)) if zero == 0:
            return -value, decimals
        case _:
            return None


def _endless(value: Fraction) -> bool:
    """Whether a number has no end as a decimal, so that cutting it off is the only way to write it."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest != 1


def _solution(claim: Equality, variable: str, budget: Budget) -> Fraction | None:
    """The value that a claim such as `x = 6/2` gives the variable."""
    for side, other in ((claim.left, claim.right), (claim.right, claim.left)):
        if side == Variable(variable) and not variables_of(other):
            try:
                return value_of(other, {}, budget)
            except Undefined:
                return None
    return None


def _solves(equation: Equality, at: Mapping[str, Fraction], budget: Budget) -> bool | None:
    try:
        residue = value_of(equation.left, at, budget) - value_of(equation.right, at, budget)
    except Undefined:
        return False
    if residue == 0:
        return True
    rounded = next(iter(at.values())).denominator not in {1, 2, 3, 4, 5, 6, 8}
    return None if rounded else False  # a value with decimals may be the solution, rounded


def _same_form(claim: Equality, variables: list[str], budget: Budget) -> bool | None:
    """Whether two expressions are equal at every point that is tried."""
    tried = 0
    for start in range(len(_POINTS)):
        at = {name: _POINTS[(start + index) % len(_POINTS)] + index for index, name in enumerate(variables)}
        try:
            if value_of(claim.left, at, budget) != value_of(claim.right, at, budget):
                return False
            tried += 1
        except Undefined:
            continue
    return True if tried > 1 else None


def _equation_of(question: str, budget: Budget) -> tuple[str, Equality] | None:
    """The one equation in one variable that a question asks to solve."""
    found = []
    for equality in equalities(question, budget):
        names = variables_of(equality.left) | variables_of(equality.right)
        given = isinstance(equality.left, Variable) and not variables_of(equality.right)
        if len(names) != 1 or given or equality.rough:
            return None
        found.append((next(iter(names)), equality))
    return found[0] if len(found) == 1 else None
