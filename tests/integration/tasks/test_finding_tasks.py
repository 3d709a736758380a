from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from BE.modules.tasks.models import Task, TaskFilter, TaskOrder
from BE.modules.tasks.repository import finding
from tests.support.client import Person, user_without_account
from tests.support.tasks.model import SORTS, filter_of, matches, order_of, ordered, read, sort_key
from tests.support.tasks.strategies import DETERMINISTIC, changes, drafts, filters, orders

TASKS = "/api/v1/tasks"


class Model:
    """A model of the tasks of one owner, and of a page of them."""

    def __init__(self, client: httpx.AsyncClient, owner: Person) -> None:
        self._client, self._owner = client, owner
        self.tasks: dict[UUID, Task] = {}

    async def call(self, method: str, path: str = "", **options: Any) -> Any:
        answer = await self._client.request(
            method, TASKS + path, headers=self._owner.headers, **options
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def keep(self, task: dict[str, Any]) -> None:
        self.tasks[UUID(task["id"])] = read(task)

    async def create(self, sent: list[dict[str, Any]]) -> None:
        operations = [{"op": "create", "task": task} for task in sent]
        for task in (await self.call("POST", "/bulk", json={"operations": operations}))["items"]:
            self.keep(task)

    async def disturb(self, what: str, which: int, change: dict[str, Any]) -> None:
        ids = sorted(self.tasks)
        task_id = ids[which % len(ids)] if ids else None
        if what == "create" or task_id is None:
            await self.create([{"title": "new"} | change])
        elif what == "change":
            self.keep(await self.call("PATCH", f"/{task_id}", json=change))
        elif what == "delete":
            await self.call("DELETE", f"/{task_id}")
            del self.tasks[task_id]
        elif len(ids) > 1:
            after = ids[which % len(ids) - 1]
            self.keep(await self.call("POST", f"/{task_id}/move", json={"after": str(after)}))

    def expected(self, where: TaskFilter, order: TaskOrder, after: Task | None) -> list[UUID]:
        now = datetime.now(UTC)
        matching = (task for task in self.tasks.values() if matches(task, where, now))
        found = ordered(matching, order, where.tz)
        if after is None:
            return [task.id for task in found]
        last = sort_key(order, order.key(after), where.tz)
        keys = {task.id: sort_key(order, order.key(task), where.tz) for task in found}
        return [
            task.id
            for task in found
            if (keys[task.id] < last if order.descending else keys[task.id] > last)
        ]


@pytest.fixture(params=[(2, 2), (2, 6), (1000, 1000)], ids=["far", "wide", "near"])
def near(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Find tasks by each strategy, also by those for owners with many tasks."""
    for name, tasks in zip(("_NEAR", "_WIDE"), request.param, strict=True):
        monkeypatch.setattr(finding, name, tasks)
    finding.finding.cache_clear()
    yield
    finding.finding.cache_clear()


@given(
    sent=st.lists(drafts, max_size=14),
    where=filters,
    order=orders,
    limit=st.integers(1, 5),
    disturbances=st.lists(
        st.tuples(
            st.sampled_from(["create", "change", "delete", "move"]), st.integers(0, 99), changes
        ),
        max_size=6,
    ),
)
@DETERMINISTIC
async def test_pages_match_the_model_while_tasks_change(
    near: None,
    app: FastAPI,
    client: httpx.AsyncClient,
    sent: list[dict[str, Any]],
    where: dict[str, Any],
    order: dict[str, Any],
    limit: int,
    disturbances: list[tuple[str, int, dict[str, Any]]],
) -> None:
    model = Model(client, user_without_account(app))
    if sent:
        await model.create(sent)
    wanted, sorting = filter_of(where), order_of(order)
    params: dict[str, Any] = where | order | {"limit": limit}

    after: Task | None = None
    for number in range(30):
        page = await model.call("GET", params=params)
        expected = model.expected(wanted, sorting, after)

        assert [UUID(item["id"]) for item in page["items"]] == expected[:limit]
        assert [read(item) for item in page["items"]] == [model.tasks[i] for i in expected[:limit]]
        assert (page["next_cursor"] is not None) == (len(expected) > limit)
        if page["next_cursor"] is None:
            return
        after = read(page["items"][-1])
        params["cursor"] = page["next_cursor"]
        if number < len(disturbances):
            await model.disturb(*disturbances[number])


@pytest.mark.parametrize("sort_order", ["asc", "desc"])
@pytest.mark.parametrize("sort_by", SORTS)
async def test_every_order_lists_every_task_once(
    client: httpx.AsyncClient, ada: Person, sort_by: Any, sort_order: str
) -> None:
    model = Model(client, ada)
    await model.create(
        [
            {
                "title": f"{letter}" * 200,
                "priority": ["urgent", "none", "low"][number % 3],
            }
            | due
            for number, letter in enumerate(["\U0001d54f", "\\", "b", "B", "ß", '"', "é"])
            for due in (
                {},
                {"due_at": "2030-01-01T00:00:00Z"},
                {"due_at": "0001-01-01T00:00:00.000001Z"},
                {"due_on": "2029-12-31"},
                {"due_on": "9999-12-30"},
            )
        ]
    )
    order = TaskOrder(sort_by, sort_order == "desc")

    seen: list[str] = []
    params = {"sort_by": sort_by, "sort_order": sort_order, "limit": "1"}
    while True:
        page = await model.call("GET", params=params)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]

    assert seen == [str(task.id) for task in ordered(model.tasks.values(), order)]


async def test_a_cursor_of_another_filter_or_order_is_refused(
    client: httpx.AsyncClient, ada: Person
) -> None:
    model = Model(client, ada)
    await model.create([{"title": "a", "tags": ["x"]}] * 2)
    page = await model.call("GET", params={"limit": 1, "tag": "x", "status": ["todo", "done"]})
    cursor = {"cursor": page["next_cursor"], "limit": "1"}

    same = await client.get(
        TASKS,
        params=cursor | {"tag": ["x", "x"], "status": ["done", "todo"], "sort_order": "desc"},
        headers=ada.headers,
    )
    others = [
        await client.get(TASKS, params=cursor | query, headers=ada.headers)
        for query in (
            {},
            {"tag": "x"},
            {"tag": "x", "status": ["todo", "done"], "sort_by": "title"},
            {"tag": "x", "status": ["todo", "done"], "sort_order": "asc"},
            {"tag": "x", "status": ["todo", "done"], "q": "a"},
        )
    ]
    trash = await client.get(f"{TASKS}/trash", params=cursor, headers=ada.headers)

    assert same.status_code == 200
    assert {answer.status_code for answer in (*others, trash)} == {422}


@pytest.mark.parametrize("q", ["", "  ", "!!!", "%_%", "…", "'", "\u200b"])
async def test_a_search_without_a_word_finds_every_task(
    client: httpx.AsyncClient, ada: Person, q: str
) -> None:
    model = Model(client, ada)
    await model.create([{"title": "a"}])

    assert len((await model.call("GET", params={"q": q}))["items"]) == 1


@pytest.mark.parametrize(
    "q",
    [
        "a & !b | (c <-> d):*",
        "'; DROP TABLE tasks.task; --",
        "\\' OR 1=1",
        "x" * 200,
        "a" * 100 + " " + "b" * 99,
        "\u202e\ufeffé\u0301\U0001f600",
        "<b>x</b> http://example.com/a?b=c a@example.com 1e5 -7.5 /usr/lib",
        "NOT and or the",
    ],
)
async def test_a_search_treats_its_input_as_text(
    client: httpx.AsyncClient, ada: Person, q: str
) -> None:
    model = Model(client, ada)
    await model.create(
        [{"title": "other", "description": "text"}, {"title": "T", "description": q}]
    )

    found = (await model.call("GET", params={"q": q}))["items"]

    assert [item["title"] for item in found] == ["T"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "started"),
        ("status", ""),
        ("priority", "asap"),
        ("tag", ""),
        ("tag", "x" * 51),
        ("tag", "\x00"),
        ("tag", ["t"] * 21),
        ("due_before", "tomorrow"),
        ("due_after", "infinity"),
        ("due_after", "0000-01-01T00:00:00Z"),
        ("due_after", "10000-01-01T00:00:00Z"),
        ("due_before", "2030-01-01T00:00:00"),
        ("overdue", "maybe"),
        ("tz", "Mars/Olympus"),
        ("q", "x" * 201),
        ("q", "a\x00"),
        ("sort_by", "id"),
        ("sort_by", "title; DROP TABLE tasks.task"),
        ("sort_order", "up"),
        ("limit", "NaN"),
    ],
)
async def test_an_invalid_filter_is_named(
    client: httpx.AsyncClient, ada: Person, name: str, value: Any
) -> None:
    answer = await client.get(TASKS, params={name: value}, headers=ada.headers)

    assert answer.status_code == 422
    assert answer.json()["details"][0]["field"].startswith(f"query.{name}")
