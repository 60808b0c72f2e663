"""Bills of materials against CycloneDX's own schema, and against the plan that they are of."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from aua_compile.attest.bom import bill_of_materials
from aua_compile.render import from_template, to_json
from tests.targets.plans import PLANS

REQUIREMENTS = from_template("router/requirements.txt")


@pytest.mark.parametrize("name", PLANS)
def test_a_bill_is_what_cyclonedx_says(name: str) -> None:
    text = to_json(bill_of_materials(PLANS[name](), REQUIREMENTS, "1.0", "1.0"))
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None, str(error)[:300]


@pytest.mark.parametrize("name", PLANS)
def test_a_bill_names_all_images_models_and_packages_once_and_depends_on_nothing_else(name: str) -> None:
    plan = PLANS[name]()
    bill = json.loads(to_json(bill_of_materials(plan, REQUIREMENTS, "1.0", "1.0")))
    refs = [component["bom-ref"] for component in bill["components"]]
    assert len(refs) == len(set(refs))
    assert {f"model:{model.model}" for instance in plan.instances for model in instance.models} <= set(refs)
    needed = {ref for entry in bill["dependencies"] for ref in entry["dependsOn"]}
    assert needed == set(refs)
    hashed = [component for component in bill["components"] if component.get("purl", "").startswith("pkg:pypi/") and "hashes" in component]
    assert len(hashed) == sum(line[:1].isalnum() for line in REQUIREMENTS.splitlines())
