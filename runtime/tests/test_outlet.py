import errno
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aua_runtime.contract.log_fields import LINE_BYTES
from aua_runtime.outlet import MOST_BYTES, Outlet, chunks
from hypothesis import given
from hypothesis import strategies as st


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    reads, writes = os.pipe()
    try:
        yield reads, writes
    finally:
        os.close(reads)
        os.close(writes)


def lost(count: int) -> bytes:
    return b'{"lost":%d}\n' % count


@given(st.lists(st.integers(1, LINE_BYTES), max_size=20))
def test_pieces_are_whole_lines_that_a_pipe_takes_at_once(lengths: list[int]) -> None:
    lines = [b"x" * (length - 1) + b"\n" for length in lengths]
    found = list(chunks(lines))
    assert b"".join(found) == b"".join(lines)
    assert all(len(each) <= LINE_BYTES and each.endswith(b"\n") for each in found)


def test_nobody_waits_for_a_reader_that_sleeps_and_it_is_told_what_it_missed() -> None:
    with pipe() as (reads, writes):
        outlet = Outlet(writes, lost)
        started_s = time.perf_counter()
        for _ in range(400):
            outlet.put([b"x" * 4000 + b"\n"] * 4)
        assert time.perf_counter() - started_s < 1
        read, lines, missed = b"", 0, 0
        while lines + missed < 1600:
            *whole, read = (read + os.read(reads, 1 << 20)).split(b"\n")
            told = [json.loads(line)["lost"] for line in whole if line.startswith(b"{")]
            lines, missed = lines + len(whole) - len(told), missed + sum(told)
        assert lines + missed == 1600
        assert outlet.dropped == missed
        assert MOST_BYTES / 4001 - 5 < lines < MOST_BYTES / 4001 + 50
        outlet.put([b"after\n"])
        outlet.close()
        assert os.read(reads, 100) == b"after\n"


def test_a_reader_that_has_gone_is_no_error() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    outlet = Outlet(writes, lost)
    outlet.put([b"one\n"])
    outlet.close()
    outlet.put([b"two\n", b"three\n"])
    outlet.close()
    assert outlet.dropped == 3
    os.close(writes)


def test_what_a_full_disk_did_not_take_is_told_once_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room, written, write = [4], tmp_path / "log", os.write

    def limited(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "full")
        count = write(descriptor, bytes(data[: room[0]]))
        room[0] -= count
        return count

    descriptor = os.open(written, os.O_CREAT | os.O_WRONLY)
    monkeypatch.setattr(os, "write", limited)
    outlet = Outlet(descriptor, lost)
    outlet.put([b"one\n", b"two\n", b"three\n"])
    outlet.close()
    room[0] = 99
    outlet.put([b"four\n"])
    outlet.close()
    os.close(descriptor)
    assert (outlet.dropped, written.read_bytes()) == (2, b'one\nfour\n{"lost":2}\n')


def test_a_descriptor_that_does_not_wait_loses_nothing() -> None:
    with pipe() as (reads, writes):
        os.set_blocking(writes, False)
        outlet = Outlet(writes, lost)
        outlet.put([b"y" * 4000 + b"\n"] * 100)
        read = b""
        while len(read) < 100 * 4001:
            read += os.read(reads, 1 << 20)
        outlet.close()
        assert read == (b"y" * 4000 + b"\n") * 100


def test_the_end_does_not_wait_long_for_a_reader() -> None:
    with pipe() as (reads, writes):
        outlet = Outlet(writes, lost)
        outlet.put([b"z" * 4000 + b"\n"] * 100)
        started_s = time.perf_counter()
        outlet.close()
        assert time.perf_counter() - started_s < 3
        left = 100 * 4001
        while left:  # its thread has then done with the descriptor, whose number the next pipe may get
            left -= len(os.read(reads, 1 << 20))
        outlet.close()
