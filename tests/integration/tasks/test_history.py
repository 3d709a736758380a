"""The data of charts, over HTTP: days and weeks, and the counts at the end of each."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.modules.tasks.wiring import CONTEXT
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, sign_up
from tests.support.tasks.api import TASKS, create

HISTORY = f"{TASKS}/stats/history"

type Lifetime = tuple[str, str | None]
"""When a task was created and completed."""


@pytest.fixture
def at(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock of the service."""
    service = app.state.container.objects_of(CONTEXT).task_service

    def set_clock(moment: str) -> None:
        monkeypatch.setattr(service, "_clock", lambda: datetime.fromisoformat(moment))

    return set_clock


async def add_tasks(
    client: httpx.AsyncClient, database: Database, owner: Person, *lifetimes: Lifetime
) -> None:
    """Add tasks of the owner that were created and completed at these times."""
    for created, completed in lifetimes:
        task = await create(client, owner, status="done" if completed else "todo")
        await database.execute(
            "UPDATE tasks.task SET created_at = $2, completed_at = $3 WHERE id = $1",
            task["id"],
            datetime.fromisoformat(created),
            completed and datetime.fromisoformat(completed),
        )


async def history(client: httpx.AsyncClient, owner: Person, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get(HISTORY, params=params, headers=owner.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def flows(client: httpx.AsyncClient, owner: Person, **params: Any) -> dict[str, list[int]]:
    """Created, completed, open and done, by month and day."""
    return {
        item["date"][5:]: [item[name] for name in ("created", "completed", "open", "done")]
        for item in await history(client, owner, **params)
    }


async def test_each_of_the_last_thirty_days_is_listed_even_without_tasks(
    client: httpx.AsyncClient, ada: Person, at: Callable[[str], None]
) -> None:
    at("2026-03-10T12:00:00Z")

    items = await history(client, ada)

    days = [date(2026, 3, 10) - timedelta(days=number) for number in reversed(range(30))]
    zeros = {"created": 0, "completed": 0, "open": 0, "done": 0}
    assert items == [{"date": str(day), **zeros} for day in days]


async def test_a_day_counts_its_changes_and_the_tasks_at_its_end(
    client: httpx.AsyncClient,
    database: Database,
    ada: Person,
    bob: Person,
    at: Callable[[str], None],
) -> None:
    at("2026-03-10T12:00:00Z")
    await add_tasks(
        client,
        database,
        ada,
        ("2020-01-01T00:00:00Z", None),
        ("2020-01-01T00:00:00Z", "2026-03-06T23:59:59Z"),
        ("2026-03-07T00:00:00Z", "2026-03-07T00:00:00Z"),
        ("2026-03-07T23:59:59Z", "2026-03-09T10:00:00Z"),
        ("2026-03-10T11:00:00Z", None),
    )
    await add_tasks(client, database, bob, ("2026-03-08T00:00:00Z", None))

    assert await flows(client, ada, days=4) == {
        "03-07": [2, 1, 2, 2],
        "03-08": [0, 0, 2, 2],
        "03-09": [0, 1, 1, 3],
        "03-10": [1, 0, 2, 3],
    }


async def test_today_agrees_with_the_stats(client: httpx.AsyncClient, ada: Person) -> None:
    for status in ("todo", "in_progress", "done"):
        await create(client, ada, status=status)
    gone, reopened = await create(client, ada), await create(client, ada, status="done")
    await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)
    back = {"status": "todo"}
    await client.patch(f"{TASKS}/{reopened['id']}", json=back, headers=ada.headers)

    [today] = await history(client, ada, days=1)
    stats = (await client.get(f"{TASKS}/stats", headers=ada.headers)).json()

    assert today["open"] == stats["todo"] + stats["in_progress"] == 3
    assert today["done"] == stats["done"] == 1


async def test_weeks_begin_on_monday_and_are_whole(
    client: httpx.AsyncClient, database: Database, ada: Person, at: Callable[[str], None]
) -> None:
    at("2026-03-11T12:00:00Z")  # a Wednesday
    await add_tasks(
        client,
        database,
        ada,
        ("2026-03-01T23:59:59Z", None),
        ("2026-03-02T00:00:00Z", "2026-03-08T23:59:59Z"),
        ("2026-03-09T00:00:00Z", "2026-03-11T11:00:00Z"),
    )

    weeks = await flows(client, ada, interval="week", days=4)

    assert weeks == {"03-02": [1, 1, 1, 1], "03-09": [1, 1, 1, 2]}
    year = await history(client, ada, interval="week", days=366)
    assert (len(year), year[0]["date"], year[0]["open"]) == (53, "2025-03-10", 0)


@pytest.mark.parametrize(
    ("zone", "now", "created", "days"),
    [
        (  # a day of 23 hours
            "Europe/Berlin",
            "2026-03-30T12:00:00Z",
            ["2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"],
            {"03-28": 0, "03-29": 2, "03-30": 1},
        ),
        (  # a day of 25 hours
            "Europe/Berlin",
            "2026-10-26T12:00:00Z",
            ["2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"],
            {"10-24": 0, "10-25": 2, "10-26": 1},
        ),
        (  # a day that begins at one
            "Africa/Cairo",
            "2026-04-25T12:00:00Z",
            ["2026-04-23T21:59:59Z", "2026-04-23T22:00:00Z", "2026-04-24T20:59:59Z"],
            {"04-23": 1, "04-24": 2, "04-25": 0},
        ),
        (  # a day that begins twice, an hour apart
            "America/Havana",
            "2025-11-03T12:00:00Z",
            ["2025-11-02T03:59:59Z", "2025-11-02T04:00:00Z", "2025-11-02T05:00:00Z"],
            {"11-01": 1, "11-02": 2, "11-03": 0},
        ),
        (  # a day that never was
            "Pacific/Apia",
            "2011-12-31T00:00:00Z",
            ["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"],
            {"12-29": 1, "12-30": 0, "12-31": 1},
        ),
        *(
            (  # a name that PostgreSQL takes for the abbreviation of winter time
                zone,
                "2026-07-02T12:00:00Z",
                [f"2026-07-01T{hour}:30:00Z"],
                {"06-30": 0, "07-01": 0, "07-02": 1},
            )
            for zone, hour in (("WET", 23), ("CET", 22), ("MET", 22), ("EET", 21))
        ),
        (  # two zones that never have the same day
            "Etc/GMT+12",
            "2026-03-10T11:00:00Z",
            ["2026-03-10T11:00:00Z"],
            {"03-07": 0, "03-08": 0, "03-09": 1},
        ),
        (
            "Pacific/Kiritimati",
            "2026-03-10T11:00:00Z",
            ["2026-03-10T11:00:00Z"],
            {"03-09": 0, "03-10": 0, "03-11": 1},
        ),
    ],
)
async def test_a_day_follows_the_wall_clock(
    client: httpx.AsyncClient,
    database: Database,
    ada: Person,
    at: Callable[[str], None],
    zone: str,
    now: str,
    created: list[str],
    days: dict[str, int],
) -> None:
    at(now)
    await add_tasks(client, database, ada, *((moment, None) for moment in created))

    found = await flows(client, ada, days=3, tz=zone)

    assert {day: flow[0] for day, flow in found.items()} == days
    assert [*found.values()][-1][2] == len(created)


@pytest.mark.parametrize(
    ("zone", "day"), [("Africa/Cairo", "2026-04-25"), ("America/Santiago", "2026-09-07")]
)
async def test_a_database_in_a_zone_with_a_day_without_midnight_loses_no_day(
    build_app: AppFactory, monkeypatch: pytest.MonkeyPatch, dsn: str, zone: str, day: str
) -> None:
    """Its administrator set the time zone, in which the second day begins at one o'clock."""
    zoned_dsn = f"{dsn}{'&' if '?' in dsn else '?'}timezone={zone}"
    async with (
        build_app(database_url=zoned_dsn) as app,
        client_of(app) as client,
    ):
        assert await app.state.container.database().fetchval("SHOW timezone") == zone
        service = app.state.container.objects_of(CONTEXT).task_service
        monkeypatch.setattr(service, "_clock", lambda: datetime.fromisoformat(f"{day}T12:00Z"))
        found = await flows(client, await sign_up(client), days=3)

    assert [*found][-1] == day[5:]
    assert len(found) == 3


async def test_today_is_that_of_the_given_zone(client: httpx.AsyncClient, ada: Person) -> None:
    zone = "Pacific/Kiritimati"
    before = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    [*_, today] = await history(client, ada, tz=zone)
    after = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()

    assert before <= date.fromisoformat(today["date"]) <= after


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"days": 0}, "query.days"),
        ({"days": 367}, "query.days"),
        ({"days": "many"}, "query.days"),
        ({"interval": "month"}, "query.interval"),
        ({"tz": "Mars/Olympus"}, "query.tz"),
        ({"since": "2026-01-01"}, "query.since"),
    ],
)
async def test_an_invalid_period_is_refused(
    client: httpx.AsyncClient, ada: Person, params: dict[str, Any], field: str
) -> None:
    answer = await client.get(HISTORY, params=params, headers=ada.headers)

    assert answer.status_code == 422
    assert answer.json()["details"][0]["field"] == field


async def test_an_admin_reads_the_history_of_any_user(
    client: httpx.AsyncClient, ada: Person, bob: Person, root: Person
) -> None:
    await create(client, ada)
    path = f"/api/v1/users/{ada.id}/tasks/stats/history"

    theirs = await client.get(path, params={"days": 1}, headers=root.headers)

    assert theirs.json()["items"][0]["open"] == 1
    assert (await client.get(path, headers=bob.headers)).status_code == 403
    unknown = path.replace(ada.id, root.id[:-4] + "0000")
    assert (await client.get(unknown, headers=root.headers)).status_code == 404
