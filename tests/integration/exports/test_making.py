"""How an export is made: from one snapshot, once, and abandoned after repeated failures."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from dependency_injector import providers
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.durable.attempts import LeaseLost
from BE.core.jobs import Run
from BE.core.jobs.claims import JobClaims
from BE.core.jobs.queue import JobQueue, Kind
from BE.core.personal_data import Held, PersonalData, Rows
from BE.core.types import new_id
from BE.modules.auth.events import UserDeletionSettled
from BE.modules.exports.events import ExportRequested
from BE.modules.exports.jobs import MakeExport
from BE.modules.exports.service import KEPT, ExportService
from container import Container
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, delete_account, sign_up
from tests.support.contexts import needs
from tests.support.events import eventually
from tests.support.exports.api import EXPORT, EXPORTS, contents, download, request
from tests.support.job_nodes import Count
from tests.support.specimen.api import collect


class SlowData(PersonalData):
    """Personal data whose first part waits and counts how often it is read."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.reached, self.go = asyncio.Event(), asyncio.Event()
        self.reads = 0
        self.failures = 0
        slow: Held[None] = Held(
            name="slow", about="What takes long", tables=(), read=lambda _, user_id: self._read()
        )
        self.add([slow], {}, None)

    async def _read(self) -> Rows:
        self.reads += 1
        if self.reads <= self.failures:
            raise RuntimeError("boom")
        await self._database.fetchval("SELECT 1")
        yield [{"number": 1}]
        self.reached.set()
        await self.go.wait()
        yield []
        yield [{"number": 2}]


@pytest.fixture
async def app(build_app: AppFactory, own_dsn: str) -> AsyncIterator[FastAPI]:
    def prepare(container: Container) -> None:
        container.personal_data.override(providers.Object(SlowData(container.database())))

    async with build_app(prepare, database_url=own_dsn) as app:
        yield app


@pytest.fixture
def slow(app: FastAPI) -> SlowData:
    found: SlowData = app.state.container.personal_data()
    return found


async def job_of(client: httpx.AsyncClient, person: Person, export_id: str) -> dict[str, Any]:
    listed = (await client.get(EXPORTS, headers=person.headers)).json()["items"]
    found: dict[str, Any] = next(job for job in listed if job["id"] == export_id)
    return found


async def state_of(client: httpx.AsyncClient, person: Person, export_id: str) -> str:
    return str((await job_of(client, person, export_id))["state"])


async def test_all_parts_come_from_one_snapshot(client: httpx.AsyncClient, slow: SlowData) -> None:
    ada = await sign_up(client)
    await collect(client, ada, title="Before")
    job = await request(client, ada)
    await slow.reached.wait()
    await collect(client, ada, title="After")
    running = await client.get(f"{EXPORTS}/{job['id']}", headers=ada.headers)
    slow.go.set()
    found = contents((await download(client, ada, job["id"])).content)

    assert (running.status_code, running.json()["state"]) == (202, "running")
    assert found["slow"] == [{"number": 1}, {"number": 2}]
    assert [specimen["title"] for specimen in found["specimens"]] == ["Before"]


async def test_the_deletion_of_the_user_does_not_wait_for_an_export(
    app: FastAPI, client: httpx.AsyncClient, slow: SlowData, database: Database
) -> None:
    ada = await sign_up(client)
    await request(client, ada)
    await slow.reached.wait()
    assert (await delete_account(client, ada)).status_code == 204
    slow.go.set()

    async def is_over() -> bool:
        return not app.state.container.job_worker()._attempts

    await eventually(is_over)
    async with database.transaction():
        await app.state.container.events().publish(UserDeletionSettled(user_id=UUID(ada.id)))

    async def is_gone() -> bool:
        left: int = await database.fetchval(
            """
            SELECT (SELECT count(*) FROM exports.export) + (SELECT count(*) FROM exports.piece)
                + (SELECT count(*) FROM jobs.job)
            """
        )
        return left == 0

    await eventually(is_gone)


async def test_a_worker_without_its_lease_leaves_the_newer_file(
    build_app: AppFactory, own_dsn: str
) -> None:
    async with build_app(database_url=own_dsn, run_jobs=False) as app, client_of(app) as client:
        container = app.state.container
        database, outbox = container.database(), container.outbox()
        queue, claims = JobQueue(database, outbox), JobClaims(database, outbox)
        ada = await sign_up(client)
        export_id = (await request(client, ada))["id"]
        kinds = [Kind(MakeExport.kind, 5, KEPT)]
        [old] = await queue.take(kinds, free=1, suspects=1, lease=timedelta(0))
        [new] = await queue.take(kinds, free=1, suspects=1, lease=timedelta(hours=1))
        make = container.export_service().make
        await make(MakeExport(user_id=UUID(ada.id)), Run(new, claims, kept=KEPT))
        made = await download(client, ada, export_id)
        await collect(client, ada, title="Later")
        with pytest.raises(LeaseLost):
            await make(MakeExport(user_id=UUID(ada.id)), Run(old, claims, kept=KEPT))
        again = await download(client, ada, export_id)
        files = await database.fetch(
            "SELECT id FROM exports.export UNION SELECT export_id FROM exports.piece"
        )

    assert again.content == made.content
    assert [str(file_id) for (file_id,) in files] == [export_id]


