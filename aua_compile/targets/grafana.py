"""Grafana: one dashboard file per page, and the provisioning by which a fresh Grafana has data source and dashboards when it starts."""

from collections.abc import Iterator
from typing import Any

from aua_runtime.contract import metrics

from aua_compile.artifact import Artifact
from aua_compile.names import dns_label
from aua_compile.observe import scrape
from aua_compile.observe.alert import runbook
from aua_compile.observe.alerts import alerts
from aua_compile.observe.dashboards import dashboards
from aua_compile.observe.features import has_dashboards
from aua_compile.observe.panel import FIELD, SERVICE, SPECIALIST, Dashboard, Panel, Row
from aua_compile.observe.promql import quote, select
from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan
from aua_compile.render import to_json, to_yaml
from aua_compile.targets.header import header

PROMETHEUS_URL = "http://prometheus:9090"
"""Prometheus as Grafana reaches it in compose, where its service has this name."""
DASHBOARDS_PATH = "/etc/grafana/dashboards"
"""Where compose mounts the dashboards."""

_UID_LIMIT = 40  # Grafana refuses longer ones
_SCHEMA_VERSION = 39  # of Grafana 11; newer ones migrate it when they load it
_COLUMNS = 24
_HEIGHT, _HEIGHT_OF_STAT = 8, 4  # grid rows of 30 pixels
_MARK_S = 60
"""How finely marks on the graphs are looked for."""
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_VARIABLES = {
    FIELD: (metrics.QUERIES.name, scrape.router_job, "Field"),
    SPECIALIST: (metrics.UPSTREAM_CALLS.name, scrape.router_job, "Specialist"),
    SERVICE: ("up", scrape.engine_job, "Engine"),
}
"""By which series of which job the values of a variable are found, and what it is called."""


def emit(plan: Plan) -> Iterator[Artifact]:
    """Nothing where dashboards are off, or nothing is scraped."""
    if not has_dashboards(plan):
        return
    watched = {alert.name for alert in alerts(plan)}
    for page in dashboards(plan):
        yield Artifact(f"grafana/dashboards/{page.name}.json", to_json(_dashboard(plan, page, watched)))
    yield Artifact("grafana/provisioning/datasources/prometheus.yaml", to_yaml(_data_source(plan), header(plan)))
    yield Artifact("grafana/provisioning/dashboards/aua.yaml", to_yaml(_provider(plan), header(plan)))


def _data_source(plan: Plan) -> dict[str, Any]:
    return {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": dns_label(f"{plan.project.name}-prometheus", _UID_LIMIT),
                "type": "prometheus",
                "access": "proxy",
                "url": PROMETHEUS_URL,
                "isDefault": True,
                "editable": False,
                "jsonData": {
                    "httpMethod": "POST",
                    "timeInterval": duration(plan.observability.scrape_interval_s),
                    **_to_traces(plan),
                },
            }
        ],
    }


def _to_traces(plan: Plan) -> dict[str, Any]:
    """Where a dot of a latency leads. Grafana puts environment variables into provisioned files; `$$` is a dollar sign that stays."""
    tracing = plan.observability.tracing
    if tracing is None or not tracing.trace_url:
        return {}
    url = tracing.trace_url.replace("$", "$$").replace("{trace_id}", "$${__value.raw}")
    return {"exemplarTraceIdDestinations": [{"name": "trace_id", "url": url, "urlDisplayLabel": "Trace"}]}


def _provider(plan: Plan) -> dict[str, Any]:
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": "aua",
                "folder": plan.project.name,
                "type": "file",
                "allowUiUpdates": False,  # a change in the browser would be lost with the next compile
                "options": {"path": DASHBOARDS_PATH},
            }
        ],
    }


