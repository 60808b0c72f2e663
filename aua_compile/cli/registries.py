"""`aua models|fields|presets|tiers|engines list` and `inspect NAME`: the shipped facts, as they will be used."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

from typer import Argument, Typer

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import JsonOption
from aua_compile.cli.words import Wanted, words
from aua_compile.document import plain
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import GIB
from aua_compile.shipped import Kind

Row = tuple[str, ...]


def _model(catalog: Catalog, name: str) -> Row:
    model = catalog.model(name)
    assert model is not None
    first = next(iter(model.variants.values()))
    variants = " ".join(f"{key}:{variant.bytes / GIB:.1f}" for key, variant in model.variants.items())
    return (
        name,
        f"{model.parameters.total / 1e9:.1f}",
        f"{model.context_tokens:,}",
        model.license or "-",
        variants,
        first.repository or "-",
    )


def _field(catalog: Catalog, name: str) -> Row:
    field = catalog.field(name)
    assert field is not None
    weights = field.utility_weights
    shown = f"{weights.efficacy:g}/{weights.confidence:g}/{weights.curiosity:g}"
    return (
        name,
        ", ".join(field.aliases) or "-",
        shown,
        f"{field.confidence_threshold:g}",
        field.arbiter_policy,
        "yes" if field.high_risk else "no",
    )


def _engine(catalog: Catalog, name: str) -> Row:
    engine = catalog.engine(name)
    return (name, engine.version, engine.image, ", ".join(engine.runs), ", ".join(engine.vendors))


def _tier(catalog: Catalog, name: str) -> Row:
    document = catalog.document("tiers", name)
    assert document is not None
    tier = catalog.tier(document).value
    assert tier is not None
    devices = " + ".join(f"{kind.accelerators} x {kind.accelerator}" if kind.accelerators else kind.accelerator for kind in tier.kinds)
    return (name, devices, f"{tier.host_ram_gib:g}", ", ".join(tier.engines), tier.engines_run, ", ".join(tier.aliases) or "-")


def _preset(catalog: Catalog, name: str) -> Row:
    document = catalog.document("presets", name)
    assert document is not None
    said: Any = plain(document.root)
    specialists = said.get("specialists", [])
    fields = ", ".join(dict.fromkeys(specialist["field"] for specialist in specialists))
    arbiter = said.get("arbiter", {}).get("policy", "balanced")
    return (name, fields, str(len(specialists)), arbiter, ", ".join(said.get("locked", [])) or "-")


HEADS: dict[str, Row] = {
    "models": ("model", "billion", "context", "licence", "variants [GiB]", "repository"),
    "fields": ("field", "aliases", "weights e/c/k", "threshold", "arbiter", "high risk"),
    "engines": ("engine", "version", "image", "quantizations", "devices"),
    "tiers": ("tier", "devices", "host RAM [GiB]", "engines", "engines run", "aliases"),
    "presets": ("preset", "fields", "specialists", "arbiter", "locked"),
}
ONE: dict[Kind, Wanted] = {"models": "model", "fields": "field", "engines": "engine", "tiers": "tier", "presets": "preset"}
ROWS: dict[str, Callable[[Catalog, str], Row]] = {
    "models": _model,
    "fields": _field,
    "engines": _engine,
    "tiers": _tier,
    "presets": _preset,
}


def commands(kind: Kind) -> Typer:
    """The commands of one kind."""
    one = kind.removesuffix("s")
    app = Typer(name=kind, help=f"List the shipped {kind}, or inspect one.", no_args_is_help=True, rich_markup_mode=None)

    @app.command("list", help=f"List the shipped {kind}.\n\nExample: aua {kind} list")
    def listed(*, json: JsonOption = False) -> None:
        from aua_compile.cli.output import as_json, table

        catalog = Catalog()
        rows = [ROWS[kind](catalog, name) for name in catalog.names(kind)]
        sys.stdout.write(as_json([dict(zip(HEADS[kind], row, strict=True)) for row in rows]) if json else table(HEADS[kind], rows))

    @app.command("inspect", help=f"Show all that is known of one {one}, with its sources.\n\nExample: aua {kind} inspect NAME")
    def inspect(name: Annotated[str, Argument(metavar="NAME", autocompletion=words(ONE[kind]))], *, json: JsonOption = False) -> None:
        from aua_compile.cli.output import as_json
        from aua_compile.index import aliases
        from aua_compile.render import to_yaml

        catalog = Catalog()
        document = catalog.document(kind, aliases(kind).get(name, name).partition("/")[0])
        if document is None:
            from aua_compile.config.named import unknown_name

            finding = unknown_name(one, name, catalog.names(kind), None)
            sys.stderr.write(f"{finding.message} {finding.help}\n")
            raise SystemExit(Exit.USAGE)
        content = plain(document.root)
        sys.stdout.write(as_json(content) if json else to_yaml(content))

    if kind == "presets":
        from aua_compile.cli import matrix

        app.command("matrix")(matrix.run)
    if kind == "tiers":
        from aua_compile.cli import design

        app.command("design")(design.run)
    return app
