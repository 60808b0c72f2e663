"""What webhooks send, judged by the schema that is published of it."""

import json

import pytest
from aua_runtime.contract.notices import NAMES, Facts
from aua_runtime.webhooks.message import Message, body_of
from jsonschema import Draft202012Validator

from tests.tools import ROOT

SCHEMA = json.loads((ROOT / "schemas" / "webhook.json").read_text(encoding="utf-8"))
FACTS: Facts = {"specialist": "swe", "rows": 3, "percent": 50, "samples": 20}


@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_what_the_schema_says(name: str) -> None:
    body = json.loads(body_of(Message(name, FACTS, 0.0, 60.0, 2), "generic", "shop", "0" * 64))
    assert list(Draft202012Validator(SCHEMA).iter_errors(body)) == []
    assert body["data"].keys() == SCHEMA["$defs"]["Data"]["properties"].keys()


def test_the_schema_knows_no_other_event() -> None:
    body = json.loads(body_of(Message("specialist_up", FACTS, 0.0, 60.0), "generic", "shop", "0" * 64))
    assert list(Draft202012Validator(SCHEMA).iter_errors(body | {"type": "specialist_dwon"}))
