"""Names and titles: characters that break the line, or turn its direction, are refused."""

import csv
from io import StringIO
from typing import Any

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.client import PASSWORD, Person, sign_up

TASKS = "/api/v1/tasks"
HOSTILE = ["a\r\nb", "a\nb", "a\x1b[31mb", "a\u202eb", "a\u2066b", "a\u2028b", "a\x9bb", "\u200b"]


@pytest.fixture(params=HOSTILE, ids=ascii)
def hostile(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


def refused_field(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    field: str = answer.json()["details"][0]["field"]
    return field


async def test_a_task_is_refused(client: httpx.AsyncClient, ada: Person, hostile: str) -> None:
    task = (await client.post(TASKS, json={"title": "Write"}, headers=ada.headers)).json()

    async def send(method: str, path: str, body: Any) -> str:
        return refused_field(await client.request(method, path, json=body, headers=ada.headers))

    create = {"op": "create", "task": {"title": hostile}}
    assert await send("POST", TASKS, {"title": hostile}) == "body.title"
    assert await send("POST", TASKS, {"title": "a", "tags": [hostile]}) == "body.tags.0"
    assert await send("PATCH", f"{TASKS}/{task['id']}", {"title": hostile}) == "body.title"
    assert (await send("POST", f"{TASKS}/bulk", {"operations": [create]})).endswith("title")
    assert await send("POST", f"{TASKS}/import", {"items": [{"title": hostile}]}) == (
        "body.items.0.title"
    )


async def test_an_imported_row_is_refused(
    client: httpx.AsyncClient, ada: Person, hostile: str
) -> None:
    text = StringIO(newline="")
    csv.writer(text).writerows([["title"], [hostile]])
    headers = ada.headers | {"Content-Type": "text/csv"}

    answer = await client.post(f"{TASKS}/import", content=text.getvalue(), headers=headers)

    assert refused_field(answer) == "body.row.2.title"


async def test_a_full_name_is_refused(
    client: httpx.AsyncClient, ada: Person, root: Person, hostile: str
) -> None:
    user = {"email": "new@example.com", "password": PASSWORD, "full_name": hostile}
    changed = {"full_name": hostile}

    registered = await client.post("/api/v1/auth/register", json=user)
    renamed = await client.patch("/api/v1/users/me", json=changed, headers=ada.headers)
    made = await client.post("/api/v1/users", json=user, headers=root.headers)
    changed_by_admin = await client.patch(
        f"/api/v1/users/{ada.id}", json=changed, headers=root.headers
    )

    for answer in (registered, renamed, made, changed_by_admin):
        assert refused_field(answer) == "body.full_name"


async def test_a_description_keeps_its_lines(client: httpx.AsyncClient, ada: Person) -> None:
    body = {"title": "a", "description": "one\r\n\ttwo\n"}

    answer = await client.post(TASKS, json=body, headers=ada.headers)

    assert answer.json()["description"] == body["description"]


async def test_the_name_of_a_device_is_shown_without_such_characters(
    client: httpx.AsyncClient,
) -> None:
    agent = {b"User-Agent": b"Browser\x9b31m\x85 1.0\t"}
    client.headers = httpx.Headers(agent)
    person = await sign_up(client)

    [session] = (await client.get("/api/v1/auth/sessions", headers=person.headers)).json()["items"]

    assert session["user_agent"] == "Browser31m 1.0"


async def test_values_that_were_stored_earlier_can_still_be_read(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    task = (await client.post(TASKS, json={"title": "Write"}, headers=ada.headers)).json()
    await database.execute("UPDATE tasks.task SET title = E'a\\x1b\\nb', tags = ARRAY[E'a\\tb']")
    await database.execute("UPDATE users.profile SET full_name = E'Ada\\u202eL'")
    await database.execute("UPDATE auth.session SET user_agent = E'a\\x1b\\nb'")

    async def read(path: str) -> Any:
        return (await client.get(path, headers=ada.headers)).json()

    path = f"{TASKS}/{task['id']}"
    assert (await read(path))["title"] == "a\x1b\nb"
    assert (await read("/api/v1/users/me"))["full_name"] == "Ada\u202eL"
    assert (await read("/api/v1/auth/sessions"))["items"][0]["user_agent"] == "ab"
    done = await client.patch(path, json={"status": "done"}, headers=ada.headers)
    assert done.status_code == 200
