"""Requests that were admitted before their user was deleted, and write afterwards."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.modules.tasks.models import Added
from BE.modules.tasks.repository import TaskRepository
from container import Container
from tests.support.application import AppFactory
from tests.support.client import Person, delete_account, sign_up
from tests.support.events import eventually

TIMEOUT = 60


class PausedInsertion(TaskRepository):
    """Keeps the transaction open between the insertion of a task and the end of the request."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.inserted = asyncio.Event()
        self.go = asyncio.Event()

    async def add(self, owner_id: UUID, drafts: Sequence[Any], **options: Any) -> Added:
        added = await super().add(owner_id, drafts, **options)
        self.inserted.set()
        await self.go.wait()
        return added


@pytest.fixture
async def app(build_app: AppFactory) -> AsyncIterator[FastAPI]:
    def prepare(container: Container) -> None:
        container.task_repository.override(PausedInsertion(container.database()))

    async with build_app(prepare, request_timeout_seconds=TIMEOUT) as app:
        yield app


async def rows_of(database: Database, ada: Person) -> list[int]:
    """The numbers of tasks and of stored answers of a user."""
    rows = await database.fetchrow(
        """
        SELECT (SELECT count(*) FROM tasks.task WHERE owner_id = $1),
            (SELECT count(*) FROM idempotency.answer WHERE user_id = $1)
        """,
        UUID(ada.id),
    )
    return [*rows]


async def test_a_task_of_a_deleted_user_is_deleted_once_no_request_can_write_one(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    container, ada = app.state.container, await sign_up(client)
    database, tasks = container.database(), container.task_repository()

    headers = ada.headers | {"Idempotency-Key": "a"}
    writing = asyncio.create_task(
        client.post("/api/v1/tasks", json={"title": "late"}, headers=headers)
    )
    await tasks.inserted.wait()
    deleted = await delete_account(client, ada)
    tasks.go.set()
    written = await writing
    assert (deleted.status_code, written.status_code) == (204, 201)
    assert await rows_of(database, ada) == [1, 1]

    soonest = await database.fetchval(
        """
        SELECT extract(epoch FROM min(d.due_at) - now())::float
        FROM events.delivery AS d
        JOIN events.event AS e ON e.id = d.event_id
        WHERE e.name = 'user.deletion_settled' AND e.payload ->> 'user_id' = $1
        """,
        ada.id,
    )
    assert soonest > TIMEOUT
    await database.execute("UPDATE events.delivery SET due_at = now() WHERE state = 'pending'")
    container.outbox().filled.set()

    async def are_gone() -> bool:
        return await rows_of(database, ada) == [0, 0]

    await eventually(are_gone)
