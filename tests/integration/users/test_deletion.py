"""What a request leaves that was let in before its user was deleted, and writes afterwards."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.modules.auth.repository import AuthRepository
from BE.modules.tasks.models import Added
from BE.modules.tasks.repository import TaskRepository
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_up
from tests.support.events import eventually

TIMEOUT = 60


class Slow(TaskRepository):
    """Keeps the transaction open between the insertion of a task and the end of the request."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.inserted = asyncio.Event()
        self.go = asyncio.Event()

    async def add(self, owner_id: UUID, drafts: Sequence[Any], **options: bool) -> Added:
        added = await super().add(owner_id, drafts, **options)
        self.inserted.set()
        await self.go.wait()
        return added


class Unhurried(AuthRepository):
    """Keeps the transaction open between the deletion of an account and its commit."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.deleted = asyncio.Event()
        self.go = asyncio.Event()

    async def delete_account(self, account_id: UUID) -> None:
        await super().delete_account(account_id)
        self.deleted.set()
        await self.go.wait()


@pytest.fixture
async def app(build_app: AppFactory) -> AsyncIterator[FastAPI]:
    def prepare(container: Container) -> None:
        container.task_repository.override(Slow(container.database()))
        container.auth_repository.override(Unhurried(container.database()))

    async with build_app(prepare, request_timeout_seconds=TIMEOUT) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def delete(client: httpx.AsyncClient, ada: Person) -> httpx.Response:
    body = {"password": PASSWORD}
    return await client.request("DELETE", "/api/v1/users/me", json=body, headers=ada.headers)


async def rows_of(database: Database, ada: Person) -> list[int]:
    """How many tasks and kept answers the database has of a user."""
    rows = await database.fetchrow(
        """
        SELECT (SELECT count(*) FROM tasks.task WHERE owner_id = $1),
            (SELECT count(*) FROM idempotency.answer WHERE user_id = $1)
        """,
        UUID(ada.id),
    )
    return [*rows]


async def test_a_task_is_deleted_once_no_such_request_can_run(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    container, ada = app.state.container, await sign_up(client)
    database, tasks = container.database(), container.task_repository()
    container.auth_repository().go.set()

    headers = ada.headers | {"Idempotency-Key": "a"}
    writing = asyncio.create_task(
        client.post("/api/v1/tasks", json={"title": "late"}, headers=headers)
    )
    await tasks.inserted.wait()
    deleted = await delete(client, ada)
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


async def test_a_session_and_a_mailed_link_wait_for_the_account(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    container, ada = app.state.container, await sign_up(client)
    database, accounts = container.database(), container.auth_repository()

    deleting = asyncio.create_task(delete(client, ada))
    await accounts.deleted.wait()
    body = {"email": ada.email, "password": PASSWORD}
    signing_in = asyncio.create_task(client.post("/api/v1/auth/login", json=body))
    issuing = asyncio.create_task(container.password_service().issue_reset(UUID(ada.id)))

    async def are_waiting() -> bool:
        waiting: int = await database.fetchval(
            """
            SELECT count(*)
            FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        )
        return waiting >= 2

    await eventually(are_waiting)
    accounts.go.set()
    answers = await asyncio.gather(deleting, signing_in)
    await asyncio.wait([issuing])

    assert [answer.status_code for answer in answers] == [204, 401]
    assert issuing.exception() is not None or issuing.result() is None
    left = await database.fetchrow(
        """
        SELECT (SELECT count(*) FROM auth.session WHERE account_id = $1),
            (SELECT count(*) FROM auth.one_time_token WHERE account_id = $1)
        """,
        UUID(ada.id),
    )
    assert [*left] == [0, 0]
