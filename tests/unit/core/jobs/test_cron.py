"""When recurring jobs are due, including changes to and from summer time."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from BE.core.jobs.cron import Every
from BE.core.jobs.schedule import missed

BERLIN = "Europe/Berlin"
SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)
"""The day before the clocks in Berlin go forward from two to three o'clock."""
AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)
"""The day before they go back from three to two o'clock."""


def due(expression: str, since: datetime, count: int, zone: str = BERLIN) -> list[str]:
    return [f"{moment:%d %H:%M}" for moment in islice(Every(expression, zone).after(since), count)]


def test_a_schedule_follows_the_clock_of_its_zone() -> None:
    assert due("0 3 * * *", SPRING - timedelta(days=2), 3) == ["27 02:00", "28 02:00", "29 01:00"]


def test_a_time_in_the_skipped_hour_is_due_at_its_end() -> None:
    assert due("30 2 * * *", SPRING, 2) == ["29 01:00", "30 00:30"]


def test_a_time_in_the_repeated_hour_is_due_once() -> None:
    assert due("30 2 * * *", AUTUMN, 2) == ["25 00:30", "26 01:30"]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (SPRING.replace(day=29, hour=0), ["29 00:30", "29 01:30", "29 02:30"]),
        (AUTUMN.replace(day=25, hour=0), ["25 00:30", "25 01:30", "25 02:30"]),
    ],
)
def test_an_hourly_schedule_follows_elapsed_time(since: datetime, expected: list[str]) -> None:
    assert due("30 * * * *", since, 3) == expected


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("0 25 * * *", "UTC"),
        ("soon", "UTC"),
        ("0 3 * * *", "Mars/Base"),
        ("0 0 3 * * *", "UTC"),
        ("0 0 * 2 MON#5", "Mars/Base"),
        ("0 0 31 2 *", "UTC"),
    ],
)
def test_an_invalid_schedule_is_refused(expression: str, zone: str) -> None:
    with pytest.raises(ValueError, match="says no times"):
        Every(expression, zone)


def test_a_start_in_the_second_repeated_hour_continues_after_it() -> None:
    second = AUTUMN.replace(day=25, hour=1, minute=5)

    assert due("30 2 * * *", second, 1) == ["26 01:30"]
    assert due("0,30 1-5 * * *", second, 2) == ["25 02:00", "25 02:30"]


CHANGES = {
    BERLIN: [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)],
    "America/New_York": [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)],
    "Australia/Lord_Howe": [
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ],
}
MINUTES = st.one_of(
    st.sampled_from(["*", "*/15", "*/7", "0-59/10"]),
    st.lists(st.integers(0, 59), min_size=1, max_size=3).map(
        lambda minutes: ",".join(map(str, minutes))
    ),
)
HOURS = st.one_of(
    st.sampled_from(["*", "*/2", "0-6", "1-3"]),
    st.lists(st.integers(0, 4), min_size=1, max_size=3).map(
        lambda hours: ",".join(map(str, hours))
    ),
)


@settings(max_examples=25)
@given(
    change=st.sampled_from([(zone, at) for zone, moments in CHANGES.items() for at in moments]),
    minutes=MINUTES,
    hours=HOURS,
    before=st.integers(0, 6 * 60),
    step=st.integers(10, 50),
)
def test_every_tick_comes_once_and_in_order_across_clock_changes(
    change: tuple[str, datetime], minutes: str, hours: str, before: int, step: int
) -> None:
    zone, at = change
    every = Every(f"{minutes} {hours} * * *", zone)
    start = last = at - timedelta(minutes=before)
    ticks: list[datetime] = []
    for passed in range(0, 12 * 60, step):
        now = start + timedelta(minutes=passed)
        found = missed(every, last, now)
        assert all(last < tick <= now for tick in found)
        ticks += found
        last = found[-1] if found else last

    assert ticks == sorted(set(ticks))


@given(
    change=st.sampled_from([(zone, at) for zone, moments in CHANGES.items() for at in moments]),
    minutes=MINUTES,
    hours=HOURS,
    after=st.integers(0, 24 * 60),
)
def test_no_tick_lies_between_the_latest_and_now(
    change: tuple[str, datetime], minutes: str, hours: str, after: int
) -> None:
    zone, at = change
    every, now = Every(f"{minutes} {hours} * * *", zone), at + timedelta(minutes=after)
    latest = every.latest(now)

    assert latest < now <= next(every.after(latest))


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
def test_missed_ticks_are_made_up_for(expression: str, ago: timedelta, expected: list[int]) -> None:
    """``expected`` are the ages of the ticks in minutes."""
    ticks = missed(Every(expression), NOW - ago, NOW)

    assert [round((NOW - tick).total_seconds()) // 60 for tick in ticks] == expected
