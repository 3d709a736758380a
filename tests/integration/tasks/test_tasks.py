import string
from typing import Any
from uuid import uuid4

import httpx
import pytest

from BE.core.database.database import Database
from BE.core.types import new_id
from tests.support.client import Person, etag_of
from tests.support.tasks.api import TASKS, create


class TestCreate:
    async def test_fills_in_what_is_not_sent(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await client.post(TASKS, json={"title": "  Write  "}, headers=ada.headers)

        task = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"] == f"{TASKS}/{task['id']}"
        assert answer.headers["etag"] == etag_of(answer.json()["id"], 1)
        assert task["title"] == "Write"
        assert task["owner_id"] == ada.id
        assert task["version"] == 1
        assert (task["status"], task["priority"], task["tags"]) == ("todo", "none", [])
        assert (task["description"], task["due_at"], task["completed_at"]) == (None, None, None)

    async def test_keeps_what_is_sent(self, client: httpx.AsyncClient, ada: Person) -> None:
        task = await create(
            client,
            ada,
            description=" kept as it is ",
            status="in_progress",
            priority="urgent",
            due_at="2030-01-31T09:30:00.5+02:00",
            tags=[" home ", "日本"],
        )

        read = await client.get(f"{TASKS}/{task['id']}", headers=ada.headers)
        assert read.json() == task
        assert task["description"] == " kept as it is "
        assert task["due_at"] == "2030-01-31T07:30:00.500000Z"
        assert task["tags"] == ["home", "日本"]

    async def test_done_from_the_start_is_completed(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        task = await create(client, ada, status="done")

        assert task["completed_at"] == task["created_at"]

    async def test_a_new_task_comes_last(self, client: httpx.AsyncClient, ada: Person) -> None:
        positions = [(await create(client, ada))["position"] for _ in range(5)]

        assert positions == sorted(positions)
        assert len(set(positions)) == 5

    async def test_a_new_task_comes_last_even_after_one_from_the_future(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await create(client, ada)
        await database.execute("UPDATE tasks.task SET position = 'izzzzzzzzz'")

        assert (await create(client, ada))["position"] > "izzzzzzzzz"

    @pytest.mark.parametrize(
        "fields",
        [
            {"title": None},
            {"title": ""},
            {"title": " \t\n"},
            {"title": "x" * 201},
            {"title": "a\x00b"},
            {"title": 7},
            {"title": ["a"]},
            {"description": "x" * 10_001},
            {"description": "\x00"},
            {"status": "started"},
            {"status": None},
            {"priority": "asap"},
            {"priority": 3},
            {"due_at": "tomorrow"},
            {"due_at": "2030-01-31"},
            {"due_at": "2030-01-31T09:30:00"},
            {"due_at": "2030-02-30T09:30:00Z"},
            {"due_at": "2030-01-31T09:30:00.1234567Z"},
            {"due_at": "0001-01-01T00:00:00+05:00"},
            {"due_at": "9999-12-31T23:59:59-05:00"},
            {"due_at": "infinity"},
            {"due_at": "0001-01-01T00:00:00Z"},
            {"due_at": "0001-01-01T14:00:00+14:00"},
            {"due_at": "9999-12-31T23:59:59.999999Z"},
            {"due_at": 1_900_000_000},
            {"due_at": 10**400},
            {"due_at": True},
            {"tags": "home"},
            {"tags": [""]},
            {"tags": ["x" * 51]},
            {"tags": ["a\x00"]},
            {"tags": ["t"] * 21},
            {"tags": [["a"]]},
            {"tags": None},
            {"owner_id": str(uuid4())},
            {"completed_at": "2030-01-31T09:30:00Z"},
            {"position": "a0"},
        ],
    )
    async def test_an_invalid_field_is_named_and_nothing_is_created(
        self, client: httpx.AsyncClient, ada: Person, fields: dict[str, Any]
    ) -> None:
        answer = await client.post(TASKS, json={"title": "Write"} | fields, headers=ada.headers)

        assert answer.status_code == 422
        field = answer.json()["details"][0]["field"]
        unreadable = 10**400 in fields.values()  # a number that is refused before it has a field
        assert field.startswith("body" if unreadable else f"body.{next(iter(fields))}")
        assert (await client.get(TASKS, headers=ada.headers)).json()["items"] == []


class TestList:
    async def test_has_own_tasks_newest_first(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        tasks = [await create(client, ada, title=str(number)) for number in range(3)]
        await create(client, bob, title="not hers")

        answer = await client.get(TASKS, headers=ada.headers)

        assert answer.json() == {"items": tasks[::-1], "next_cursor": None}

    async def test_pages_are_stable_while_tasks_come_and_go(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        tasks = [await create(client, ada, title=str(number)) for number in range(5)]
        first = (await client.get(TASKS, params={"limit": 2}, headers=ada.headers)).json()
        await create(client, ada, title="newer than the first page")
        await client.delete(f"{TASKS}/{tasks[3]['id']}", headers=ada.headers)

        second = (
            await client.get(
                TASKS, params={"limit": 2, "cursor": first["next_cursor"]}, headers=ada.headers
            )
        ).json()
        third = (
            await client.get(
                TASKS, params={"limit": 2, "cursor": second["next_cursor"]}, headers=ada.headers
            )
        ).json()

        titles = [task["title"] for page in (first, second, third) for task in page["items"]]
        assert titles == ["4", "3", "2", "1", "0"]
        assert third["next_cursor"] is None

    async def test_tasks_made_at_the_same_instant_are_all_paged(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        made = {(await create(client, ada))["id"] for _ in range(5)}
        await database.execute("UPDATE tasks.task SET created_at = '2030-01-01Z'")

        seen, cursor = [], None
        while True:
            params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(TASKS, params=params, headers=ada.headers)).json()
            seen += [task["id"] for task in page["items"]]
            if not (cursor := page["next_cursor"]):
                break

        assert len(seen) == 5
        assert set(seen) == made

    async def test_the_first_and_the_last_moment_are_accepted(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        for moment in ("0001-01-01T00:00:00.000001Z", "9999-12-31T23:59:59.999998Z"):
            assert (await create(client, ada, due_at=moment))["due_at"] == moment

    async def test_a_foreign_or_altered_cursor_is_refused(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        for _ in range(2):
            await create(client, ada)
        page = (await client.get(TASKS, params={"limit": 1}, headers=ada.headers)).json()
        cursor = page["next_cursor"]
        digits = string.ascii_letters + string.digits + "-_"
        altered = [cursor[:-1] + digit for digit in digits if digit != cursor[-1]]

        answers = [
            *[
                await client.get(TASKS, params={"cursor": text}, headers=ada.headers)
                for text in (*altered, cursor + "=", cursor + "==")
            ],
            await client.get(TASKS, params={"cursor": cursor}, headers=bob.headers),
            await client.get(TASKS, params={"cursor": "nonsense"}, headers=ada.headers),
            await client.get(TASKS, params={"cursor": ""}, headers=ada.headers),
            await client.get(TASKS, params={"cursor": "\x00"}, headers=ada.headers),
        ]

        assert {answer.status_code for answer in answers} == {422}
        assert {answer.json()["details"][0]["field"] for answer in answers} == {"query.cursor"}

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "9" * 30, ""])
    async def test_a_limit_is_1_to_100(
        self, client: httpx.AsyncClient, ada: Person, limit: str
    ) -> None:
        answer = await client.get(TASKS, params={"limit": limit}, headers=ada.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "query.limit"

    async def test_an_unknown_parameter_is_refused(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get(TASKS, params={"colour": "red"}, headers=ada.headers)

        assert answer.status_code == 422
        assert "limit, overdue, priority, q" in answer.json()["details"][0]["message"]


class TestRead:
    async def test_the_task_of_another_user_is_not_found(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        task = await create(client, ada)
        path = f"{TASKS}/{task['id']}"

        answers = [
            await client.get(path, headers=bob.headers),
            await client.patch(path, json={"title": "mine"}, headers=bob.headers),
            await client.delete(path, headers=bob.headers),
        ]

        assert {answer.status_code for answer in answers} == {404}
        assert {answer.json()["code"] for answer in answers} == {"NOT_FOUND"}
        assert (await client.get(path, headers=ada.headers)).json() == task

    async def test_an_unknown_task_is_not_found(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get(f"{TASKS}/{new_id()}", headers=ada.headers)

        assert answer.status_code == 404

    async def test_a_malformed_id_is_refused(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await client.get(f"{TASKS}/zebra-canary", headers=ada.headers)

        assert answer.status_code == 422
        assert answer.json()["details"] == [
            {
                "field": "path.task_id",
                "message": "This must be a UUID, such as 019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f",
                "type": "uuid_parsing",
            }
        ]

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            ('"TASK.1"', 304),
            ('W/"TASK.1"', 304),
            ('"7", "TASK.1"', 304),
            ("*", 304),
            ('"TASK.2"', 200),
            ('"1"', 200),  # without the resource, as another user's answer may have had it
            ('"99999999999999999999"', 200),
            ("1", 422),
            ("", 422),
            ('*, "1"', 422),
        ],
    )
    async def test_a_cached_task_is_not_sent_again(
        self, client: httpx.AsyncClient, ada: Person, header: str, status: int
    ) -> None:
        task = await create(client, ada)

        answer = await client.get(
            f"{TASKS}/{task['id']}",
            headers=ada.headers | {"If-None-Match": header.replace("TASK", task["id"])},
        )

        assert answer.status_code == status
        if status != 422:
            assert answer.headers["etag"] == etag_of(task["id"], 1)


class TestChange:
    async def test_changes_what_is_sent_and_nothing_else(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        task = await create(
            client, ada, description="long", due_at="2030-01-01T00:00:00Z", tags=["a"]
        )

        answer = await client.patch(
            f"{TASKS}/{task['id']}",
            json={"title": " Read ", "due_at": None},
            headers=ada.headers,
        )

        changed = answer.json()
        assert answer.headers["etag"] == etag_of(task["id"], 2)
        assert changed["updated_at"] > task["updated_at"]
        assert changed == task | {
            "title": "Read",
            "due_at": None,
            "version": 2,
            "updated_at": changed["updated_at"],
        }

    async def test_an_empty_body_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        task = await create(client, ada)

        answer = await client.patch(f"{TASKS}/{task['id']}", json={}, headers=ada.headers)

        assert answer.json() == task

    async def test_completion_follows_the_status(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        path = f"{TASKS}/{(await create(client, ada))['id']}"

        async def patch(**changes: Any) -> Any:
            return (await client.patch(path, json=changes, headers=ada.headers)).json()

        done = await patch(status="done")
        retitled = await patch(title="Still done")
        again = await patch(status="done")
        reopened = await patch(status="todo")

        assert done["completed_at"] is not None
        assert retitled["completed_at"] == again["completed_at"] == done["completed_at"]
        assert reopened["completed_at"] is None

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            ('"TASK.1"', 200),
            ('"TASK.7", "TASK.1"', 200),
            ("*", 200),
            ('"1"', 200),  # as earlier releases sent it
            (', "1" ,', 200),
            ('"TASK.2"', 412),
            ('"OTHER.1"', 412),
            ('W/"TASK.1"', 412),
            ('"TASK"', 412),
            ('""', 412),
            ('"2"', 412),
            ('"01"', 412),
            ('"99999999999999999999"', 412),
            ("1", 422),
            ("TASK.1", 422),
            ("", 422),
            (",", 422),
            ('w/"1"', 422),
            ('x"1"', 422),
            ('"5" x, "1"', 422),
            ('"5""1"', 422),
            ('*, "1"', 422),
        ],
    )
    async def test_only_a_version_that_matches_is_changed(
        self, client: httpx.AsyncClient, ada: Person, header: str, status: int
    ) -> None:
        task = await create(client, ada)
        other = await create(client, ada)
        path = f"{TASKS}/{task['id']}"
        if_match = header.replace("TASK", task["id"]).replace("OTHER", other["id"])
        headers = ada.headers | {"If-Match": if_match}

        changed = await client.patch(path, json={"title": "Read"}, headers=headers)

        assert changed.status_code == status
        title = (await client.get(path, headers=ada.headers)).json()["title"]
        assert title == ("Read" if status == 200 else "Write")
        assert (
            changed.headers.get("etag")
            == {
                200: etag_of(task["id"], 2),
                412: etag_of(task["id"], 1),
                422: None,
            }[status]
        )
        if status == 422:
            [detail] = changed.json()["details"]
            assert (detail["field"], detail["type"]) == ("header.If-Match", "etag")
            assert detail["message"] == changed.json()["error"]

    @pytest.mark.parametrize(
        "body", [{"title": None}, {"tags": None}, {"status": None}, {"version": 9}, [], "x", None]
    )
    async def test_an_invalid_change_is_refused(
        self, client: httpx.AsyncClient, ada: Person, body: Any
    ) -> None:
        task = await create(client, ada)

        answer = await client.patch(f"{TASKS}/{task['id']}", json=body, headers=ada.headers)

        assert answer.status_code == 422


class TestDelete:
    async def test_hides_the_task(self, client: httpx.AsyncClient, ada: Person) -> None:
        path = f"{TASKS}/{(await create(client, ada))['id']}"

        answer = await client.delete(path, headers=ada.headers)

        assert answer.status_code == 204
        assert answer.content == b""
        assert (await client.get(path, headers=ada.headers)).status_code == 404
        assert (await client.delete(path, headers=ada.headers)).status_code == 404
        assert (await client.get(TASKS, headers=ada.headers)).json()["items"] == []

    async def test_a_stale_version_deletes_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        task = await create(client, ada)
        path = f"{TASKS}/{task['id']}"

        stale = await client.delete(path, headers=ada.headers | {"If-Match": '"2"'})
        current = await client.delete(path, headers=ada.headers | {"If-Match": '"1"'})

        assert stale.status_code == 412
        assert stale.headers["etag"] == etag_of(task["id"], 1)
        assert current.status_code == 204
