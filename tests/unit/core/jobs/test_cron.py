"""When recurring jobs are due, also where the clock is changed."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from BE.core.jobs.cron import Every
from BE.core.jobs.schedule import missed

BERLIN = "Europe/Berlin"
SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)
"""The day before two o'clock in Berlin becomes three."""
AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)
"""The day before three o'clock becomes two."""


def due(expression: str, since: datetime, count: int, zone: str = BERLIN) -> list[str]:
    return [f"{moment:%d %H:%M}" for moment in islice(Every(expression, zone).after(since), count)]


def test_is_due_by_the_clock_of_its_zone() -> None:
    assert due("0 3 * * *", SPRING - timedelta(days=2), 3) == ["27 02:00", "28 02:00", "29 01:00"]


def test_what_falls_into_the_hour_that_is_left_out_is_due_when_it_ends() -> None:
    assert due("30 2 * * *", SPRING, 2) == ["29 01:00", "30 00:30"]


def test_what_falls_into_the_hour_that_comes_twice_is_due_once() -> None:
    assert due("30 2 * * *", AUTUMN, 2) == ["25 00:30", "26 01:30"]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (SPRING.replace(day=29, hour=0), ["29 00:30", "29 01:30", "29 02:30"]),
        (AUTUMN.replace(day=25, hour=0), ["25 00:30", "25 01:30", "25 02:30"]),
    ],
)
def test_what_is_due_each_hour_goes_by_real_time(since: datetime, expected: list[str]) -> None:
    assert due("30 * * * *", since, 3) == expected


@pytest.mark.parametrize(
    ("expression", "zone"), [("0 25 * * *", "UTC"), ("soon", "UTC"), ("0 3 * * *", "Mars/Base")]
)
def test_what_says_no_times_is_refused(expression: str, zone: str) -> None:
    with pytest.raises(ValueError, match="says no times"):
        Every(expression, zone)


NOW = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "ago", "expected"),
    [
        ("* * * * *", timedelta(seconds=20), []),
        ("* * * * *", timedelta(seconds=40), [0]),
        ("* * * * *", timedelta(minutes=3), [2, 1, 0]),
        ("*/20 * * * *", timedelta(days=30), [40, 20, 0]),
        ("0 9 * * *", timedelta(days=30), [180]),
        ("0 9 * * *", timedelta(hours=2), []),
    ],
)
def test_what_was_missed_is_made_up_for(
    expression: str, ago: timedelta, expected: list[int]
) -> None:
    """By how many minutes ago it was due."""
    ticks = missed(Every(expression), NOW - ago, NOW)

    assert [round((NOW - tick).total_seconds()) // 60 for tick in ticks] == expected
