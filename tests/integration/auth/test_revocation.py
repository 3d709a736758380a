"""A session ended in one process ends in every other: two applications on one database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from BE.core.database.connections import connect
from commands.embedded import embedded_postgres
from container import Container
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, sign_up
from tests.support.events import eventually
from tests.support.postgres import migrate

ME = "/api/v1/auth/me"


@pytest.fixture
async def client(build_app: AppFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with build_app() as app, client_of(app) as client:
        yield client


async def until_refused(client: httpx.AsyncClient, person: Person) -> None:
    async def is_refused() -> bool:
        return (await client.get(ME, headers=person.headers)).status_code != 200

    await eventually(is_refused)


async def listeners_on(dsn: str) -> list[int]:
    connection = await connect(dsn)
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        " AND datname = current_database()"
    )
    await connection.close()
    return [row["pid"] for row in rows]


async def end_listeners(dsn: str) -> None:
    """End every listening connection."""
    connection = await connect(dsn)
    for pid in await listeners_on(dsn):
        await connection.execute(f"SELECT pg_terminate_backend({pid})")
    await connection.close()


async def test_a_revocation_reaches_another_process(
    client: httpx.AsyncClient, build_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.modules.auth.security.revocations._POLL_INTERVAL", 3600)
    async with build_app() as app, client_of(app) as other_client:
        ada = await sign_up(client)
        assert (await other_client.get(ME, headers=ada.headers)).status_code == 200

        await client.post("/api/v1/auth/logout", headers=ada.headers)

        await until_refused(other_client, ada)


async def test_a_process_that_cannot_listen_polls_for_revocations(
    client: httpx.AsyncClient, build_app: AppFactory
) -> None:
    def behind_a_pooler(container: Container) -> None:
        container.database()._connector.is_behind_pooler = True

    async with build_app(behind_a_pooler) as app, client_of(app) as other_client:
        ada = await sign_up(client)
        assert (await other_client.get(ME, headers=ada.headers)).status_code == 200

        await client.post("/api/v1/auth/logout", headers=ada.headers)

        await until_refused(other_client, ada)


async def test_a_revocation_arrives_after_the_listener_lost_its_connection(
    client: httpx.AsyncClient,
    build_app: AppFactory,
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("BE.modules.auth.security.revocations._POLL_INTERVAL", 3600)
    async with build_app() as app, client_of(app) as other_client:
        ada = await sign_up(client)
        assert (await other_client.get(ME, headers=ada.headers)).status_code == 200

        bob = await sign_up(client)
        await client.post("/api/v1/auth/logout", headers=bob.headers)
        await until_refused(other_client, bob)
        await end_listeners(dsn)
        await client.post("/api/v1/auth/logout", headers=ada.headers)

        await until_refused(other_client, ada)


@pytest.mark.parametrize("way", ["poll", "listener"])
async def test_a_revocation_arrives_after_an_unexpected_error(
    client: httpx.AsyncClient,
    build_app: AppFactory,
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    interval = 0.05 if way == "poll" else 3600
    monkeypatch.setattr("BE.modules.auth.security.revocations._POLL_INTERVAL", interval)
    failed = 0

    async def fail(_: object) -> list[UUID]:
        nonlocal failed
        failed += 1
        raise RuntimeError("boom")

    async def has_failed() -> bool:
        return failed > 1

    def prepare(container: Container) -> None:
        container.database()._connector.is_behind_pooler = way == "poll" or None

    async with build_app(prepare) as app, client_of(app) as other_client:
        ada = await sign_up(client)
        assert (await other_client.get(ME, headers=ada.headers)).status_code == 200
        repository = app.state.container.auth_repository()
        with monkeypatch.context() as broken:
            broken.setattr(repository, "revoked_sessions", fail)
            await end_listeners(dsn)
            await eventually(has_failed)

        await client.post("/api/v1/auth/logout", headers=ada.headers)

        await until_refused(other_client, ada)


async def test_a_process_that_starts_later_loads_revocations(
    client: httpx.AsyncClient, build_app: AppFactory
) -> None:
    ada = await sign_up(client)
    await client.post("/api/v1/auth/logout", headers=ada.headers)

    async with build_app() as app, client_of(app) as other_client:
        assert (await other_client.get(ME, headers=ada.headers)).status_code == 401


async def test_a_process_with_stale_revocations_queries_the_database(
    build_app: AppFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        postgres = AsyncExitStack()
        dsn = postgres.enter_context(embedded_postgres(tmp_path))
        await migrate(dsn)
        app = await stack.enter_async_context(build_app(database_url=dsn))
        client = await stack.enter_async_context(client_of(app))
        ada, bob = await sign_up(client), await sign_up(client)
        specimen = await client.post("/api/v1/specimens", json={"title": "a"}, headers=ada.headers)
        ended = app.state.container.access_tokens().verify(bob.token).session_id
        other = await connect(dsn)
        await other.execute(
            "INSERT INTO auth.revocation (session_id, expires_at) VALUES ($1, now() + '1 min')",
            ended,
        )
        await other.close()
        monkeypatch.setattr("BE.modules.auth.security.revocations._STALE_AFTER", -1)

        revoked = await client.get(ME, headers=bob.headers)
        allowed = await client.get(ME, headers=ada.headers)
        await postgres.aclose()
        unavailable = await client.get(specimen.headers["location"], headers=ada.headers)

    assert revoked.status_code == 401
    assert allowed.status_code == 200
    assert unavailable.status_code == 503


async def test_expired_revocations_are_deleted(
    build_app: AppFactory, monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setattr("BE.modules.auth.security.revocations._POLL_INTERVAL", 0.01)
    async with build_app(jwt_expire_minutes=0.01) as app, client_of(app) as client:
        revocations = app.state.container.revocations()
        for _ in range(2):
            person = await sign_up(client)
            # not over HTTP: the token may have expired by then
            await app.state.container.session_service().end(UUID(person.id))

            async def are_forgotten() -> bool:
                return not revocations._forget_at

            await eventually(are_forgotten)

        connection = await connect(dsn)
        kept = await connection.fetchval(
            "SELECT count(*) FROM auth.revocation WHERE expires_at < now()"
        )
        await connection.close()

    assert kept == 1
