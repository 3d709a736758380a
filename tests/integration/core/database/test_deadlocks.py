"""Two transactions deadlock: PostgreSQL rolls one back, and its request is retried."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.connections import connected
from BE.core.database.database import Database
from container import Container
from tests.support.application import AppFactory
from tests.support.client import Person, admin_of, client_of, sign_up
from tests.support.events import eventually
from tests.support.specimen.api import SPECIMENS, collect
from tests.support.specimen.models import Specimen, SpecimenChanges
from tests.support.specimen.repository import SpecimenRepository


class CrossingRepository(SpecimenRepository):
    """Changes a specimen, and on a signal locks another in the same transaction."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.attempts = 0
        self.changed = asyncio.Event()
        self.may_lock = asyncio.Event()
        self.other = UUID(int=0)

    async def change(
        self,
        owner_id: UUID,
        specimen_id: UUID,
        changes: SpecimenChanges,
        versions: Sequence[int] | None,
    ) -> Specimen | None:
        self.attempts += 1
        changed = await super().change(owner_id, specimen_id, changes, versions)
        self.changed.set()
        await self.may_lock.wait()
        await self.lock(self.other)
        return changed


@pytest.fixture
async def app(build_app: AppFactory) -> AsyncIterator[FastAPI]:
    def prepare(container: Container) -> None:
        container.specimen_repository.override(CrossingRepository(container.database()))

    async with build_app(prepare) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
def repository(app: FastAPI) -> CrossingRepository:
    repository: CrossingRepository = app.state.container.specimen_repository()
    return repository


async def change_while_crossed(
    client: httpx.AsyncClient, repository: CrossingRepository, dsn: str, path: str, person: Person
) -> httpx.Response:
    """Change a specimen while another transaction has locked ``other`` and waits for this one."""
    specimen_id = path.rpartition("/")[2]
    lock = "SELECT FROM specimens.specimen WHERE id = $1 FOR UPDATE"
    async with connected(dsn) as other, connected(dsn) as watcher:
        await other.execute("SET deadlock_timeout = '1min'")  # so that it is not the victim
        await other.execute("BEGIN")
        await other.execute(lock, repository.other)
        changing = asyncio.create_task(
            client.patch(path, json={"title": "b"}, headers=person.headers)
        )
        await repository.changed.wait()
        locking = asyncio.create_task(other.execute(lock, specimen_id))

        async def is_waiting() -> bool:
            return bool(
                await watcher.fetchval(
                    "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1",
                    other.get_server_pid(),
                )
            )

        await eventually(is_waiting)
        repository.may_lock.set()
        await locking
        await other.execute("ROLLBACK")
        return await changing


async def test_the_deadlocked_request_is_retried(
    client: httpx.AsyncClient, repository: CrossingRepository, dsn: str
) -> None:
    ada = await sign_up(client)
    specimen_id, other = [(await collect(client, ada))["id"] for _ in range(2)]
    repository.other = UUID(other)

    answer = await change_while_crossed(client, repository, dsn, f"{SPECIMENS}/{specimen_id}", ada)

    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["version"]) == ("b", 2)
    assert repository.attempts == 2
    async with connected(dsn) as connection:
        updates = await connection.fetchval(
            """
            SELECT count(*)
            FROM events.event
            WHERE name = 'specimen.updated' AND payload ->> 'specimen_id' = $1
            """,
            specimen_id,
        )
    assert updates == 1


async def test_a_deadlocked_request_with_earlier_statements_gets_503(
    app: FastAPI, client: httpx.AsyncClient, repository: CrossingRepository, dsn: str
) -> None:
    ada, root = await sign_up(client), await admin_of(app, client)
    specimen_id, other = [(await collect(client, ada))["id"] for _ in range(2)]
    repository.other = UUID(other)
    path = f"/api/v1/users/{ada.id}/specimens/{specimen_id}"

    answer = await change_while_crossed(client, repository, dsn, path, root)
    specimen = await client.get(f"{SPECIMENS}/{specimen_id}", headers=ada.headers)

    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert repository.attempts == 1
    assert specimen.json()["version"] == 1
