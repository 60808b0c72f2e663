"""A bill of materials in CycloneDX 1.6 (ECMA-424): images, models and packages of a deployment, and what needs what.

It has no time and no random number: the same deployment gives the same bytes.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aua_compile.attest.parts import Image, Package, image_of, images, model_purl, models, packages
from aua_compile.plan.digest import plan_digest
from aua_compile.plan.model import Plan, ServedModel

SPDX: Mapping[str, str] = {"apache-2.0": "Apache-2.0", "mit": "MIT", "cc-by-nc-4.0": "CC-BY-NC-4.0", "cc-by-4.0": "CC-BY-4.0"}
"""Licences as repositories of models spell them -> SPDX identifiers. Others, most with conditions of their own, are given by name."""

_DEPLOYMENT = "deployment"
_ROUTER = "router"


def bill_of_materials(plan: Plan, requirements: str, runtime_version: str, compiler_version: str) -> dict[str, Any]:
    """The bill of a plan. `requirements` is the router's hash-pinned requirements file, empty where there is no router."""
    digest, libraries = plan_digest(plan), packages(requirements)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'aua:{digest}')}",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "aua", "version": compiler_version}]},
            "component": {
                "type": "application",
                "bom-ref": _DEPLOYMENT,
                "name": plan.project.name,
                "version": digest[:12],
                "properties": _properties(plan_digest=digest, tier=plan.project.tier, preset=plan.project.preset or ""),
            },
        },
        "components": [
            *([_router(runtime_version)] if "router" in plan.targets else []),
            *(_image(image) for image in images(plan)),
            *(_model(model) for model in models(plan)),
            *(_package(package) for package in libraries),
        ],
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(needs))} for ref, needs in sorted(_needs(plan, libraries))],
    }


def _router(version: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": _ROUTER, "name": "aua-runtime", "version": version, "purl": f"pkg:pypi/aua-runtime@{version}"}


def _image(image: Image) -> dict[str, Any]:
    hashes = {"hashes": [{"alg": "SHA-256", "content": image.digest}]} if image.digest else {}
    return {
        "type": "container",
        "bom-ref": image.reference,
        "name": image.repository,
        "version": image.tag or f"sha256:{image.digest}",
        "purl": image.purl,
        **hashes,
    }


def _model(model: ServedModel) -> dict[str, Any]:
    purl, license_name = model_purl(model), model.license
    spdx = SPDX.get((license_name or "").lower())
    said = {"license": {"id": spdx} if spdx else {"name": license_name}}
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{model.model}",
        "name": model.repository or model.ollama_tag or model.model,
        **({"version": model.revision} if model.revision else {}),
        **({"purl": purl} if purl else {}),
        **({"licenses": [said]} if license_name else {}),
        "properties": _properties(
            model=model.model, quantization=model.variant, gguf_file=model.gguf_file or "", ollama_tag=model.ollama_tag or ""
        ),
    }


def _package(package: Package) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": content} for content in package.hashes],
    }


def _properties(**values: str) -> list[dict[str, str]]:
    return [{"name": f"aua:{name}", "value": value} for name, value in values.items() if value]


def _needs(plan: Plan, libraries: tuple[Package, ...]) -> Iterator[tuple[str, list[str]]]:
    """What each part needs: the deployment its router, images and models; the router its packages and base image."""
    used, served = [image.reference for image in images(plan)], [f"model:{model.model}" for model in models(plan)]
    base = image_of(plan.router.base_image).reference
    has_router = "router" in plan.targets
    yield _DEPLOYMENT, [*([_ROUTER] if has_router else []), *(name for name in used if name != base), *served]
    if has_router:
        yield _ROUTER, [base, *(package.purl for package in libraries)]
    yield from ((name, []) for name in (*used, *served, *(package.purl for package in libraries)))
