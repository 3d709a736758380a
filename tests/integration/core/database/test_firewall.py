"""A firewall silently drops the idle connections to the database."""

import asyncio
import time

import pytest

from BE.core.database import pool
from BE.core.database.connections import connected
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up, until_ready
from tests.support.events import eventually
from tests.support.processes.firewall import Firewall


@pytest.mark.parametrize("concurrent", [1, 6])
async def test_the_next_requests_succeed(
    build_app: AppFactory, own_dsn: str, monkeypatch: pytest.MonkeyPatch, concurrent: int
) -> None:
    firewall = Firewall(own_dsn)
    sizes = {"db_pool_size": 3, "db_max_overflow": 2}
    async with (
        firewall.running(),
        build_app(database_url=firewall.dsn, **sizes) as app,
        client_of(app) as client,
    ):
        await until_ready(client)
        ada = await sign_up(client)
        database = app.state.container.database()

        async def is_idle() -> bool:
            return bool(database.pool.in_use == 0)

        await eventually(is_idle)
        monkeypatch.setattr(pool, "_TRUSTED_IDLE", 0.0)  # as if they were idle for long
        firewall.forget()
        started = time.monotonic()
        path = "/api/v1/users/me"
        answers = await asyncio.gather(
            *(client.get(path, headers=ada.headers) for _ in range(concurrent))
        )

    assert [answer.status_code for answer in answers] == [200] * concurrent, (
        time.monotonic() - started
    )


async def test_an_idle_connection_that_still_works_is_kept(
    build_app: AppFactory, own_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with build_app(database_url=own_dsn, db_pool_size=1) as app, client_of(app) as client:
        await until_ready(client)
        database = app.state.container.database()
        before = await database.fetchval("SELECT pg_backend_pid()")
        monkeypatch.setattr(pool, "_TRUSTED_IDLE", 0.0)

        assert await database.fetchval("SELECT pg_backend_pid()") == before


async def test_closing_a_connection_ends_when_the_server_stops_answering(own_dsn: str) -> None:
    firewall = Firewall(own_dsn)
    async with firewall.running(), connected(firewall.dsn) as connection:
        assert await connection.fetchval("SELECT 1") == 1
        firewall.forget()

    assert connection.is_closed()
