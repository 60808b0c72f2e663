"""Queries against the contract: every metric, label and label value in them must be one that this plan's router or engines export."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from aua_runtime.contract.engine_metrics import engine_metrics
from aua_runtime.contract.labels import Label
from aua_runtime.contract.metrics import METRICS

from aua_compile.observe.recording import deployed, records
from aua_compile.plan.model import Plan

SCRAPED = frozenset({"job", "instance", "service"})
"""Labels that the scrape adds to every series."""

Node: TypeAlias = Any  # the parser's types are not annotated

Known = Mapping[str, Mapping[str, Label | None]]
"""Series -> its labels; a Label where the contract bounds its values."""


def known_of(plan: Plan) -> Known:
    """Every series that can exist in a Prometheus that runs this plan's scrape config and recording rules."""
    scraped: dict[str, Label | None] = dict.fromkeys(SCRAPED)
    known: dict[str, Mapping[str, Label | None]] = {
        "up": scraped,
        "ALERTS": scraped | dict.fromkeys(("alertname", "alertstate", "severity", "deployment")),
    }
    for metric in METRICS:
        for series in metric.series:
            le: dict[str, Label | None] = {"le": None} if series.endswith("_bucket") else {}
            known[series] = scraped | {label.name: label for label in metric.labels} | le
    for instance in plan.instances:
        for exported in engine_metrics(instance.engine, instance.engine_version).values() if instance.metrics_path else ():
            for series in exported.series:
                known[series] = scraped | dict.fromkeys(exported.labels) | ({"le": None} if series.endswith("_bucket") else {})
    for record in (*deployed(plan), *records(plan)):
        known[record.name] = dict.fromkeys((*labels_of(record.expr, known), *record.labels))
    return known


def faults_of(expr: str, known: Known) -> list[str]:
    """What a query names that does not exist. Raises where it does not parse."""
    found: list[str] = []
    _labels(_parsed(expr), known, found)
    return found


def selected(expr: str, known: Known) -> Iterator[tuple[str, set[str]]]:
    """Each series that a query selects, and the labels that it is matched on there. Variables stand for any value."""
    for node in _selectors(_parsed(re.sub(r"\$(\w+)", ".*", expr))):
        assert node.name in known, node.name
        yield node.name, {matcher.name for matcher in node.matchers.matchers}


def labels_of(expr: str, known: Known) -> set[str]:
    """The labels that a query's result has."""
    found: list[str] = []
    labels = _labels(_parsed(expr), known, found)
    assert not found, found
    return labels


def _selectors(node: Node) -> Iterator[Node]:
    match type(node).__name__:
        case "VectorSelector":
            yield node
        case "MatrixSelector":
            yield node.vector_selector
        case "SubqueryExpr" | "ParenExpr" | "UnaryExpr" | "AggregateExpr":
            yield from _selectors(node.expr)
        case "Call":
            for argument in node.args:
                yield from _selectors(argument)
        case "BinaryExpr":
            yield from _selectors(node.lhs)
            yield from _selectors(node.rhs)


def _parsed(expr: str) -> Node:
    import promql_parser

    return promql_parser.parse(expr)


def _labels(node: Node, known: Known, found: list[str]) -> set[str]:
    match type(node).__name__:
        case "VectorSelector":
            return _matched(node, known, found)
        case "MatrixSelector":
            return _matched(node.vector_selector, known, found)
        case "SubqueryExpr" | "ParenExpr" | "UnaryExpr":
            return _labels(node.expr, known, found)
        case "NumberLiteral" | "StringLiteral":
            return set()
        case "Call":
            inner = set().union(*(_labels(argument, known, found) for argument in node.args))
            return inner - {"le"} if node.func.name == "histogram_quantile" else inner
        case "AggregateExpr":
            inner = _labels(node.expr, known, found)
            by = set(node.modifier.labels) if node.modifier is not None else set()
            found.extend(f"no label `{name}` to aggregate by" for name in by - inner)
            keeps = type(node.op).__name__ and re.match(r"(topk|bottomk)\b", str(node))
            return inner if keeps else by
        case "BinaryExpr":
            left, right = _labels(node.lhs, known, found), _labels(node.rhs, known, found)
            modifier = node.modifier
            matched = getattr(modifier, "matching", None)
            on = set(getattr(matched, "labels", None) or ())
            found.extend(f"no label `{name}` to match on" for name in on - (left & right))
            return left or right
        case other:
            raise AssertionError(f"a node of kind {other} is not understood")


def _matched(node: Node, known: Known, found: list[str]) -> set[str]:
    labels = known.get(node.name)
    if labels is None:
        found.append(f"no series `{node.name}`")
        return set()
    for matcher in node.matchers.matchers:
        if matcher.name not in labels:
            found.append(f"`{node.name}` has no label `{matcher.name}`")
        else:
            found.extend(_foreign(matcher, labels[matcher.name]))
    return set(labels)


def _foreign(matcher: Node, label: Label | None) -> Iterator[str]:
    """Values of a closed set that a matcher names and the set lacks."""
    if label is None or label.names_of or label.free or not re.fullmatch(r"[\w|]+", matcher.value):
        return
    yield from (f"`{label.name}` is never `{value}`" for value in matcher.value.split("|") if value not in label.values)
