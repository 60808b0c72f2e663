"""SIGKILL under load: what was acknowledged is there, what is missing is the end, nothing is torn or double. `bench.state` kills more."""

import sqlite3
from pathlib import Path

from killing import Nursery, killed
from killing_router import kills


def test_processes_killed_while_they_record_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    found = list(killed(tmp_path, 20, longest_s=0.1))
    assert [fault for one in found for fault in one.faults()] == []
    assert sum(len(one.acknowledged) for one in found) > 200
    assert sum(one.missing_rows for one in found) > 0  # they were killed in the middle
    assert sound(tmp_path / "aua.db")


def test_four_processes_write_one_file_at_once(tmp_path: Path) -> None:
    with Nursery() as nursery:
        found = nursery.together(tmp_path / "aua.db", ["a", "b", "c", "d"], kill_after_s=None, seconds=1.0)
    for one in found.values():
        assert list(one.faults()) == []
        assert len(one.acknowledged) == len(one.kept) == one.sent
    assert min(one.sent for one in found.values()) > 20
    assert sound(tmp_path / "aua.db")


def test_four_processes_killed_together_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    found = list(killed(tmp_path, 5, writers=4, seed=1, longest_s=0.2))
    assert [fault for one in found for fault in one.faults()] == []
    assert sum(len(one.acknowledged) for one in found) > 100
    assert sound(tmp_path / "aua.db")


def sound(path: Path) -> bool:
    database = sqlite3.connect(path)
    try:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        database.close()


def test_a_router_that_is_killed_while_it_answers_has_recorded_what_it_answered_before(tmp_path: Path) -> None:
    found = list(kills(tmp_path, 2))
    assert [fault for one in found for fault in one.faults()] == []
    assert min(len(one.answered) for one in found) > 5
    assert min(len(one.kept) for one in found) > 5
    assert sound(tmp_path / "state" / "aua.db")
