"""Order by hand, the trash, bulk, stats, and the tasks of other users, over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.events import Delivery, Envelope, Event
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted
from BE.modules.tasks import events as task_events
from BE.modules.tasks.events import TaskCreated
from container import Container
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, etag_of, sign_up, user_without_account
from tests.support.events import eventually, pass_an_hour
from tests.support.tasks.api import TASKS, bulk, create

BY_HAND: dict[str, Any] = {"sort_by": "position", "limit": 100}


async def titles(client: httpx.AsyncClient, owner: Person, **params: Any) -> list[str]:
    answer = await client.get(TASKS, params=BY_HAND | params, headers=owner.headers)
    return [task["title"] for task in answer.json()["items"]]


async def move(
    client: httpx.AsyncClient, owner: Person, task: dict[str, Any], after: Any
) -> httpx.Response:
    body = {"after": after}
    return await client.post(f"{TASKS}/{task['id']}/move", json=body, headers=owner.headers)


class TestMove:
    async def test_puts_a_task_after_another_or_first(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        a, b, c = [await create(client, ada, title=title) for title in "abc"]

        moved = await move(client, ada, c, a["id"])
        assert await titles(client, ada) == ["a", "c", "b"]
        await move(client, ada, b, None)
        assert await titles(client, ada) == ["b", "a", "c"]
        await move(client, ada, b, c["id"])
        assert await titles(client, ada) == ["a", "c", "b"]
        await create(client, ada, title="d")
        assert await titles(client, ada) == ["a", "c", "b", "d"]

        assert moved.headers["etag"] == etag_of(c["id"], 2)
        assert moved.json() == c | {
            name: moved.json()[name] for name in ("position", "version", "updated_at")
        }

    async def test_checks_and_increments_the_version(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        a, b = [await create(client, ada, title=title) for title in "ab"]
        path, first = f"{TASKS}/{b['id']}", etag_of(b["id"], 1)

        async def moved(after: Any, etag: str) -> httpx.Response:
            headers = ada.headers | {"If-Match": etag}
            return await client.post(f"{path}/move", json={"after": after}, headers=headers)

        current = await moved(None, first)
        stale = [
            await moved(a["id"], first),
            await moved(None, first),  # where it is already
            await client.patch(
                path, json={"title": "c"}, headers=ada.headers | {"If-Match": first}
            ),
        ]
        reread = await client.get(path, headers=ada.headers | {"If-None-Match": first})
        again = await moved(a["id"], current.headers["etag"])

        assert current.status_code == 200
        assert {answer.status_code for answer in stale} == {412}
        assert {answer.headers["etag"] for answer in stale} == {current.headers["etag"]}
        assert reread.json()["position"] == current.json()["position"]
        assert (again.status_code, again.json()["version"]) == (200, 3)
        assert await titles(client, ada) == ["a", "b"]

    async def test_concurrent_moves_all_succeed_and_each_writes_one_row(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        tasks = [await create(client, ada, title=str(number)) for number in range(9)]

        answers = await asyncio.gather(
            *(move(client, ada, task, tasks[0]["id"]) for task in tasks[2:])
        )

        found = await titles(client, ada)
        assert {answer.status_code for answer in answers} == {200}
        assert (found[0], found[-1]) == ("0", "1")
        assert sorted(found) == [str(number) for number in range(9)]
        assert {answer.json()["version"] for answer in answers} == {2}
        assert len({answer.json()["position"] for answer in answers}) == 7

    async def test_tasks_created_at_once_all_come_last(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        first = await create(client, ada)
        made = await asyncio.gather(*(create(client, ada) for _ in range(9)))

        assert min(task["position"] for task in made) > first["position"]

    @pytest.mark.parametrize(
        "body", [{}, {"after": "x"}, {"after": 7}, {"before": None}, [], {"after": [None]}]
    )
    async def test_an_invalid_body_is_refused(
        self, client: httpx.AsyncClient, ada: Person, body: Any
    ) -> None:
        path = f"{TASKS}/{(await create(client, ada))['id']}/move"

        assert (await client.post(path, json=body, headers=ada.headers)).status_code == 422

    async def test_an_unknown_task_is_refused_on_either_side(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        task, other = await create(client, ada), await create(client, bob)
        gone = await create(client, ada)
        await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)

        for after in (other["id"], gone["id"], task["id"], str(new_id())):
            answer = await move(client, ada, task, after)
            assert answer.status_code == 422
            assert answer.json()["details"][0]["field"] == "body.after"
        assert (await move(client, bob, task, None)).status_code == 404
        assert (await move(client, ada, gone, None)).status_code == 404


class TestTrash:
    async def test_lists_deleted_tasks_and_restores_them(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        tasks = [await create(client, ada, title=title) for title in "abc"]
        for task in tasks[:2]:
            await client.delete(f"{TASKS}/{task['id']}", headers=ada.headers)
        trash = f"{TASKS}/trash"

        first = (await client.get(trash, params={"limit": 1}, headers=ada.headers)).json()
        cursor = {"cursor": first["next_cursor"]}
        second = (await client.get(trash, params=cursor, headers=ada.headers)).json()
        restored = await client.post(f"{TASKS}/{tasks[0]['id']}/restore", headers=ada.headers)

        assert [task["title"] for task in first["items"] + second["items"]] == ["b", "a"]
        assert second["next_cursor"] is None
        assert (await client.get(trash, headers=bob.headers)).json()["items"] == []
        assert restored.headers["etag"] == etag_of(tasks[0]["id"], 3)
        assert restored.json() == tasks[0] | {
            "version": 3,
            "updated_at": restored.json()["updated_at"],
        }
        assert await titles(client, ada) == ["a", "c"]

    async def test_only_deleted_tasks_can_be_restored(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        task, gone = await create(client, ada), await create(client, ada)
        await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)

        async def restore(task_id: str, owner: Person) -> int:
            path = f"{TASKS}/{task_id}/restore"
            return (await client.post(path, headers=owner.headers)).status_code

        assert await restore(task["id"], ada) == 409
        assert await restore(gone["id"], bob) == 404
        assert await restore(str(new_id()), ada) == 404
        assert await restore(gone["id"], ada) == 200
        assert await restore(gone["id"], ada) == 409

    async def test_is_emptied_after_thirty_days(
        self, client: httpx.AsyncClient, app: FastAPI, ada: Person, database: Database
    ) -> None:
        tasks = [await create(client, ada, title=title) for title in "abc"]
        for task in tasks[:2]:
            await client.delete(f"{TASKS}/{task['id']}", headers=ada.headers)
        await database.execute(
            "UPDATE tasks.task SET deleted_at = deleted_at - interval '30 days' WHERE title = 'a'"
        )

        await pass_an_hour(app)

        async def is_emptied() -> bool:
            rows = await database.fetch("SELECT title FROM tasks.task ORDER BY title")
            return [row[0] for row in rows] == ["b", "c"]

        await eventually(is_emptied)


class TestBulk:
    async def test_carries_out_all_operations(self, client: httpx.AsyncClient, ada: Person) -> None:
        a, b = await create(client, ada, title="a"), await create(client, ada, title="b")

        answer = await bulk(
            client,
            ada,
            {"op": "create", "task": {"title": "c", "status": "done", "tags": ["x", 'y"\\']}},
            {"op": "update", "id": a["id"], "if_match": 1, "changes": {"status": "done"}},
            {"op": "delete", "id": b["id"]},
            {"op": "update", "id": a["id"], "changes": {"description": "x", "due_at": None}},
            {"op": "create", "task": {"title": "d"}},
        )

        made, first, deleted, second, last = answer.json()["items"]
        assert answer.status_code == 200
        assert deleted is None
        assert (first["version"], second["version"]) == (2, 3)
        assert (first["description"], second["description"]) == (None, "x")
        assert second["completed_at"] == first["completed_at"] == first["updated_at"]
        assert await titles(client, ada) == ["a", "c", "d"]
        for task in (made, second, last):
            path = f"{TASKS}/{task['id']}"
            assert (await client.get(path, headers=ada.headers)).json() == task

    @pytest.mark.parametrize(
        ("bad", "status", "field"),
        [
            ({"op": "update", "id": "nobody's", "changes": {}}, 404, "id"),
            ({"op": "delete", "id": "nobody's"}, 404, "id"),
            ({"op": "update", "id": "own", "if_match": 2, "changes": {}}, 412, "if_match"),
            ({"op": "delete", "id": "own", "if_match": 9}, 412, "if_match"),
            ({"op": "update", "id": "another's", "changes": {}}, 404, "id"),
            ({"op": "create", "task": {"title": ""}}, 422, "task.title"),
            ({"op": "create", "task": {"title": "a", "tags": ["\x00"]}}, 422, "task.tags.0"),
            (
                {"op": "update", "id": "own", "changes": {"title": None}},
                422,
                "changes.title",
            ),
            ({"op": "update", "id": "own"}, 422, "changes"),
            ({"op": "update", "id": "own", "if_match": 0, "changes": {}}, 422, "if_match"),
            (
                {"op": "update", "id": "own", "if_match": 2**31, "changes": {}},
                422,
                "if_match",
            ),
            ({"op": "update", "id": "own", "if_match": "1", "changes": {}}, 422, "if_match"),
            ({"op": "update", "id": 7, "changes": {}}, 422, "id"),
            ({"op": "delete", "id": "own", "force": True}, 422, "force"),
            ({"op": "merge", "id": "own"}, 422, ""),
            ({"id": "own"}, 422, ""),
            (None, 422, ""),
            ([], 422, ""),
        ],
        ids=repr,
    )
    async def test_names_the_first_invalid_operation_and_changes_nothing(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        bob: Person,
        database: Database,
        bad: Any,
        status: int,
        field: str,
    ) -> None:
        own, other = await create(client, ada), await create(client, bob)
        if isinstance(bad, dict) and "id" in bad:
            named = {"own": own["id"], "another's": other["id"], "nobody's": str(uuid4())}
            bad = bad | {"id": named.get(bad["id"], bad["id"])}

        answer = await bulk(
            client,
            ada,
            {"op": "create", "task": {"title": "x"}},
            {"op": "update", "id": own["id"], "changes": {"title": "x"}},
            bad if status != 412 else bad | {"if_match": 7},
            {"op": "delete", "id": str(uuid4())},
        )

        assert answer.status_code == status
        assert answer.json()["details"][0]["field"] == f"body.operations.2.{field}".rstrip(".")
        assert [row[0] for row in await database.fetch("SELECT title FROM tasks.task")] == [
            "Write",
            "Write",
        ]

    @pytest.mark.parametrize("count", [0, 501])
    async def test_accepts_1_to_500_operations(
        self, client: httpx.AsyncClient, ada: Person, count: int
    ) -> None:
        answer = await bulk(client, ada, *[{"op": "create", "task": {"title": "x"}}] * count)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "body.operations"

    async def test_needs_few_statements(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        tasks = [await create(client, ada) for _ in range(20)]
        counted, request_task = 0, asyncio.current_task()
        run = database._run

        async def count(*arguments: Any) -> Any:
            nonlocal counted
            counted += asyncio.current_task() is request_task  # the relay has statements of its own
            return await run(*arguments)

        database._run = count  # type: ignore[method-assign, assignment]
        try:
            answer = await bulk(
                client,
                ada,
                *[{"op": "create", "task": {"title": "x"}}] * 460,
                *[{"op": "update", "id": t["id"], "changes": {"title": "y"}} for t in tasks],
                *[{"op": "delete", "id": t["id"]} for t in tasks],
            )
        finally:
            database._run = run  # type: ignore[method-assign]

        assert answer.status_code == 200
        assert counted <= 8
        found = await titles(client, ada, q="x")
        assert found == ["x"] * 100

    async def test_concurrent_bulks_lose_no_change(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        ids = [(await create(client, ada))["id"] for _ in range(5)]
        orders = [ids, ids[::-1]] * 5

        async def untag(order: list[str]) -> httpx.Response:
            operations = [
                {"op": "update", "id": task_id, "changes": {"tags": []}} for task_id in order
            ]
            return await bulk(client, ada, *operations)

        answers = await asyncio.gather(*(untag(order) for order in orders))

        assert {answer.status_code for answer in answers} == {200}
        versions = {
            (await client.get(f"{TASKS}/{i}", headers=ada.headers)).json()["version"] for i in ids
        }
        assert versions == {11}


class TestStats:
    async def test_count_own_tasks(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        now = datetime.now(UTC)
        for status, due in (
            ("todo", now - timedelta(days=9)),
            ("in_progress", now + timedelta(days=9)),
            ("done", now - timedelta(days=9)),
            ("done", None),
        ):
            await create(client, ada, status=status, due_at=due and due.isoformat())
        gone = await create(client, ada)
        await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)
        await create(client, bob)

        stats = (await client.get(f"{TASKS}/stats", headers=ada.headers)).json()

        assert now <= datetime.fromisoformat(stats.pop("timestamp"))
        assert stats == {
            "total": 4,
            "todo": 1,
            "in_progress": 1,
            "done": 2,
            "overdue": 1,
            "due_today": 0,
            "completed_this_week": 2,
        }

    async def test_today_is_that_of_the_given_zone(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        """Two zones whose days are never the same, 26 hours apart."""
        await create(client, ada, due_at=datetime.now(UTC).isoformat())

        async def due_today(zone: str) -> int:
            answer = await client.get(f"{TASKS}/stats", params={"tz": zone}, headers=ada.headers)
            count: int = answer.json()["due_today"]
            return count

        zones = ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12")
        assert [await due_today(zone) for zone in zones] == [1, 1, 1, 1]

    @pytest.mark.parametrize(
        "zone",
        [
            "",
            "Mars/Olympus",
            "../../etc/passwd",
            "/etc/passwd",
            "utc\x00",
            "UTC+1",
            "é",
            "localtime",
        ],
    )
    async def test_an_unknown_zone_is_refused(
        self, client: httpx.AsyncClient, ada: Person, zone: str
    ) -> None:
        answer = await client.get(f"{TASKS}/stats", params={"tz": zone}, headers=ada.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "query.tz"


class TestByUser:
    async def test_own_tasks_are_the_same_collection(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        mine = f"/api/v1/users/{ada.id}/tasks"
        made = await client.post(mine, json={"title": "Write"}, headers=ada.headers)
        path = made.headers["location"]

        assert path == f"{mine}/{made.json()['id']}"
        assert made.json()["owner_id"] == ada.id
        assert (await client.get(path, headers=ada.headers)).json() == made.json()
        assert await titles(client, ada) == ["Write"]
        conditional = ada.headers | {"If-None-Match": made.headers["etag"]}
        assert (await client.get(path, headers=conditional)).status_code == 304

    async def test_an_admin_reaches_the_tasks_of_every_user(
        self, client: httpx.AsyncClient, app: FastAPI, ada: Person
    ) -> None:
        admin = user_without_account(app, role="admin")
        theirs = f"/api/v1/users/{ada.id}/tasks"

        made = await client.post(theirs, json={"title": "Write"}, headers=admin.headers)
        stats = await client.get(f"{theirs}/stats", headers=admin.headers)

        assert made.json()["owner_id"] == ada.id
        assert stats.json()["total"] == 1
        assert await titles(client, ada) == ["Write"]
        assert await titles(client, admin) == []
        unknown = f"/api/v1/users/{new_id()}/tasks"
        for path in (unknown, f"{unknown}/stats", f"{unknown}/{made.json()['id']}"):
            assert (await client.get(path, headers=admin.headers)).status_code == 404

    async def test_an_admin_is_the_actor_and_not_the_owner(self, build_app: AppFactory) -> None:
        received = asyncio.Queue[Envelope[TaskCreated]]()

        def subscribe(container: Container) -> None:
            container.events().subscribe(
                TaskCreated, received.put, Delivery.DURABLE_OUTSIDE, name="receive"
            )

        async with build_app(subscribe) as app, client_of(app) as client:
            ada, admin = await sign_up(client), user_without_account(app, role="admin")
            path = f"/api/v1/users/{ada.id}/tasks"
            await client.post(path, json={"title": "Write"}, headers=admin.headers)
            envelope = await received.get()

        assert str(envelope.event.owner_id) == ada.id
        assert str(envelope.actor_id) == admin.id

    async def test_the_tasks_of_another_user_are_forbidden_on_every_route(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        task = await create(client, ada)
        theirs = f"/api/v1/users/{ada.id}/tasks"
        calls: list[tuple[str, str, Any]] = [
            ("GET", "", None),
            ("POST", "", {"title": "x"}),
            ("GET", "/trash", None),
            ("GET", "/stats", None),
            ("GET", "/stats/history", None),
            ("GET", "/export", None),
            ("POST", "/import", {"items": []}),
            ("POST", "/bulk", {"operations": [{"op": "delete", "id": task["id"]}]}),
            ("GET", f"/{task['id']}", None),
            ("PATCH", f"/{task['id']}", {"title": "x"}),
            ("DELETE", f"/{task['id']}", None),
            ("POST", f"/{task['id']}/restore", None),
            ("POST", f"/{task['id']}/move", {"after": None}),
        ]

        for method, path, body in calls:
            url = theirs + path
            answer = await client.request(method, url, json=body, headers=bob.headers)
            assert answer.status_code == 403, path
            assert (await client.request(method, url, json=body)).status_code == 401, path
            unknown = f"/api/v1/users/{new_id()}/tasks{path}"
            answer = await client.request(method, unknown, json=body, headers=bob.headers)
            assert answer.status_code == 403, path
        assert (await client.get(f"{TASKS}/{task['id']}", headers=ada.headers)).json() == task

    async def test_a_malformed_id_is_refused(self, client: httpx.AsyncClient, app: FastAPI) -> None:
        admin = user_without_account(app, role="admin")
        answer = await client.get("/api/v1/users/zebra/tasks", headers=admin.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "path.user_id"

    async def test_operations_have_unique_names(self, client: httpx.AsyncClient) -> None:
        paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
        operations = [operation for path in paths.values() for operation in path.values()]
        names = [operation["operationId"] for operation in operations]

        assert len(names) == len(set(names))
        assert {"list_tasks", "list_tasks_of_user"} <= set(names)
        create = paths["/api/v1/users/{user_id}/tasks"]["post"]
        assert [parameter["name"] for parameter in create["parameters"]] == [
            "user_id",
            "Idempotency-Key",
        ]


class TestLostUpdates:
    async def test_one_of_many_writers_of_one_version_succeeds(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        path = f"{TASKS}/{(await create(client, ada))['id']}"

        for version in range(1, 6):
            headers = ada.headers | {"If-Match": f'"{version}"'}
            answers = await asyncio.gather(
                *(
                    client.patch(path, json={"title": f"{version} {number}"}, headers=headers)
                    for number in range(20)
                )
            )
            [winner] = [answer for answer in answers if answer.status_code == 200]
            assert [answer.status_code for answer in answers].count(412) == 19
            assert (await client.get(path, headers=ada.headers)).json() == winner.json()

    async def test_a_deletion_and_a_change_of_one_version_exclude_each_other(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        path = f"{TASKS}/{(await create(client, ada))['id']}"
        headers = ada.headers | {"If-Match": '"1"'}

        changed, deleted = await asyncio.gather(
            client.patch(path, json={"title": "x"}, headers=headers),
            client.delete(path, headers=headers),
        )

        assert (changed.status_code, deleted.status_code) in {(200, 412), (404, 204)}


async def test_tasks_are_deleted_with_their_user(
    client: httpx.AsyncClient, app: FastAPI, ada: Person, bob: Person, database: Database
) -> None:
    gone, kept = await create(client, ada), await create(client, bob)
    await create(client, ada)
    await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)

    async with database.transaction():
        await app.state.container.events().publish(UserDeleted(user_id=UUID(ada.id)))

    assert [row[0] for row in await database.fetch("SELECT id FROM tasks.task")] == [
        UUID(kept["id"])
    ]


async def test_subscribers_receive_every_change(build_app: AppFactory) -> None:
    received: list[Event] = []

    async def receive(event: Event) -> None:
        received.append(event)

    def subscribe(container: Container) -> None:
        for kind in vars(task_events).values():
            if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event:
                container.events().subscribe(kind, receive, Delivery.IN_TRANSACTION)

    async with build_app(subscribe) as app, client_of(app) as client:
        ada = user_without_account(app)
        task = await create(client, ada)
        path = f"{TASKS}/{task['id']}"
        await client.patch(path, json={"status": "done"}, headers=ada.headers)
        await bulk(client, ada, {"op": "delete", "id": task["id"]})
        await client.post(f"{path}/restore", headers=ada.headers)

    assert [event.name for event in received] == [
        "task.created",
        "task.updated",
        "task.completed",
        "task.deleted",
        "task.restored",
    ]
