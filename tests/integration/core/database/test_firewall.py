"""A firewall drops the idle connections to the database, and says nothing."""

import asyncio
import time

import pytest

from BE.core.database import pool
from BE.core.database.connections import connected
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up, until_ready
from tests.support.events import eventually
from tests.support.processes.firewall import Firewall


@pytest.mark.parametrize("at_once", [1, 6])
async def test_the_next_requests_are_answered(
    build_app: AppFactory, own_dsn: str, monkeypatch: pytest.MonkeyPatch, at_once: int
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
        began = time.monotonic()
        path = "/api/v1/users/me"
        answers = await asyncio.gather(
            *(client.get(path, headers=ada.headers) for _ in range(at_once))
        )

    assert [answer.status_code for answer in answers] == [200] * at_once, time.monotonic() - began


async def test_an_idle_connection_that_still_leads_there_is_kept(
    build_app: AppFactory, own_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with build_app(database_url=own_dsn, db_pool_size=1) as app, client_of(app) as client:
        await until_ready(client)
        database = app.state.container.database()
        before = await database.fetchval("SELECT pg_backend_pid()")
        monkeypatch.setattr(pool, "_TRUSTED_IDLE", 0.0)

        assert await database.fetchval("SELECT pg_backend_pid()") == before


async def test_a_look_at_the_server_ends_though_it_stops_answering(own_dsn: str) -> None:
    firewall = Firewall(own_dsn)
    async with firewall.running(), connected(firewall.dsn) as connection:
        assert await connection.fetchval("SELECT 1") == 1
        firewall.forget()

    assert connection.is_closed()
