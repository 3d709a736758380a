"""Tasks that are due on a date, which ends at another time in each time zone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.support.client import Person
from tests.support.tasks.api import TASKS, bulk, create

WEST, EAST = "Etc/GMT+12", "Pacific/Kiritimati"
"""26 hours apart: the date is never the same."""
BOTH = {"due_at": "2030-01-31T09:30:00Z", "due_on": "2030-01-31"}


def today_in(zone: str) -> str:
    return datetime.now(ZoneInfo(zone)).date().isoformat()


async def list_titles(client: httpx.AsyncClient, ada: Person, **params: Any) -> list[str]:
    answer = await client.get(TASKS, params=params, headers=ada.headers)
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()["items"]]


async def test_a_date_is_kept_as_it_was_sent(client: httpx.AsyncClient, ada: Person) -> None:
    task = await create(client, ada, due_on="2028-02-29")

    assert (task["due_on"], task["due_at"]) == ("2028-02-29", None)
    read = await client.get(f"{TASKS}/{task['id']}", headers=ada.headers)
    assert read.json() == task


@pytest.mark.parametrize(
    "due_on",
    [
        "2027-02-29",
        "2030-1-31",
        "20300131",
        "2030-W05-4",
        "2030-01-31T00:00:00Z",
        "2030-01-31 ",
        "٢٠٣٠-01-31",
        "0000-01-01",
        "9999-12-31",
        "0001-01-01",
        "today",
        "",
        1_900_000_000,
        True,
    ],
)
async def test_an_invalid_date_is_refused(
    client: httpx.AsyncClient, ada: Person, due_on: Any
) -> None:
    answer = await client.post(TASKS, json={"title": "a", "due_on": due_on}, headers=ada.headers)

    assert answer.status_code == 422
    assert [detail["field"] for detail in answer.json()["details"]] == ["body.due_on"]


@pytest.mark.parametrize(
    ("due", "message"),
    [
        ({"due_on": "2027-02-29"}, "There is no such date"),
        ({"due_on": "0000-12-31"}, "A date must be from 0001-01-02 to 9999-12-30"),
        ({"due_on": "0001-01-01"}, "A date must be from 0001-01-02 to 9999-12-30"),
        ({"due_on": "9999-12-31"}, "A date must be from 0001-01-02 to 9999-12-30"),
        ({"due_at": "2027-02-29T09:30:00Z"}, "There is no such time"),
        ({"due_at": "0000-12-31T23:59:59Z"}, "A time must be after 0001-01-01T00:00:00Z"),
        ({"due_at": "0001-01-01T00:00:00Z"}, "A time must be after 0001-01-01T00:00:00Z"),
        ({"due_at": "0001-01-01T00:00:00+01:00"}, "A time must be after 0001-01-01T00:00:00Z"),
        ({"due_at": "9999-12-31T23:59:59.999999Z"}, "and before 9999-12-31T23:59:59.999999Z"),
        ({"due_at": "9999-12-31T23:59:59-01:00"}, "and before 9999-12-31T23:59:59.999999Z"),
    ],
    ids=str,
)
async def test_a_refusal_names_the_actual_fault(
    client: httpx.AsyncClient, ada: Person, due: dict[str, str], message: str
) -> None:
    answer = await client.post(TASKS, json={"title": "a"} | due, headers=ada.headers)

    [detail] = answer.json()["details"]
    assert message in detail["message"]


@pytest.mark.parametrize("due_on", ["0001-01-02", "9999-12-30"])
async def test_the_first_and_the_last_date_are_accepted(
    client: httpx.AsyncClient, ada: Person, due_on: str
) -> None:
    assert (await create(client, ada, due_on=due_on))["due_on"] == due_on


async def test_a_task_cannot_be_due_both_at_a_time_and_on_a_date(
    client: httpx.AsyncClient, ada: Person
) -> None:
    task = await create(client, ada, due_at=BOTH["due_at"])
    dated = await create(client, ada, due_on=BOTH["due_on"])

    async def fault(method: str, path: str, body: Any) -> tuple[int, list[str]]:
        answer = await client.request(method, TASKS + path, json=body, headers=ada.headers)
        return answer.status_code, [detail["field"] for detail in answer.json()["details"]]

    def update(task_id: str, **changes: Any) -> dict[str, Any]:
        return {"operations": [{"op": "update", "id": task_id, "changes": changes}]}

    create_both = {"operations": [{"op": "create", "task": {"title": "a"} | BOTH}]}
    later = {"due_at": BOTH["due_at"]}
    assert await fault("POST", "", {"title": "a"} | BOTH) == (422, ["body.due_on"])
    assert await fault("PATCH", f"/{task['id']}", BOTH) == (422, ["body.due_on"])
    assert await fault("PATCH", f"/{task['id']}", {"due_on": "2030-01-31"}) == (
        422,
        ["body.due_on"],
    )
    assert await fault("PATCH", f"/{dated['id']}", later) == (422, ["body.due_at"])
    assert await fault("POST", "/import", {"items": [{"title": "a"} | BOTH]}) == (
        422,
        ["body.items.0.due_on"],
    )
    assert await fault("POST", "/bulk", create_both) == (
        422,
        ["body.operations.0.task.due_on"],
    )
    assert await fault("POST", "/bulk", update(dated["id"], **later)) == (
        422,
        ["body.operations.0.changes.due_at"],
    )
    for unchanged in (task, dated):
        read = await client.get(f"{TASKS}/{unchanged['id']}", headers=ada.headers)
        assert read.json() == unchanged


async def test_a_stale_change_is_refused_as_stale_whatever_it_sets(
    client: httpx.AsyncClient, ada: Person
) -> None:
    task = await create(client, ada, due_at=BOTH["due_at"])

    answer = await client.patch(
        f"{TASKS}/{task['id']}",
        json={"due_on": "2030-01-31"},
        headers=ada.headers | {"If-Match": '"7"'},
    )

    assert answer.status_code == 412


async def test_a_due_time_can_become_a_date_and_back(
    client: httpx.AsyncClient, ada: Person
) -> None:
    task = await create(client, ada, due_at=BOTH["due_at"])
    path = f"{TASKS}/{task['id']}"

    dated = await client.patch(
        path, json={"due_at": None, "due_on": "2030-01-31"}, headers=ada.headers
    )
    timed = await bulk(
        client,
        ada,
        {"op": "update", "id": task["id"], "changes": {"due_on": None, "due_at": task["due_at"]}},
    )

    assert (dated.json()["due_at"], dated.json()["due_on"]) == (None, "2030-01-31")
    [item] = timed.json()["items"]
    assert (item["due_at"], item["due_on"]) == (task["due_at"], None)


async def test_a_task_is_overdue_once_its_day_has_ended_in_the_time_zone(
    client: httpx.AsyncClient, ada: Person
) -> None:
    west, east = today_in(WEST), today_in(EAST)
    await create(client, ada, title="west", due_on=west)
    await create(client, ada, title="east", due_on=east)
    await create(client, ada, title="done", due_on="2020-01-01", status="done")

    assert await list_titles(client, ada, overdue=True, tz=WEST) == []
    assert await list_titles(client, ada, overdue=True, tz=EAST) == ["west"]
    assert await list_titles(client, ada, overdue=False, tz=EAST) == ["done", "east"]
    for zone, overdue in ((WEST, 0), (EAST, 1)):
        stats = await client.get(f"{TASKS}/stats", params={"tz": zone}, headers=ada.headers)
        assert (stats.json()["overdue"], stats.json()["due_today"]) == (overdue, 1)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", EAST])
async def test_the_bounds_of_a_day_include_its_date(
    client: httpx.AsyncClient, ada: Person, zone: str
) -> None:
    for day in ("2030-06-01", "2030-06-02", "2030-06-03"):
        await create(client, ada, title=day, due_on=day)
    midnight = datetime(2030, 6, 2, tzinfo=ZoneInfo(zone))
    bounds = {
        "due_after": midnight.astimezone(UTC).isoformat(),
        "due_before": (midnight + timedelta(days=1)).astimezone(UTC).isoformat(),
    }

    assert await list_titles(client, ada, tz=zone, **bounds) == ["2030-06-02"]
    assert await list_titles(client, ada, tz=zone, sort_by="due_at", **bounds) == ["2030-06-02"]


async def test_a_date_is_sorted_after_the_times_of_its_day(
    client: httpx.AsyncClient, ada: Person
) -> None:
    await create(client, ada, title="never")
    await create(client, ada, title="date", due_on="2030-01-01")
    await create(client, ada, title="evening", due_at="2030-01-02T04:00:00Z")
    await create(client, ada, title="morning", due_at="2030-01-01T16:00:00Z")

    west = {"tz": "America/Los_Angeles", "sort_by": "due_at"}
    assert await list_titles(client, ada, sort_by="due_at") == [
        "morning",
        "date",
        "evening",
        "never",
    ]
    assert await list_titles(client, ada, **west) == ["morning", "evening", "date", "never"]
    assert await list_titles(client, ada, sort_order="desc", **west) == [
        "date",
        "evening",
        "morning",
        "never",
    ]


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_an_export_keeps_the_date(client: httpx.AsyncClient, ada: Person, form: str) -> None:
    await create(client, ada, title="dated", due_on="2030-01-31")
    export = await client.get(f"{TASKS}/export", params={"format": form}, headers=ada.headers)

    answer = await client.post(
        f"{TASKS}/import",
        content=export.content,
        headers=ada.headers | {"Content-Type": export.headers["content-type"]},
    )

    assert answer.status_code == 200, answer.text
    page = await client.get(TASKS, headers=ada.headers)
    assert [task["due_on"] for task in page.json()["items"]] == ["2030-01-31"] * 2
