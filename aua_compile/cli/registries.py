"""`aua models|fields|presets|tiers|engines list` and `inspect NAME`: the shipped facts, as they will be used."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from typer import Argument, Typer

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import JsonOption
from aua_compile.cli.words import Wanted, words
from aua_compile.document import plain
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import TierFacts
from aua_compile.shipped import Kind

Facts = dict[str, Any]


def _model(catalog: Catalog, name: str) -> Facts:
    model = catalog.model(name)
    assert model is not None
    return {
        "name": name,
        "parameters_billion": round(model.parameters.total / 1e9, 2),
        "context_tokens": model.context_tokens,
        "license": model.license,
        "variants_gib": {key: round(variant.weights_gib, 2) for key, variant in model.variants.items()},
        "repository": next(iter(model.variants.values())).repository,
    }


def _field(catalog: Catalog, name: str) -> Facts:
    field = catalog.field(name)
    assert field is not None
    return {
        "name": name,
        "aliases": list(field.aliases),
        "utility_weights": asdict(field.utility_weights),
        "confidence_threshold": field.confidence_threshold,
        "arbiter_policy": field.arbiter_policy,
        "high_risk": field.high_risk,
    }


def _engine(catalog: Catalog, name: str) -> Facts:
    engine = catalog.engine(name)
    return {
        "name": name,
        "version": engine.version,
        "image": engine.image,
        "quantizations": list(engine.runs),
        "devices": list(engine.vendors),
    }


def _tier(catalog: Catalog, name: str) -> Facts:
    document = catalog.document("tiers", name)
    assert document is not None
    tier = catalog.tier(document).value
    assert tier is not None
    return _machine(name, tier)


def _machine(name: str, tier: TierFacts) -> Facts:
    return {
        "name": name,
        "accelerator": tier.accelerator,
        "accelerators": tier.accelerators,
        "also": {kind.accelerator: kind.accelerators for kind in tier.also},
        "host_ram_gib": tier.host_ram_gib,
        "engines": list(tier.engines),
        "engines_run": tier.engines_run,
        "aliases": list(tier.aliases),
        "file": None,
    }


def _own_tiers(catalog: Catalog) -> list[Facts]:
    """The machines that the project in this folder describes itself."""
    from aua_compile.bundle import own_tier
    from aua_compile.cli.own_tiers import own_document, own_names

    found = {name: own_document(name, catalog) for name in own_names()}
    return [_machine(name, own[1]) | {"file": own_tier(name)} for name, own in found.items() if own is not None]


def _preset(catalog: Catalog, name: str) -> Facts:
    document = catalog.document("presets", name)
    assert document is not None
    said: Any = plain(document.root)
    specialists = said.get("specialists", [])
    return {
        "name": name,
        "fields": list(dict.fromkeys(specialist["field"] for specialist in specialists)),
        "specialists": len(specialists),
        "arbiter": said.get("arbiter", {}).get("policy", "balanced"),
        "locked": said.get("locked", []),
    }


def _cells(kind: Kind, facts: Facts) -> tuple[str, ...]:
    """The facts as a row of the table under HEADS."""
    match kind:
        case "models":
            variants = " ".join(f"{key}:{gib:.1f}" for key, gib in facts["variants_gib"].items())
            size, context = f"{facts['parameters_billion']:.1f}", f"{facts['context_tokens']:,}"
            return (facts["name"], size, context, facts["license"] or "-", variants, facts["repository"] or "-")
        case "fields":
            weights = "/".join(f"{weight:g}" for weight in facts["utility_weights"].values())
            risk = "yes" if facts["high_risk"] else "no"
            threshold = f"{facts['confidence_threshold']:g}"
            return (facts["name"], _listed(facts["aliases"]), weights, threshold, facts["arbiter_policy"], risk)
        case "tiers":
            kinds = {facts["accelerator"]: facts["accelerators"], **facts["also"]}
            devices = " + ".join(f"{count} x {name}" if count else name for name, count in kinds.items())
            rest = (_listed(facts["engines"]), facts["engines_run"], facts["file"] or _listed(facts["aliases"]))
            return (facts["name"], devices, f"{facts['host_ram_gib']:g}", *rest)
        case _:
            return tuple(_listed(value) if isinstance(value, list) else str(value) for value in facts.values())


def _listed(words: list[str]) -> str:
    return ", ".join(words) or "-"


HEADS: dict[Kind, tuple[str, ...]] = {
    "models": ("model", "billion", "context", "licence", "variants [GiB]", "repository"),
    "fields": ("field", "aliases", "weights e/c/k", "threshold", "arbiter", "high risk"),
    "engines": ("engine", "version", "image", "quantizations", "devices"),
    "tiers": ("tier", "devices", "host RAM [GiB]", "engines", "engines run", "aliases, or its file"),
    "presets": ("preset", "fields", "specialists", "arbiter", "locked"),
}
ONE: dict[Kind, Wanted] = {"models": "model", "fields": "field", "engines": "engine", "tiers": "tier", "presets": "preset"}
FACTS: dict[Kind, Callable[[Catalog, str], Facts]] = {
    "models": _model,
    "fields": _field,
    "engines": _engine,
    "tiers": _tier,
    "presets": _preset,
}


def commands(kind: Kind) -> Typer:
    """The commands of one kind."""
    one = kind.removesuffix("s")
    shown = f"shipped {kind}" + (", and those in ./tiers" if kind == "tiers" else "")
    app = Typer(name=kind, help=f"List the {shown}, or inspect one.", no_args_is_help=True, rich_markup_mode=None)

    @app.command("list", help=f"List the {shown}.\n\nExample: aua {kind} list")
    def listed(*, json: JsonOption = False) -> None:
        from aua_compile.cli.output import as_json, table

        catalog = Catalog()
        found = [FACTS[kind](catalog, name) for name in catalog.names(kind)]
        found += _own_tiers(catalog) if kind == "tiers" else []
        sys.stdout.write(as_json(found) if json else table(HEADS[kind], [_cells(kind, facts) for facts in found]))

    @app.command("inspect", help=f"Show all that is known of one {one}, with its sources.\n\nExample: aua {kind} inspect NAME")
    def inspect(name: Annotated[str, Argument(metavar="NAME", autocompletion=words(ONE[kind]))], *, json: JsonOption = False) -> None:
        from aua_compile.cli.output import as_json
        from aua_compile.index import aliases
        from aua_compile.render import to_yaml

        catalog = Catalog()
        document = catalog.document(kind, aliases(kind).get(name, name).partition("/")[0])
        if document is None and kind == "tiers":
            from aua_compile.cli.own_tiers import own_document

            own = own_document(name, catalog)
            document = own[0] if own is not None else None
        if document is None:
            from aua_compile.config.named import unknown_name

            finding = unknown_name(one, name, catalog.names(kind), None, f"`aua {kind} list` shows all.")
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
