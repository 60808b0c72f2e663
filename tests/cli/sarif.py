"""What SARIF 2.1.0 demands of what `aua` writes, as a JSON Schema, and a few things that a schema cannot say.

Written from sections 3.13 to 3.57 of the standard, whose own schema no Python package carries; test_sarif.py asks that too where it is.
"""

from typing import Any

from jsonschema import Draft202012Validator


def object_of(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def array_of(item: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least}


TEXT = {"type": "string", "minLength": 1}
INDEX = {"type": "integer", "minimum": 0}
PLACE = {"type": "integer", "minimum": 1}
# An RFC 3986 reference, relative and with `/`: what lies in a repository has no scheme.
URI = {"type": "string", "pattern": r"^(?!/)(?:[A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+$"}

MESSAGE = object_of(("text",), text={"type": "string"})
REGION = object_of(("startLine",), startLine=PLACE, startColumn=PLACE, endLine=PLACE, endColumn=PLACE)
FILE = object_of(("uri",), uri=URI)
PHYSICAL = object_of(("artifactLocation",), artifactLocation=FILE, region=REGION)
LOGICAL = object_of((), fullyQualifiedName=TEXT)
LOCATION = object_of((), id=INDEX, message=MESSAGE, physicalLocation=PHYSICAL, logicalLocations=array_of(LOGICAL))
REPLACEMENT = object_of(("deletedRegion",), deletedRegion=REGION, insertedContent=object_of((), text={"type": "string"}))
FIX = object_of(
    ("artifactChanges",),
    artifactChanges=array_of(
        object_of(("artifactLocation", "replacements"), artifactLocation=FILE, replacements=array_of(REPLACEMENT, 1)), 1
    ),
)
RULE = object_of(("id",), id=TEXT, shortDescription=MESSAGE, help=object_of(("text",), text=TEXT, markdown=TEXT))
RESULT = object_of(
    ("message",),
    ruleId=TEXT,
    ruleIndex=INDEX,
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations=array_of(LOCATION),
    relatedLocations={**array_of(LOCATION), "uniqueItems": True},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    fixes={**array_of(FIX), "uniqueItems": True},
)
RUN = object_of(
    ("tool",),
    tool=object_of(("driver",), driver=object_of(("name",), name=TEXT, version=TEXT, rules={**array_of(RULE), "uniqueItems": True})),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=array_of(RESULT),
)
LOG = object_of(("version", "runs"), **{"$schema": {"type": "string", "format": "uri"}}, version={"const": "2.1.0"}, runs=array_of(RUN, 1))


def faults(log: Any) -> list[str]:
    """What the standard finds wrong with a log."""
    found = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(LOG).iter_errors(log)]
    for run in () if found else log["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        found += [f"{rule} is described twice" for rule in {rule for rule in rules if rules.count(rule) > 1}]
        for result in run["results"]:
            if result["ruleIndex"] >= len(rules) or rules[result["ruleIndex"]] != result["ruleId"]:
                found.append(f"ruleIndex {result['ruleIndex']} is not {result['ruleId']}")  # 3.27.6
            regions = [place["physicalLocation"]["region"] for place in (*result.get("locations", ()), *result.get("relatedLocations", ()))]
            found += [f"{region} ends before it begins" for region in regions if ends(region) < starts(region)]  # 3.30
            related = [place["id"] for place in result.get("relatedLocations", ())]
            if len(set(related)) != len(related):
                found.append(f"ids {related} are not their own")  # 3.28.2
    return found


def starts(region: dict[str, int]) -> tuple[int, int]:
    return region["startLine"], region["startColumn"]


def ends(region: dict[str, int]) -> tuple[int, int]:
    return region["endLine"], region["endColumn"]
