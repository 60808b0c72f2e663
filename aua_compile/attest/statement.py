"""An in-toto Statement v1 over a deployment's manifest, with SLSA provenance v1 as predicate. Signing is left to tools such as cosign."""

from collections.abc import Iterator, Mapping
from typing import Any

from aua_compile.attest.parts import images, model_purl, models, packages
from aua_compile.manifest import MANIFEST, Manifest, digest_of
from aua_compile.plan.model import Plan

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:aua:compile:1"
BUILDER = "urn:aua:compiler"


def statement(plan: Plan, manifest: Manifest, files: Mapping[str, bytes], requirements: str) -> dict[str, Any]:
    """Every file of the deployment with its digest, the manifest and what users took over among them, and what they were made from."""
    taken = {path: digest_of(files[path]) for path in (*manifest.ejected, MANIFEST) if path in files}
    subjects = {**manifest.files, **taken}
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(subjects.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "config": plan.project.config,
                    "command": plan.project.command,
                    "preset": plan.project.preset,
                    "tier": plan.project.tier,
                    "profile": plan.project.profile,
                },
                "internalParameters": {"planDigest": manifest.plan_digest},
                "resolvedDependencies": list(_dependencies(plan, requirements)),
            },
            "runDetails": {"builder": {"id": BUILDER, "version": {"aua": manifest.compiler_version}}},
        },
    }


def _dependencies(plan: Plan, requirements: str) -> Iterator[dict[str, Any]]:
    for image in images(plan):
        yield {"uri": image.purl, **({"digest": {"sha256": image.digest}} if image.digest else {})}
    for model in models(plan):
        if purl := model_purl(model):
            yield {"uri": purl, **({"digest": {"gitCommit": model.revision}} if model.revision else {})}
    yield from ({"uri": package.purl} for package in packages(requirements))
