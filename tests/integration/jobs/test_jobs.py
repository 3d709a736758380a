"""A user's own jobs over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.jobs import Enqueued
from tests.support.client import Person, delete_account
from tests.support.job_nodes import Count
from tests.support.unfiltered import omit_owner

JOBS = "/api/v1/jobs"


async def enqueue(app: FastAPI, person: Person, subject: str = "a") -> Enqueued:
    """Enqueue a job that no handler here runs, so that it stays queued."""
    container = app.state.container
    async with container.database().transaction():
        enqueued: Enqueued = await container.jobs().enqueue(
            Count(subject=subject), owner_id=UUID(person.id)
        )
    return enqueued


async def list_jobs(client: httpx.AsyncClient, person: Person, **query: Any) -> Any:
    answer = await client.get(JOBS, headers=person.headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_own_jobs_are_listed_newest_first_in_pages(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    jobs = [str((await enqueue(app, ada)).job.id) for _ in range(3)]
    await enqueue(app, bob)
    first = await list_jobs(client, ada, limit=2)
    second = await list_jobs(client, ada, limit=2, cursor=first["next_cursor"])
    with_foreign_cursor = await client.get(
        JOBS, headers=bob.headers, params={"cursor": first["next_cursor"]}
    )

    assert [job["id"] for job in first["items"] + second["items"]] == jobs[::-1]
    assert second["next_cursor"] is None
    assert with_foreign_cursor.status_code == 422


async def test_a_job_has_the_documented_fields(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    job_id = (await enqueue(app, ada)).job.id
    await database.execute(
        """
        UPDATE jobs.job
        SET state = 'done', progress = 1, result = '{"rows": 3}', started_at = now(),
            ended_at = now(), expires_at = now() + interval '1 day', last_error = 'secret'
        WHERE id = $1
        """,
        job_id,
    )
    job = (await client.get(f"{JOBS}/{job_id}", headers=ada.headers)).json()

    times = [job.pop(name) for name in ("created_at", "started_at", "ended_at")]
    assert None not in times
    assert job == {
        "id": str(job_id),
        "kind": "count",
        "state": "done",
        "progress": 1,
        "note": None,
        "result": {"rows": 3},
        "error": None,
    }


async def test_a_job_of_another_user_is_not_found(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    job_id = (await enqueue(app, ada)).job.id
    answers = [
        await client.request(method, f"{JOBS}/{hidden_id}", headers=bob.headers)
        for method in ("GET", "DELETE")
        for hidden_id in (job_id, uuid4())
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await list_jobs(client, ada))["items"][0]["state"] == "queued"


async def test_jobs_of_others_are_not_returned_where_a_statement_omits_the_owner(
    app: FastAPI,
    client: httpx.AsyncClient,
    ada: Person,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id = (await enqueue(app, ada)).job.id
    await enqueue(app, bob)
    omit_owner(monkeypatch, "jobs.job")
    answers = [await client.get(path, headers=bob.headers) for path in (JOBS, f"{JOBS}/{job_id}")]

    assert [answer.status_code for answer in answers] == [500, 500]


async def test_a_job_can_be_cancelled_repeatedly(
    app: FastAPI, client: httpx.AsyncClient, ada: Person
) -> None:
    job_id = (await enqueue(app, ada)).job.id
    answers = [await client.delete(f"{JOBS}/{job_id}", headers=ada.headers) for _ in range(2)]
    job = (await client.get(f"{JOBS}/{job_id}", headers=ada.headers)).json()

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (job["state"], job["ended_at"] is None) == ("cancelled", False)


async def test_an_expired_job_is_not_found(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    job_id = (await enqueue(app, ada)).job.id
    await client.delete(f"{JOBS}/{job_id}", headers=ada.headers)
    await database.execute("UPDATE jobs.job SET expires_at = now() WHERE id = $1", job_id)

    assert (await client.get(f"{JOBS}/{job_id}", headers=ada.headers)).status_code == 404
    assert (await list_jobs(client, ada))["items"] == []


async def test_jobs_are_deleted_with_their_user(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    await enqueue(app, ada)
    of_bob = (await enqueue(app, bob)).job.id
    assert (await delete_account(client, ada)).status_code == 204

    left = await database.fetch("SELECT id FROM jobs.job")
    assert [job_id for (job_id,) in left] == [of_bob]


async def test_jobs_need_a_signed_in_user(client: httpx.AsyncClient) -> None:
    answers = [await client.get(JOBS), await client.delete(f"{JOBS}/{uuid4()}")]

    assert [answer.status_code for answer in answers] == [401, 401]
