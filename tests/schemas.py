"""Writes what is made from something else. `make schemas` runs this.

Schemas, docs/config.md, docs/diagnostics.md, docs/logs.md, docs/metrics.md, docs/spans.md, aua_compile/filled.py,
aua_compile/registry/ready.py, the router's openapi.json, registries/index.json.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aua_runtime.contract.notices import NAMES
from aua_runtime.doctor.placement import SCHEMA_VERSION as REPORT_VERSION
from aua_runtime.doctor.placement import Report
from aua_runtime.webhooks.message import Body

from aua_compile.bundle import Choices, read
from aua_compile.cli.diff.report import SCHEMA_VERSION as DIFF_VERSION
from aua_compile.cli.diff.report import Report as DiffReport
from aua_compile.cli.explain import SCHEMA_VERSION as EXPLANATION_VERSION
from aua_compile.cli.report import SCHEMA_VERSION
from aua_compile.cli.shapes import SHAPES
from aua_compile.codes import CODES, code
from aua_compile.compiler import planned
from aua_compile.config.book import PriceBook
from aua_compile.config.model import Config
from aua_compile.diagnostic import Diagnostic
from aua_compile.graph.pictures import routes_svg
from aua_compile.json_schema import DIALECT, NEW_CONFIG, schema
from aua_compile.observe.log_reference import page as logs_page
from aua_compile.observe.reference import page as metrics_page
from aua_compile.observe.span_reference import page as spans_page
from aua_compile.openapi import document
from aua_compile.plan.effects import effects_of, parts
from aua_compile.plan.model import Plan
from aua_compile.provenance.model import FieldAnswer, KeyAnswer, Place
from aua_compile.reference import page
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.listing import build_index
from aua_compile.registry.model import AcceleratorFacts, EngineFacts, FieldFacts, ModelFacts, TierFacts
from aua_compile.registry.ready import READY
from aua_compile.targets.header import header
from tests.translation import translated
from tests.typed_facts import ready

ROOT = Path(__file__).parent.parent


def made() -> Mapping[str, str]:
    """Path below the repository's root -> text."""
    schemas = {
        "config": schema(Config, "aua config", extensions=True, layer=("config_version",), snippets=(NEW_CONFIG,)),
        "preset": schema(Config, "aua preset", extensions=True, layer=("config_version", "specialists")),
        "tier": schema(TierFacts, "aua tier"),
        "price-book": schema(PriceBook, "aua price book"),
        "model": schema(ModelFacts, "aua model facts"),
        "accelerator": schema(AcceleratorFacts, "aua accelerator facts"),
        "engine": schema(EngineFacts, "aua engine facts"),
        "field": schema(FieldFacts, "aua field facts"),
        "plan": _plan(),
        "diagnostics": _diagnostics(),
        "commands": _commands(),
        "explanation": _explanation(),
        "placement-check": _report(Report, "aua placement check", REPORT_VERSION),
        "webhook": _webhook(),
        "diff": _report(DiffReport, "aua diff", DIFF_VERSION),
    }
    files = {f"schemas/{name}.json": json.dumps(body, indent=2, ensure_ascii=False) + "\n" for name, body in schemas.items()}
    api = json.dumps(document(), ensure_ascii=False, separators=(",", ":")) + "\n"
    index = json.dumps(build_index(Catalog()), indent=1, ensure_ascii=False) + "\n"
    return {
        **files,
        "docs/config.md": page(),
        "docs/diagnostics.md": _codes(),
        "docs/logs.md": logs_page(),
        "docs/metrics.md": metrics_page(),
        "docs/spans.md": spans_page(),
        "docs/routes.svg": _routes(),
        "aua_compile/filled.py": translated(),
        "aua_compile/registry/ready.py": ready(),
        "runtime/src/aua_runtime/openapi.json": api,
        "registries/index.json": index,
    }


