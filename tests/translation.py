"""Turns the shipped Jinja templates into Python functions: `make schemas` writes `aua_compile/filled.py`.

Importing Jinja and compiling the templates took half of a compile (docs/decisions/0006). A test fills every template both ways and
compares. What no template uses yet is not translated but refused.
"""

import re
from collections.abc import Iterator

from jinja2 import Environment, StrictUndefined, nodes

from aua_compile.filling import FILTERS
from aua_compile.shipped import shipped

BEGIN = '''"""The shipped templates as functions. Made from templates/ by `make schemas`; edits are lost."""

from aua_compile.filling import FILTERS, Template, Values, Write, concat, get, looped

'''

_OPERATORS = {"eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in"}


class UntranslatableError(Exception):
    """A template uses more of Jinja than the translation knows."""


def environment() -> Environment:
    """Jinja as the templates are written for it: undefined names are errors, blocks leave no blank lines, filters only quote and join."""
    made = Environment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - nothing here is HTML; each template quotes for its own language
    )
    made.filters = dict(FILTERS)
    return made


def template_paths() -> list[str]:
    """Every file under templates/, but for what tools leave in hidden folders."""
    root = shipped("templates")
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts))


def translated() -> str:
    """The whole of `aua_compile/filled.py`."""
    root = shipped("templates")
    paths = template_paths()
    functions = "\n\n".join(function(path, (root / path).read_text(encoding="utf-8")) for path in paths)
    table = "".join(f"    {path!r}: {_name(path)},\n" for path in paths)
    return f"{BEGIN}\n{functions}\n\nTEMPLATES: dict[str, Template] = {{\n{table}}}\n"


def _name(path: str) -> str:
    return "_" + re.sub(r"\W", "_", path.removesuffix(".j2"))


def function(path: str, source: str) -> str:
    """A template as a function; a file without `.j2` is written as it is."""
    body: list[nodes.Node] = environment().parse(source).body if path.endswith(".j2") else [nodes.Output([nodes.TemplateData(source)])]
    return "\n".join([f"def {_name(path)}(v: Values, write: Write) -> None:", *_indented(body, frozenset()), ""])


def _statements(body: list[nodes.Node], local: frozenset[str]) -> Iterator[str]:
    for node in body:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    text = repr(part.data) if isinstance(part, nodes.TemplateData) else f"str({_expression(part, local)})"
                    yield f"write({text})"
            case nodes.If():
                yield f"if {_expression(node.test, local)}:"
                yield from _indented(node.body, local)
                for other in node.elif_:
                    yield f"elif {_expression(other.test, local)}:"
                    yield from _indented(other.body, local)
                if node.else_:
                    yield "else:"
                    yield from _indented(node.else_, local)
            case nodes.For(else_=[], recursive=False):
                names = {name.name for name in nodes.Tuple([node.target], "store").find_all(nodes.Name)}
                counted = any(name.name == "loop" for each in node.body for name in each.find_all(nodes.Name))
                target = _expression(node.target, local | names)
                source = _expression(node.iter, local)
                if node.test is not None:
                    source = f"[{target} for {target} in {source} if {_expression(node.test, local | names)}]"
                yield f"for loop, {target} in looped({source}):" if counted else f"for {target} in {source}:"
                yield from _indented(node.body, local | names | ({"loop"} if counted else set()))
            case _:
                raise UntranslatableError(f"{type(node).__name__} in line {node.lineno}")


def _indented(body: list[nodes.Node], local: frozenset[str]) -> Iterator[str]:
    yield from [f"    {line}" for line in _statements(body, local)] or ["    pass"]


def _expression(node: nodes.Node, local: frozenset[str]) -> str:
    def of(part: nodes.Node) -> str:
        return _expression(part, local)

    match node:
        case nodes.Const():
            return repr(node.value)
        case nodes.Name():
            return node.name if node.name in local else f"v[{node.name!r}]"
        case nodes.Tuple():
            return f"({''.join(of(item) + ', ' for item in node.items)})"
        case nodes.Getattr():
            return f"get({of(node.node)}, {node.attr!r})"
        case nodes.Getitem(arg=nodes.Const()):
            return f"{of(node.node)}[{of(node.arg)}]"
        case nodes.Call(dyn_args=None, dyn_kwargs=None):
            return f"{of(node.node)}({_arguments(node, local)})"
        case nodes.Filter(name=str(name)) if name in FILTERS and node.node is not None:
            rest = _arguments(node, local)
            return f"FILTERS[{name!r}]({of(node.node)}{', ' + rest if rest else ''})"
        case nodes.CondExpr(expr2=nodes.Expr() as otherwise):
            return f"({of(node.expr1)} if {of(node.test)} else {of(otherwise)})"
        case nodes.Concat():
            return f"concat({', '.join(of(part) for part in node.nodes)})"
        case nodes.Not():
            return f"(not {of(node.node)})"
        case nodes.And() | nodes.Or():
            return f"({of(node.left)} {'and' if isinstance(node, nodes.And) else 'or'} {of(node.right)})"
        case nodes.Compare():
            return f"({of(node.expr)} {' '.join(f'{_OPERATORS[each.op]} {of(each.expr)}' for each in node.ops)})"
        case _:
            raise UntranslatableError(f"{type(node).__name__} in line {node.lineno}")


def _arguments(node: nodes.Call | nodes.Filter, local: frozenset[str]) -> str:
    named = (f"{pair.key}={_expression(pair.value, local)}" for pair in node.kwargs)
    return ", ".join([*(_expression(part, local) for part in node.args), *named])
