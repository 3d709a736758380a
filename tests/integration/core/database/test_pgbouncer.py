"""The service works behind PgBouncer in transaction mode, where no session is kept."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from commands.capacity import require_room
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, client_of, sign_up, until_ready
from tests.support.events import eventually
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer
from tests.support.postgres import migrate

pytestmark = needs_pgbouncer


@pytest.fixture
def pooled_dsn(empty_dsn: str) -> Iterator[str]:
    with pgbouncer(empty_dsn) as dsn:
        yield dsn


@pytest.fixture
async def pooled_app(
    build_app: AppFactory, pooled_dsn: str, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    await migrate(pooled_dsn)
    async with build_app(database_url=pooled_dsn, data_dir=tmp_path / "data") as app:
        yield app


@pytest.fixture
async def client(pooled_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(pooled_app) as client:
        yield client


async def test_sessions_work(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    login = {"email": ada.email, "password": PASSWORD}

    session = await client.post("/api/v1/auth/login", json=login)
    refreshed = await client.post("/api/v1/auth/refresh")
    headers = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
    ended = await client.post("/api/v1/auth/logout", headers=headers)

    async def is_refused() -> bool:
        return (await client.get("/api/v1/auth/me", headers=headers)).status_code == 401

    await eventually(is_refused)
    statuses = [session.status_code, refreshed.status_code, ended.status_code]
    assert statuses == [200, 200, 204]


async def test_concurrent_requests_share_two_connections(client: httpx.AsyncClient) -> None:
    people = [await sign_up(client) for _ in range(3)]

    answers = await asyncio.gather(
        *(
            client.post("/api/v1/specimens", json={"title": str(number)}, headers=person.headers)
            for person in people
            for number in range(20)
        )
    )
    pages = [await client.get("/api/v1/specimens", headers=person.headers) for person in people]

    assert {answer.status_code for answer in answers} == {201}
    assert [len(page.json()["items"]) for page in pages] == [20, 20, 20]


async def test_durable_events_are_delivered(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await sign_up(client)

    async def is_mailed() -> bool:
        return len(list((tmp_path / "data" / "mail").glob("*.eml"))) == 1

    await eventually(is_mailed)


async def test_the_process_is_ready_and_healthy(client: httpx.AsyncClient) -> None:
    await until_ready(client)
    assert (await client.get("/health")).json()["status"] == "healthy"


async def test_the_pool_is_not_checked_against_the_server_behind_a_pooler(pooled_dsn: str) -> None:
    await require_room(pooled_dsn, processes=100, pool=100)