def _webhook() -> dict[str, Any]:
    """The schema of what a webhook of the kind `generic` sends, with the events that there are."""
    from pydantic import TypeAdapter

    body = TypeAdapter(Body).json_schema(mode="serialization")
    body["properties"]["type"] |= {"enum": list(NAMES)}
    for part in (body, body["$defs"]["Data"]):
        part["required"] = list(part["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body, "title": "aua webhook"}


def _plan() -> dict[str, Any]:
    """The schema of plan.json: the Plan type as pydantic reads it, what a change of each field is, and the digests beside it."""
    from pydantic import TypeAdapter

    body = TypeAdapter(Plan).json_schema(mode="serialization")
    for part in parts(Plan):
        properties = body["properties"] if part is Plan else body["$defs"][part.__name__]["properties"]
        for name, effect in effects_of(part).items():
            properties[name] |= {"x-change": effect.what, "x-apply": f"{effect.how} {effect.of}".rstrip()}
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    body["properties"]["digests"] = {
        "type": "object",
        "properties": {"plan": digest, "documentation": digest, "structure": digest, "router": digest},
        "required": ["plan", "documentation", "structure", "router"],
        "additionalProperties": False,
    }
    body["required"].append("digests")
    return {"$schema": DIALECT, "title": "aua plan", **{key: value for key, value in body.items() if key != "title"}}


def _report(kind: type, title: str, version: str) -> dict[str, Any]:
    """The schema of what a command prints with `--json`, as pydantic reads its type: no key is absent, what is not there is null."""
    from pydantic import TypeAdapter

    body = TypeAdapter(kind).json_schema(mode="serialization")
    body["properties"]["schema_version"] = {"const": version}
    for part in (*body["$defs"].values(), body):
        part |= {"required": list(part["properties"]), "additionalProperties": False}
    return {"$schema": DIALECT, **body, "title": title}


def _commands() -> dict[str, Any]:
    """The schema of what commands print with `--json`, one definition each."""
    from pydantic import TypeAdapter

    parts: dict[str, Any] = {}
    for command, shape in SHAPES.items():
        if isinstance(shape, str):
            parts[command] = {"$ref": f"{shape}.json"}
            continue
        body = TypeAdapter(shape).json_schema(ref_template=f"#/$defs/{quote(command)}/$defs/{{model}}")
        within = {name: {**part, "additionalProperties": False} for name, part in body.pop("$defs", {}).items()}
        body |= {"$defs": within} if within else {}  # each command has its own: two may have an `Engine`
        parts[command] = {**body, "additionalProperties": False} if body.get("type") == "object" else body
    return {"$schema": DIALECT, "title": "aua commands", "description": "What each command prints with --json.", "$defs": parts}


def _explanation() -> dict[str, Any]:
    """The schema of `aua explain --json`: what is said of a line, of a key, of a field of the plan, or of a code."""
    from pydantic import TypeAdapter

    answers = (Place, KeyAnswer, FieldAnswer)
    parts: dict[str, Any] = {}
    for answer in answers:
        body = TypeAdapter(answer).json_schema(mode="serialization")
        parts |= {**body.pop("$defs"), answer.__name__: body}
    text = {"type": "string"}
    parts["Code"] = {"description": "What a code is about.", "type": "object", "properties": {"code": text, "text": text}}
    kinds = (*(answer.__name__ for answer in answers), "Code")
    for name, part in parts.items():
        if name in kinds:
            part["properties"] = {"schema_version": {"const": EXPLANATION_VERSION}, **part["properties"]}
        part |= {"required": list(part["properties"]), "additionalProperties": False}
    return {
        "$schema": DIALECT,
        "title": "aua explanation",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds],
        "$defs": dict(sorted(parts.items())),
    }


def _routes() -> str:
    """The picture of docs/graph.md."""
    made = read(Choices("generalist", "quad-4090"), {}).then(lambda bundle: planned(bundle, Catalog())).value
    assert made is not None
    return routes_svg(made, header(made))


def _codes() -> str:
    """The page of all codes: what `aua explain CODE` says of each."""
    pages = [
        "# Diagnostics\n\nEvery finding has a code, and a code never changes its meaning. `aua explain CODE` shows what stands here.\n"
    ]
    for name in CODES:
        found = code(name)
        assert found is not None
        sections = "\n\n".join(f"*{heading}:* {text}" for heading, text in found.sections)
        pages.append(f"## {name}\n\n**{found.title}**\n\n{sections}\n")
    return "\n".join(pages)


def _diagnostics() -> dict[str, Any]:
    """The schema of `--format json`: the findings as pydantic reads their type, all keys present, and the counts around them."""
    from pydantic import TypeAdapter

    finding = TypeAdapter(Diagnostic).json_schema(mode="serialization")
    parts = finding.pop("$defs")
    finding["description"] = finding["description"].partition("\n\n")[0]
    del finding["properties"]["secret"]  # what is secret is not in the report, and nothing in it says where
    count = {"type": "integer", "minimum": 0}
    counts = {
        "errors": {**count, "description": "How many errors were found."},
        "warnings": {**count, "description": "How many warnings were found."},
        "omitted": {**count, "description": "How many findings are not listed, because there are too many."},
    }
    properties = {
        "schema_version": {"const": SCHEMA_VERSION},
        **counts,
        "diagnostics": {"type": "array", "items": {"$ref": "#/$defs/Diagnostic"}},
    }
    for part in (*parts.values(), finding):
        part |= {"required": list(part["properties"]), "additionalProperties": False}
    return {
        "$schema": DIALECT,
        "title": "aua diagnostics",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "$defs": {**parts, "Diagnostic": finding},
    }


def main() -> None:
    READY.clear()  # it may be of types that have changed since
    for path, text in made().items():
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