def _dashboard(plan: Plan, page: Dashboard, watched: set[str]) -> dict[str, Any]:
    tag = plan.project.name
    return {
        "uid": dns_label(f"{plan.project.name}-{page.name}", _UID_LIMIT),
        "title": f"{plan.project.name}: {page.title}",
        "description": page.description,
        "tags": ["aua", tag],
        "schemaVersion": _SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,  # one crosshair for all panels
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "timezone": "browser",
        "templating": {"list": [_source(plan), *(_variable(plan, name) for name in page.variables)]},
        "annotations": {"list": list(_annotations(plan))},
        "links": [
            {
                "type": "dashboards",
                "title": "Pages",
                "tags": [tag],
                "asDropdown": False,
                "includeVars": True,
                "keepTime": True,
                "targetBlank": False,
                "icon": "external link",
                "tooltip": "",
                "url": "",
            }
        ],
        "panels": list(_laid_out(plan, page.rows, watched)),
    }


def _source(plan: Plan) -> dict[str, Any]:
    uid = dns_label(f"{plan.project.name}-prometheus", _UID_LIMIT)
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "current": {"text": "Prometheus", "value": uid},
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "options": [],
        "refresh": 1,
    }


def _variable(plan: Plan, name: str) -> dict[str, Any]:
    series, job, text = _VARIABLES[name]
    query = f"label_values({select(series, job(plan))}, {name})"
    return {
        "name": name,
        "label": text,
        "type": "query",
        "datasource": dict(_SOURCE),
        "definition": query,
        "query": {"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery", "qryType": 1},
        "current": {"text": ["All"], "value": ["$__all"]},
        "allValue": ".*",
        "includeAll": True,
        "multi": True,
        "hide": 0,
        "options": [],
        "refresh": 2,  # when the time range changes
        "sort": 1,
    }


def _annotations(plan: Plan) -> Iterator[dict[str, Any]]:
    """Marks on the graphs: where an alert fired, another plan came, a router started, settings were read."""
    yield _annotation("Alerts", "red", f'ALERTS{{deployment={quote(plan.project.name)},alertstate="firing"}}', "{{alertname}}")
    if not scrape.router_is_scraped(plan):
        return
    job, step = scrape.router_job(plan), duration(_MARK_S)
    told, started, reloads = (select(metric.name, job) for metric in (metrics.PLAN_INFO, metrics.START_TIME, metrics.RELOADS))
    another = f"max by (digest) ({told}) unless on (digest) max by (digest) ({told} offset {step})"
    yield _annotation("Plans", "blue", another, "plan {{digest}}")
    yield _annotation("Starts", "purple", f"max by (instance) ({started}) > time() - {_MARK_S}", "{{instance}} started")
    yield _annotation("Reloads", "orange", f"sum by (outcome) (increase({reloads}[{step}])) > 0", "settings {{outcome}}")


def _annotation(name: str, color: str, expr: str, title: str) -> dict[str, Any]:
    return {
        "name": name,
        "datasource": dict(_SOURCE),
        "enable": True,
        "iconColor": color,
        "expr": expr,
        "titleFormat": title,
        "step": duration(_MARK_S),
    }


def _laid_out(plan: Plan, rows: tuple[Row, ...], watched: set[str]) -> Iterator[dict[str, Any]]:
    """Panels from left to right, top to bottom; ids count from 1."""
    number, y = 0, 0
    for row in rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": y, "w": _COLUMNS, "h": 1},
            "panels": [],
        }
        y += 1
        x = tallest = 0
        height = _HEIGHT_OF_STAT if all(panel.kind in {"stat", "name"} for panel in row.panels) else _HEIGHT
        for panel in row.panels:
            if x + panel.width > _COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            yield _panel(plan, panel, watched, number=number, place={"x": x, "y": y, "w": panel.width, "h": height})
            x, tallest = x + panel.width, max(tallest, height)
        y += tallest


