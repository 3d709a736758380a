"""What a front end requests besides a page of tasks: totals, and whether anything is new."""

from typing import Any

import httpx
import pytest

from tests.support.client import Person
from tests.support.tasks.api import TASKS, create


@pytest.mark.parametrize(
    ("params", "total"),
    [
        ({}, 4),
        ({"status": "todo"}, 3),
        ({"tag": "home", "q": "write"}, 2),
        ({"overdue": True, "tz": "America/Los_Angeles"}, 1),
        ({"overdue": False}, 3),
        ({"due_before": "2030-01-01T00:00:00Z", "priority": ["high", "none"]}, 1),
        ({"due_after": "2030-01-01T00:00:00Z", "sort_by": "due_at"}, 0),
    ],
)
async def test_a_total_counts_what_matches_on_every_page(
    client: httpx.AsyncClient, ada: Person, bob: Person, params: dict[str, Any], total: int
) -> None:
    await create(client, ada, tags=["home"])
    await create(client, ada, tags=["home"], due_on="2020-01-01")
    await create(client, ada, status="done")
    await create(client, ada, title="Read")
    await create(client, bob)

    query = params | {"limit": 1, "total": True}
    page = (await client.get(TASKS, params=query, headers=ada.headers)).json()

    assert page["total"] == total
    if page["next_cursor"] is not None:
        query["cursor"] = page["next_cursor"]
        second = (await client.get(TASKS, params=query, headers=ada.headers)).json()
        assert second["total"] == total


async def test_a_total_is_omitted_unless_requested(client: httpx.AsyncClient, ada: Person) -> None:
    assert "total" not in (await client.get(TASKS, headers=ada.headers)).json()


@pytest.mark.parametrize("path", ["", "?q=write&total=true", "/stats", "/stats/history", "/tags"])
async def test_a_cached_answer_is_not_sent_again(
    client: httpx.AsyncClient, ada: Person, bob: Person, path: str
) -> None:
    await create(client, ada, tags=["home"])
    first = await client.get(TASKS + path, headers=ada.headers)
    condition = {"If-None-Match": first.headers["etag"]}

    unchanged = await client.get(TASKS + path, headers=ada.headers | condition)
    theirs = await client.get(TASKS + path, headers=bob.headers | condition)
    await create(client, ada, tags=["work"])
    changed = await client.get(TASKS + path, headers=ada.headers | condition)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == first.headers["etag"]
    assert "no-transform" in first.headers["cache-control"]
    assert theirs.status_code == changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]
