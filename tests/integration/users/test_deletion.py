"""Requests that were admitted before their user was deleted, and write afterwards."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.modules.auth.repository import AuthRepository
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, delete_account, sign_up
from tests.support.events import eventually

TIMEOUT = 60


class PausedDeletion(AuthRepository):
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
        container.auth_repository.override(PausedDeletion(container.database()))

    async with build_app(prepare, request_timeout_seconds=TIMEOUT) as app:
        yield app


async def test_a_sign_in_and_a_reset_wait_for_the_deletion_and_leave_nothing(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    container, ada = app.state.container, await sign_up(client)
    database, accounts = container.database(), container.auth_repository()

    deleting = asyncio.create_task(delete_account(client, ada))
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
