"""Faults that are really caused: each answer is clear, and nothing is left half done."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from BE.core.database import Database, connect
from BE.core.events import Delivery
from BE.modules.auth.events import UserRegistered
from container import Container
from migrations.runner import Schema
from tests.integration.conftest import AppFactory
from tests.support.client import PASSWORD, client_of, sign_up
from tests.support.postgres import Postgres, execute

BODY = {"email": "late@example.com", "password": PASSWORD, "full_name": "Late"}


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    postgres = Postgres(tmp_path)
    postgres.start()
    yield postgres
    postgres.stop()


async def until(client: httpx.AsyncClient, path: str, status: int) -> None:
    async with asyncio.timeout(20):
        while (await client.get(path)).status_code != status:  # noqa: ASYNC110 - as a probe does
            await asyncio.sleep(0.05)


class TestPostgresGone:
    async def test_is_a_503_until_it_is_back(
        self, build_app: AppFactory, postgres: Postgres
    ) -> None:
        await Schema(postgres.dsn).migrate()
        async with build_app(database_url=postgres.dsn) as app, client_of(app) as client:
            ada = await sign_up(client)
            postgres.stop()

            gone = [
                await client.get("/api/v1/tasks", headers=ada.headers),
                await client.post("/api/v1/tasks", json={"title": "a"}, headers=ada.headers),
                await client.post("/api/v1/auth/register", json=BODY),
                await client.get("/health/ready"),
            ]
            alive = await client.get("/health/live")
            postgres.start()
            await until(client, "/health/ready", 200)
            back = await client.post("/api/v1/auth/register", json=BODY)

        assert {answer.status_code for answer in gone} == {503}
        assert {answer.json()["code"] for answer in gone} == {"UNAVAILABLE"}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in gone)
        assert alive.status_code == 200
        assert back.status_code == 201

    async def test_a_process_that_starts_without_it_waits_for_it(
        self, build_app: AppFactory, postgres: Postgres
    ) -> None:
        await Schema(postgres.dsn).migrate()
        postgres.stop()
        async with build_app(database_url=postgres.dsn) as app, client_of(app) as client:
            waiting = await client.get("/health/ready")
            postgres.start()

            await until(client, "/health/ready", 200)

        assert waiting.status_code == 503

    async def test_a_killed_connection_harms_one_request_at_most(
        self, build_app: AppFactory, dsn: str
    ) -> None:
        async with build_app(db_pool_size=2, db_max_overflow=0) as app, client_of(app) as client:
            ada = await sign_up(client)
            other = await connect(dsn)
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await other.close()

            statuses = [
                (await client.get("/api/v1/tasks", headers=ada.headers)).status_code
                for _ in range(4)
            ]

        assert set(statuses) <= {200, 503}
        assert statuses[-1] == 200

    async def test_a_frozen_one_delays_an_answer_by_little_more_than_its_time(
        self, build_app: AppFactory, postgres: Postgres
    ) -> None:
        await Schema(postgres.dsn).migrate()
        async with build_app(database_url=postgres.dsn) as patient, client_of(patient) as client:
            ada = await sign_up(client)
        async with (
            build_app(database_url=postgres.dsn, request_timeout_seconds=0.5) as app,
            client_of(app) as client,
        ):
            processes = postgres.processes()
            for process in processes:
                process.suspend()
            try:
                async with asyncio.timeout(4):
                    frozen = [
                        await client.get("/api/v1/tasks", headers=ada.headers),
                        await client.post("/api/v1/auth/register", json=BODY),
                    ]
            finally:
                for process in processes:
                    process.resume()
            await until(client, "/health/ready", 200)

        assert {answer.status_code for answer in frozen} == {504}


class TestPoolExhausted:
    async def test_is_a_503_that_says_when_to_come_back(self, build_app: AppFactory) -> None:
        async with (
            build_app(db_pool_size=1, db_max_overflow=0, db_pool_timeout=0.05) as app,
            client_of(app) as client,
        ):
            ada = await sign_up(client)
            database: Database = app.state.container.database()
            held, release = asyncio.Event(), asyncio.Event()

            async def hold() -> None:
                async with database.transaction():
                    held.set()
                    await release.wait()

            holding = asyncio.create_task(hold())
            await held.wait()
            answer = await client.get("/api/v1/tasks", headers=ada.headers)
            release.set()
            await holding
            free = await client.get("/api/v1/tasks", headers=ada.headers)

        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert free.status_code == 200


class TestTimeout:
    async def test_undoes_the_transaction(self, build_app: AppFactory) -> None:
        def prepare(container: Container) -> None:
            async def dawdle(_: UserRegistered) -> None:
                await container.database().execute("SELECT pg_sleep(4)")

            container.events().subscribe(UserRegistered, dawdle, Delivery.IN_TRANSACTION)

        async with (
            build_app(prepare, request_timeout_seconds=0.3) as app,
            client_of(app) as client,
        ):
            answer = await client.post("/api/v1/auth/register", json=BODY)
            database: Database = app.state.container.database()
            accounts = await database.fetchval(
                "SELECT count(*) FROM auth.account WHERE email = $1::text::citext", BODY["email"]
            )
            open_transactions = await database.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle'"
            )

        assert answer.status_code == 504
        assert answer.json()["code"] == "TIMEOUT"
        assert accounts == 0
        assert open_transactions == 0

    async def test_a_body_that_comes_too_slowly_is_the_client_s(
        self, build_app: AppFactory
    ) -> None:
        async def dribble() -> AsyncIterator[bytes]:
            yield b'{"title": '
            await asyncio.Event().wait()

        async with build_app() as patient, client_of(patient) as client:
            ada = await sign_up(client)
        async with (
            build_app(request_timeout_seconds=0.3) as app,
            client_of(app) as client,
        ):
            answer = await client.post(
                "/api/v1/tasks",
                content=dribble(),
                headers=ada.headers | {"Content-Type": "application/json"},
            )

        assert answer.status_code == 408
        assert answer.json()["code"] == "REQUEST_TIMEOUT"

    async def test_a_lock_that_is_not_given_is_a_503(self, build_app: AppFactory, dsn: str) -> None:
        async with build_app() as app, client_of(app) as client:
            ada = await sign_up(client)
            task = await client.post("/api/v1/tasks", json={"title": "a"}, headers=ada.headers)
            holder = await connect(dsn)
            await holder.execute("BEGIN; SELECT FROM tasks.task FOR UPDATE")

            answer = await client.patch(
                task.headers["location"], json={"title": "b"}, headers=ada.headers
            )
            await holder.close()

        assert answer.status_code == 503

    async def test_a_commit_that_is_cut_off_is_not_called_undone(
        self, build_app: AppFactory, empty_dsn: str
    ) -> None:
        await Schema(empty_dsn).migrate()
        await execute(
            empty_dsn,
            """
            CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep(4); RETURN NULL; END'
            """,
        )
        await execute(
            empty_dsn,
            """
            CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON auth.account
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.dawdle()
            """,
        )
        async with (
            build_app(database_url=empty_dsn, request_timeout_seconds=2) as app,
            client_of(app) as client,
        ):
            answer = await client.post("/api/v1/auth/register", json=BODY)

        assert answer.status_code == 503
        assert answer.json()["code"] == "OUTCOME_UNKNOWN"


class TestSubscribers:
    async def test_a_failing_ephemeral_one_harms_nobody_but_the_log(
        self, build_app: AppFactory, caplog: pytest.LogCaptureFixture
    ) -> None:
        def prepare(container: Container) -> None:
            async def fail(_: UserRegistered) -> None:
                raise ValueError("boom")

            container.events().subscribe(UserRegistered, fail, Delivery.EPHEMERAL)

        async with build_app(prepare) as app, client_of(app) as client:
            logging.getLogger("BE.core.events.bus").addHandler(caplog.handler)
            ada = await sign_up(client)
            profile = await client.get("/api/v1/users/me", headers=ada.headers)

        assert profile.status_code == 200
        logs: list[Any] = [record.msg for record in caplog.records]
        failure = next(each for each in logs if each["event"] == "ephemeral_handler_failed")
        assert failure["event_name"] == "user.registered"
        assert failure["request_id"]

    async def test_a_failing_one_in_the_transaction_undoes_it(self, build_app: AppFactory) -> None:
        heard: list[UserRegistered] = []

        def prepare(container: Container) -> None:
            async def fail(_: UserRegistered) -> None:
                raise ValueError("boom")

            async def hear(event: UserRegistered) -> None:
                heard.append(event)

            container.events().subscribe(UserRegistered, fail, Delivery.IN_TRANSACTION)
            container.events().subscribe(UserRegistered, hear, Delivery.EPHEMERAL)

        async with build_app(prepare) as app, client_of(app) as client:
            failed = await client.post("/api/v1/auth/register", json=BODY)
            login = await client.post(
                "/api/v1/auth/login", json={"email": BODY["email"], "password": PASSWORD}
            )

        assert failed.status_code == 500
        assert failed.json()["code"] == "INTERNAL_ERROR"
        assert "boom" not in failed.text
        assert login.status_code == 401
        assert heard == []
