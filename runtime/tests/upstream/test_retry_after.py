import pytest
from aua_runtime.upstream.retry_after import DAY_S, seconds_of

NOW_S = 1_750_000_000.0  # Sun, 15 Jun 2025 15:06:40 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"0", 0),
        (b"17", 17),
        (b"9" * 40, DAY_S),
        (b"Sun, 15 Jun 2025 15:07:40 GMT", 60),
        (b"Sunday, 15-Jun-25 15:07:40 GMT", 60),
        (b"Sun Jun 15 15:07:40 2025", 60),
        (b"Sun, 15 Jun 2025 17:07:40 +0200", 60),
        (b"Sun, 15 Jun 2025 15:06:40 GMT", 0),
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 0),
        (b"Tue, 31 Dec 9999 23:59:59 GMT", DAY_S),
    ],
)
def test_numbers_and_all_three_forms_of_a_date_are_understood(value: bytes, seconds: int) -> None:
    assert seconds_of(value, NOW_S) == seconds


@pytest.mark.parametrize(
    "value", [b"", b"-5", b"1.5", b"+3", b"soon", b"\xd9\xa3", b"Sun, 99 Jun 2025 15:07:40 GMT", b"Sun, 15 Jun 99999 15:07:40 GMT", b"7, 8"]
)
def test_what_is_neither_asks_for_nothing(value: bytes) -> None:
    assert seconds_of(value, NOW_S) is None
