from pathlib import Path

import aua_runtime
import pytest
from aua_runtime.contract import log_fields
from aua_runtime.contract.log_fields import EVENTS, KINDS, LOG_FIELDS, REQUEST_ID, LogEvent
from aua_runtime.log import FIXED_NAMES

SOURCES = sorted(Path(aua_runtime.__file__).parent.rglob("*.py"))
CODE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "log_fields.py")


def test_names_of_events_and_fields_are_used_once() -> None:
    assert len({event.name for event in EVENTS}) == len(EVENTS)
    assert len({field.name for field in LOG_FIELDS}) == len(LOG_FIELDS)
    assert {field.kind for field in LOG_FIELDS} <= set(KINDS)


def test_every_event_is_in_the_registry_and_somebody_writes_it() -> None:
    declared = {name: value for name, value in vars(log_fields).items() if isinstance(value, LogEvent)}
    assert set(declared.values()) == set(EVENTS)
    assert [name for name in declared if f"log_fields.{name}" not in CODE] == []


def test_nothing_but_the_log_and_commands_writes_to_standard_error() -> None:
    folder = Path(aua_runtime.__file__).parent
    found = [
        str(path.relative_to(folder))
        for path in SOURCES
        if not path.is_relative_to(folder / "cli")
        and any(word in path.read_text(encoding="utf-8") for word in ("print(", "stderr.write", "import logging"))
    ]
    assert found == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_a_line_about_a_request_names_its_request_and_its_trace(event: LogEvent) -> None:
    names = [field.name for field in event.fields]
    assert names[:2] == ["request_id", "trace_id"] if REQUEST_ID in event.fields else "trace_id" not in names


def test_only_questions_and_answers_hold_what_people_wrote() -> None:
    assert [event.name for event in EVENTS if any(field.kind == "content" for field in event.fields)] == ["question", "answer"]
    assert all(event.name in FIXED_NAMES for event in EVENTS)