async def test_many_exports_leave_room_for_other_jobs(
    app: FastAPI, client: httpx.AsyncClient, slow: SlowData
) -> None:
    container, counted = app.state.container, asyncio.Event()

    async def count(_: Count, __: Run) -> None:
        counted.set()

    container.job_handlers().handle(Count, count)
    for _ in range(4):
        await request(client, await sign_up(client))
    await slow.reached.wait()
    async with container.database().transaction():
        await container.jobs().enqueue(Count(subject="small"))
    await counted.wait()
    slow.go.set()


@needs("jobs")
async def test_a_cancelled_export_leaves_no_file(
    client: httpx.AsyncClient, slow: SlowData, database: Database
) -> None:
    ada = await sign_up(client)
    job = await request(client, ada)
    await slow.reached.wait()
    cancelled = await client.delete(f"/api/v1/jobs/{job['id']}", headers=ada.headers)

    too_early = await client.post(EXPORT, headers=ada.headers)

    async def is_cancelled() -> bool:
        return await state_of(client, ada, job["id"]) == "cancelled"

    await eventually(is_cancelled)
    answer = await client.get(f"{EXPORTS}/{job['id']}", headers=ada.headers)
    left = await database.fetchval("SELECT count(*) FROM exports.piece")

    assert (cancelled.status_code, too_early.status_code) == (204, 409)
    assert (answer.status_code, left) == (409, 0)
    assert (await client.post(EXPORT, headers=ada.headers)).json()["id"] != job["id"]


async def test_an_export_requested_by_an_earlier_release_is_made(
    app: FastAPI, client: httpx.AsyncClient, slow: SlowData, database: Database
) -> None:
    slow.go.set()
    ada, left = await sign_up(client), new_id()
    await database.execute(
        "INSERT INTO exports.export (id, user_id) VALUES ($1, $2)", left, UUID(ada.id)
    )
    async with database.transaction():
        await app.state.container.events().publish(
            ExportRequested(export_id=left, user_id=UUID(ada.id))
        )

    async def is_made() -> bool:
        listed = (await client.get(EXPORTS, headers=ada.headers)).json()["items"]
        return [job["state"] for job in listed] == ["done"]

    await eventually(is_made)


async def test_a_failed_attempt_is_retried(client: httpx.AsyncClient, slow: SlowData) -> None:
    slow.failures = 1
    slow.go.set()
    ada = await sign_up(client)
    job = await request(client, ada)

    assert (await download(client, ada, job["id"])).status_code == 200
    assert slow.reads == 2


async def test_an_export_fails_after_five_attempts(
    app: FastAPI, client: httpx.AsyncClient, slow: SlowData, database: Database
) -> None:
    slow.failures = 1000
    ada = await sign_up(client)
    job = await request(client, ada)

    async def has_failed() -> bool:
        # skip its growing delays
        await database.execute("UPDATE jobs.job SET due_at = now() WHERE state = 'queued'")
        return await state_of(client, ada, job["id"]) == "failed"

    await eventually(has_failed)
    ended = await job_of(client, ada, job["id"])
    answer = await client.get(f"{EXPORTS}/{job['id']}", headers=ada.headers)
    recorded = "SELECT count(*) FROM events.event WHERE name = 'export.failed'"

    assert slow.reads == 5
    assert ended["error"] == "It could not be done, also not when it was tried again"
    assert ended["result"] is None
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert await database.fetchval(recorded) == 1
    assert (await client.post(EXPORT, headers=ada.headers)).json()["id"] != job["id"]


async def test_an_export_that_is_too_large_fails_with_an_explanation(
    build_app: AppFactory, own_dsn: str, tmp_path: Path
) -> None:
    def prepare(container: Container) -> None:
        container.export_service.override(
            providers.Singleton(
                ExportService,
                container.database,
                container.export_repository,
                container.events,
                container.jobs,
                container.personal_data,
                application="Bounded",
                largest=2000,
                counting=False,
            )
        )

    async with build_app(prepare, database_url=own_dsn) as app, client_of(app) as client:
        ada = await sign_up(client)
        for number in range(50):
            await collect(client, ada, title=f"{number} {json.dumps(ada.headers)[20:120]}")
        job = await request(client, ada)
        answer = await download(client, ada, job["id"])
        ended = await job_of(client, ada, job["id"])
        pieces = await app.state.container.database().fetchval("SELECT count(*) FROM exports.piece")

    assert answer.status_code == 409
    assert ended["error"].startswith("Your data do not fit into one file")
    assert pieces == 0
