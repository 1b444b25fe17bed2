"""contributors/request_signing.py: the text that is signed, and its time."""

from datetime import UTC, datetime, timedelta

import pytest

from contributors.request_signing import VALIDITY, InvalidMessage, check_fresh, message_time

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
PREFIX = "Hokusai API Access - "


def test_it_works():
    assert message_time(PREFIX + "2026-01-31T12:00:00.123456") == NOON.replace(microsecond=123456)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T12:00:00+00:00", NOON),
        ("2026-01-31T12:00:00-00:00", NOON),
        ("2026-01-31T13:00:00+01:00", NOON),
        ("2026-01-31T06:30:00-05:30", NOON),
        ("2026-02-01T11:59:00+23:59", NOON),
        ("2026-01-31T12:00:00.5", NOON.replace(microsecond=500_000)),
        ("2026-01-31T12:00:00.25Z", NOON.replace(microsecond=250_000)),
        ("2026-01-31T12:00:00.125", NOON.replace(microsecond=125_000)),
        ("2026-01-31T12:00:00.0625", NOON.replace(microsecond=62_500)),
        ("2026-01-31T12:00:00.00001", NOON.replace(microsecond=10)),
        ("2026-01-31T12:00:00.000001Z", NOON.replace(microsecond=1)),
        ("2026-01-31T14:00:00.000001+02:00", NOON.replace(microsecond=1)),
        ("2024-02-29T00:00:00", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_accepted_forms(time, expected):
    stated = message_time(PREFIX + time)
    assert stated == expected
    assert stated.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "time",
    [
        "",
        "2026-W05-6",
        "2026-W05-6T12:00:00",
        "2026-031T12:00:00",
        "2026-01-31",
        "20260131T120000",
        "2026-01-31T12",
        "2026-01-31T12:00",
        "2026-01-31 12:00:00",
        "2026-01-31t12:00:00",
        "2026-01-31T12:00:00z",
        "2026-01-31T12:00:00,5",
        "2026-01-31T12:00:00.",
        "2026-01-31T12:00:00.1234567",
        "2026-01-31T12:00:00 Z",
        "2026-01-31T12:00:00+01",
        "2026-01-31T12:00:00+0100",
        "2026-01-31T12:00:00+01:00:00",
        "2026-01-31T12:00:00−01:00",
        "2026-01-31T12:00:00\n",
        "2026-01-31T12:00:00Z\n",
        " 2026-01-31T12:00:00",
        "2026-01-31T12:00:00 ",
        "+2026-01-31T12:00:00",
        "26-01-31T12:00:00",
        "٢٠٢٦-01-31T12:00:00",
        "2026-01-31T12:00:0０",
        "1769860800",
    ],
)
def test_refused_forms(time):
    with pytest.raises(InvalidMessage, match="must read"):
        message_time(PREFIX + time)


@pytest.mark.parametrize(
    "message",
    [
        "2026-01-31T12:00:00",
        "hokusai api access - 2026-01-31T12:00:00",
        "Hokusai API Access -2026-01-31T12:00:00",
        "Hokusai API Access – 2026-01-31T12:00:00",
        "Sign in. Hokusai API Access - 2026-01-31T12:00:00",
        "Hokusai API Access - 2026-01-31T12:00:00 and all my tokens",
        "",
    ],
)
def test_refused_texts(message):
    with pytest.raises(InvalidMessage, match="must read"):
        message_time(message)


@pytest.mark.parametrize(
    "time",
    [
        "2026-02-30T12:00:00",
        "2025-02-29T12:00:00",
        "2026-13-01T12:00:00",
        "2026-00-01T12:00:00",
        "2026-01-00T12:00:00",
        "0000-01-01T00:00:00",
        "2026-01-31T24:00:00",
        "2026-01-31T12:60:00",
        "2026-01-31T12:00:60",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+99:99",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_times_that_do_not_exist(time):
    with pytest.raises(InvalidMessage, match="does not exist"):
        message_time(PREFIX + time)


@pytest.mark.parametrize("seconds", [0, 1, 299, 299.999999, 300])
@pytest.mark.parametrize("sign", [1, -1])
def test_within_the_window(seconds, sign):
    check_fresh(NOON + sign * timedelta(seconds=seconds), NOON)


@pytest.mark.parametrize(
    ("offset", "told"),
    [
        (timedelta(seconds=-300, microseconds=-1), "old"),
        (timedelta(days=-1), "old"),
        (timedelta(seconds=300, microseconds=1), "ahead"),
        (timedelta(days=1), "ahead"),
    ],
)
def test_outside_of_the_window(offset, told):
    with pytest.raises(InvalidMessage, match=told):
        check_fresh(NOON + offset, NOON)


@pytest.mark.parametrize("stated", [datetime.min, datetime.max])
def test_the_ends_of_time(stated):
    with pytest.raises(InvalidMessage):
        check_fresh(stated.replace(tzinfo=UTC), NOON)


def test_the_window_is_five_minutes():
    assert timedelta(seconds=300) == VALIDITY
