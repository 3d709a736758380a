"""Sample notes over HTTP: what their owner can do with them, and other users cannot."""

from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.database.row_scope import rows_of
from BE.core.types import new_id
from tests.support.auth.keys import make_key
from tests.support.client import Person, delete_account, etag_of
from tests.support.sample_notes.api import SAMPLE_NOTES, add


async def count(database: Database) -> int:
    found: int = await database.fetchval("SELECT count(*) FROM sample_notes.sample_note")
    return found


async def test_an_added_sample_note_can_be_read(client: httpx.AsyncClient, ada: Person) -> None:
    body = {"title": " The first one ", "description": "two\nlines"}

    answer = await client.post(SAMPLE_NOTES, json=body, headers=ada.headers)
    sample_note = answer.json()
    read = await client.get(answer.headers["location"], headers=ada.headers)

    assert (answer.status_code, read.status_code) == (201, 200)
    assert read.json() == sample_note
    assert sample_note["title"] == "The first one"
    assert sample_note["description"] == "two\nlines"
    assert (sample_note["owner_id"], sample_note["version"]) == (ada.id, 1)
    assert read.headers["etag"] == etag_of(sample_note["id"], 1)


async def test_a_matching_etag_returns_304(client: httpx.AsyncClient, ada: Person) -> None:
    sample_note = await add(client, ada)
    known = {"If-None-Match": etag_of(sample_note["id"], 1)}

    path = f"{SAMPLE_NOTES}/{sample_note['id']}"
    answer = await client.get(path, headers=ada.headers | known)

    assert (answer.status_code, answer.content) == (304, b"")


async def test_a_repeated_idempotency_key_adds_only_one(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    headers = ada.headers | {"Idempotency-Key": "once"}

    answers = [
        await client.post(SAMPLE_NOTES, json={"title": "a"}, headers=headers) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert await count(database) == 1


async def test_an_owner_has_at_most_ten_thousand(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    await database.execute(
        """
        INSERT INTO sample_notes.sample_note (id, owner_id, title)
        SELECT uuidv7(), $1, 'x' FROM generate_series(1, 9999)
        """,
        UUID(ada.id),
    )

    await add(client, ada)
    refused = await client.post(SAMPLE_NOTES, json={"title": "a"}, headers=ada.headers)
    await add(client, bob)

    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
    assert "There may be 10000" in refused.json()["error"]
    assert await count(database) == 10_001


async def test_pages_list_all_newest_first(client: httpx.AsyncClient, ada: Person) -> None:
    added = [await add(client, ada, title=str(number)) for number in range(3)]

    first = await client.get(SAMPLE_NOTES, params={"limit": 2}, headers=ada.headers)
    query = {"limit": 2, "cursor": first.json()["next_cursor"]}
    second = await client.get(SAMPLE_NOTES, params=query, headers=ada.headers)

    assert first.json()["items"] + second.json()["items"] == added[::-1]
    assert second.json()["next_cursor"] is None


async def test_a_change_based_on_a_stale_version_is_refused(
    client: httpx.AsyncClient, ada: Person
) -> None:
    sample_note = await add(client, ada, description="kept")
    path = f"{SAMPLE_NOTES}/{sample_note['id']}"
    headers = ada.headers | {"If-Match": etag_of(sample_note["id"], 1)}

    changed = await client.patch(path, json={"title": "b"}, headers=headers)
    stale = await client.patch(path, json={"title": "c"}, headers=headers)
    stale_delete = await client.delete(path, headers=headers)

    assert (changed.status_code, stale.status_code, stale_delete.status_code) == (200, 412, 412)
    assert changed.headers["etag"] == etag_of(sample_note["id"], 2)
    assert (changed.json()["title"], changed.json()["description"]) == ("b", "kept")
    assert (await client.get(path, headers=ada.headers)).json() == changed.json()


async def test_a_deleted_sample_note_is_not_found(client: httpx.AsyncClient, ada: Person) -> None:
    path = f"{SAMPLE_NOTES}/{(await add(client, ada))['id']}"

    deleted = await client.delete(path, headers=ada.headers)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(path, headers=ada.headers)).status_code == 404
    assert (await client.delete(path, headers=ada.headers)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_another_user_does_not_find_it(
    client: httpx.AsyncClient, ada: Person, bob: Person, method: str
) -> None:
    sample_note = await add(client, ada)
    body = {"title": "b"} if method == "PATCH" else None

    for missing in (sample_note["id"], new_id()):
        path = f"{SAMPLE_NOTES}/{missing}"
        answer = await client.request(method, path, headers=bob.headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")

    assert (await client.get(SAMPLE_NOTES, headers=bob.headers)).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.title"),
        ({"title": " "}, "body.title"),
        ({"title": "x" * 201}, "body.title"),
        ({"title": "a", "description": "x" * 10_001}, "body.description"),
        ({"title": "a", "colour": "red"}, "body.colour"),
    ],
)
async def test_an_invalid_field_is_refused_by_name(
    client: httpx.AsyncClient, ada: Person, body: dict[str, str], field: str
) -> None:
    answer = await client.post(SAMPLE_NOTES, json=body, headers=ada.headers)

    assert answer.status_code == 422
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


async def test_an_api_key_is_limited_to_its_scopes(
    client: httpx.AsyncClient, ada: Person
) -> None:
    reader = await make_key(client, ada, "sample_notes:read")
    writer = await make_key(client, ada, "sample_notes:write")

    listed = await client.get(SAMPLE_NOTES, headers=reader.headers)
    refused = await client.post(SAMPLE_NOTES, json={"title": "a"}, headers=reader.headers)
    added = await client.post(SAMPLE_NOTES, json={"title": "a"}, headers=writer.headers)

    assert (listed.status_code, refused.status_code, added.status_code) == (200, 403, 201)
    assert refused.json()["code"] == "INSUFFICIENT_SCOPE"


async def test_an_export_contains_all_sample_notes_of_its_user(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    mine = [await add(client, ada, title=title) for title in "ab"]
    await add(client, bob)

    parts = {part.name: part for part in app.state.container.personal_data().parts}
    with rows_of(UUID(ada.id)):
        held = [row async for rows in parts["sample-notes"].read(UUID(ada.id)) for row in rows]

    assert [str(row["id"]) for row in held] == [sample_note["id"] for sample_note in mine]
    assert [row["title"] for row in held] == ["a", "b"]


async def test_deleting_an_account_deletes_its_sample_notes(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    await add(client, ada)
    kept = await add(client, bob)

    assert (await delete_account(client, ada)).status_code == 204

    rows = await database.fetch("SELECT id FROM sample_notes.sample_note")
    assert [row["id"] for row in rows] == [UUID(kept["id"])]