def _panel(plan: Plan, panel: Panel, watched: set[str], *, number: int, place: dict[str, int]) -> dict[str, Any]:
    alert = panel.alert if panel.alert in watched else None
    told = f" Alert: {alert}." if alert else ""
    link = runbook(plan, alert) if alert else None
    return {
        "id": number,
        "type": _TYPES[panel.kind],
        "title": panel.title,
        "description": panel.description + told + (f" Runbook: {link}" if link else ""),
        "datasource": dict(_SOURCE),
        "gridPos": place,
        # A path among the artifacts is no link in a browser; only published runbooks are linked.
        "links": [{"title": f"Runbook {alert}", "url": link, "targetBlank": True}] if link and plan.observability.runbook_base_url else [],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _OPTIONS[panel.kind],
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": dict(_SOURCE),
                "editorMode": "code",
                "expr": query.expr,
                "legendFormat": query.legend or "__auto",
                "instant": panel.kind in _OF_NOW,
                "range": panel.kind not in _OF_NOW,
                **({"format": _FORMATS[panel.kind]} if panel.kind in _FORMATS else {}),
                **({"exemplar": True} if plan.observability.tracing is not None and _has_exemplars(query.expr) else {}),
            }
            for index, query in enumerate(panel.queries)
        ],
    }


def _has_exemplars(expr: str) -> bool:
    """Whether a query reads buckets that name traces: each dot beside the lines then leads to one."""
    return any(f"{metric.name}_bucket" in expr for metric in (metrics.QUERY_LATENCY, metrics.FIRST_TOKEN, metrics.UPSTREAM_LATENCY))


_TYPES = {
    "stat": "stat",
    "name": "stat",
    "lines": "timeseries",
    "stack": "timeseries",
    "states": "state-timeline",
    "table": "table",
    "heat": "heatmap",
    "bars": "bargauge",
}
_OF_NOW = {"stat", "name", "table", "bars"}
_FORMATS = {"table": "table", "heat": "heatmap"}
_LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
_STAT = {
    "colorMode": "background",
    "graphMode": "none",
    "justifyMode": "auto",
    "orientation": "auto",
    "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    "textMode": "auto",
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "stat": _STAT,
    "name": {**_STAT, "textMode": "name"},
    "lines": {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
    "stack": {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
    "states": {
        "legend": _LEGEND,
        "mergeValues": True,
        "showValue": "never",
        "rowHeight": 0.9,
        "tooltip": {"mode": "single", "sort": "none"},
    },
    "heat": {
        "calculate": False,  # the buckets are the histogram's own
        "yAxis": {"axisPlacement": "left", "unit": "percentunit"},
        "color": {"mode": "scheme", "scheme": "Oranges", "exponent": 0.5, "steps": 64},
        "cellGap": 1,
        "filterValues": {"le": 1e-9},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "yHistogram": False},
        "legend": {"show": True},
    },
    "bars": {
        "displayMode": "basic",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showUnfilled": True,
        "valueMode": "color",
    },
    "table": {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""}},
}


def _defaults(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": _steps(panel)}}
    if panel.maximum is not None:
        found["max"] = panel.maximum
    if panel.kind in {"lines", "stack"}:
        found["color"] = {"mode": "palette-classic"}
        found["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 30 if panel.kind == "stack" else 0,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.kind == "stack" else "none", "group": "A"},
            "thresholdsStyle": {"mode": "dashed" if len(_steps(panel)) > 1 else "off"},
        }
    else:
        found["color"] = {"mode": "thresholds"}
    if panel.unit == "dateTimeFromNow":
        del found["min"]
    if panel.states:
        found["mappings"] = [
            {
                "type": "value",
                "options": {str(value): {"text": text, "color": color, "index": value} for value, (text, color) in enumerate(panel.states)},
            }
        ]
    if panel.until:
        found["noValue"] = panel.until
    return found


def _steps(panel: Panel) -> list[dict[str, Any]]:
    if panel.bad_below is not None:
        return [{"color": "red", "value": None}, {"color": "green", "value": panel.bad_below}]
    bounds = (("orange", panel.warn_from), ("red", panel.bad_from))
    above = [{"color": color, "value": value} for color, value in bounds if value is not None]
    return [{"color": "green" if above or panel.kind == "bars" else "text", "value": None}, *above]
