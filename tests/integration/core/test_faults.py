"""Real faults: each answer is clear, and no work is left half done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from BE.core.database.connections import SERVER_SETTINGS, connect
from BE.core.database.database import Database
from BE.core.events import Delivery
from BE.modules.auth.events import UserRegistered
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, client_of, sign_up, until_ready
from tests.support.events import eventually
from tests.support.postgres import Postgres, execute, migrate, until_asleep

BODY = {"email": "late@example.com", "password": PASSWORD, "full_name": "Late"}


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    postgres = Postgres(tmp_path)
    postgres.start()
    yield postgres
    postgres.stop()


@pytest.fixture
def let_deadline_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that lets the newest request time out; otherwise none does."""
    deadlines: list[asyncio.Timeout] = []

    def timeout(_: float) -> asyncio.Timeout:
        deadlines.append(asyncio.timeout(None))
        return deadlines[-1]

    monkeypatch.setattr("BE.core.middleware.timeout.asyncio", SimpleNamespace(timeout=timeout))
    return lambda: deadlines[-1].reschedule(asyncio.get_running_loop().time())


class TestUnreachablePostgres:
    async def test_requests_get_503_until_postgres_is_back(
        self, build_app: AppFactory, postgres: Postgres
    ) -> None:
        await migrate(postgres.dsn)
        async with build_app(database_url=postgres.dsn) as app, client_of(app) as client:
            ada = await sign_up(client)
            postgres.stop()

            refused = [
                await client.get("/api/v1/specimens", headers=ada.headers),
                await client.post("/api/v1/specimens", json={"title": "a"}, headers=ada.headers),
                await client.post("/api/v1/auth/register", json=BODY),
                await client.get("/health/ready"),
            ]
            alive = await client.get("/health/live")
            postgres.start()
            await until_ready(client)
            back = await client.post("/api/v1/auth/register", json=BODY)

        assert {answer.status_code for answer in refused} == {503}
        assert {answer.json()["code"] for answer in refused} == {"UNAVAILABLE"}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        assert alive.status_code == 200
        assert back.status_code == 201

    async def test_a_process_that_starts_without_postgres_waits(
        self, build_app: AppFactory, postgres: Postgres
    ) -> None:
        await migrate(postgres.dsn)
        postgres.stop()
        async with build_app(database_url=postgres.dsn) as app, client_of(app) as client:
            waiting = await client.get("/health/ready")
            postgres.start()

            await until_ready(client)

        assert waiting.status_code == 503

    async def test_a_killed_connection_fails_at_most_one_request(
        self, build_app: AppFactory, dsn: str
    ) -> None:
        async with build_app(db_pool_size=2, db_max_overflow=0) as app, client_of(app) as client:
            ada = await sign_up(client)
            other = await connect(dsn)
            await other.execute(
                "SELECT pg_terminate_backend(pid, 60_000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await other.close()

            statuses = [
                (await client.get("/api/v1/specimens", headers=ada.headers)).status_code
                for _ in range(4)
            ]

        assert set(statuses) <= {200, 503}
        assert statuses[-1] == 200

    async def test_a_frozen_server_is_a_504_and_the_service_recovers(
        self, build_app: AppFactory, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.database.connections._COMMAND_TIMEOUT", 600)
        await migrate(postgres.dsn)
        async with (
            build_app(database_url=postgres.dsn) as setup_app,
            client_of(setup_app) as client,
        ):
            ada = await sign_up(client)
        async with (
            build_app(database_url=postgres.dsn, request_timeout_seconds=1) as app,
            client_of(app) as client,
        ):
            processes = postgres.processes()
            for process in processes:
                process.suspend()
            try:
                async with asyncio.timeout(120):
                    frozen = [
                        await client.get("/api/v1/specimens", headers=ada.headers),
                        await client.post("/api/v1/auth/register", json=BODY),
                    ]
            finally:
                for process in processes:
                    process.resume()
            await until_ready(client)

        assert {answer.status_code for answer in frozen} == {504}


class TestPoolExhausted:
    async def test_is_a_503_with_a_delay_to_retry(self, build_app: AppFactory) -> None:
        async with (
            build_app(db_pool_size=1, db_max_overflow=0) as app,
            client_of(app) as client,
        ):
            ada = await sign_up(client)
            database: Database = app.state.container.database()
            patience = database._pool._acquire_timeout
            held, release = asyncio.Event(), asyncio.Event()

            async def hold() -> None:
                async with database.transaction():
                    held.set()
                    await release.wait()

            holding = asyncio.create_task(hold())
            await held.wait()
            database._pool._acquire_timeout = 0.05
            answer = await client.get("/api/v1/specimens", headers=ada.headers)
            database._pool._acquire_timeout = patience
            release.set()
            await holding
            free = await client.get("/api/v1/specimens", headers=ada.headers)

        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert free.status_code == 200


class TestTimeout:
    async def test_rolls_back_the_transaction(
        self, build_app: AppFactory, own_dsn: str, let_deadline_pass: Callable[[], None]
    ) -> None:
        def prepare(container: Container) -> None:
            async def sleep_in_transaction(_: UserRegistered) -> None:
                for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                    await container.database().execute(f"SET LOCAL {limit} = 0")
                await container.database().execute("SELECT pg_sleep(600)")

            container.events().subscribe(
                UserRegistered, sleep_in_transaction, Delivery.IN_TRANSACTION
            )

        async with build_app(prepare, database_url=own_dsn) as app, client_of(app) as client:
            registering = asyncio.create_task(client.post("/api/v1/auth/register", json=BODY))
            await until_asleep(own_dsn)
            let_deadline_pass()
            answer = await registering
            database: Database = app.state.container.database()
            accounts = await database.fetchval("SELECT count(*) FROM auth.account")

            async def is_rolled_back() -> bool:
                return not await database.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND state <> 'idle'"
                )

            await eventually(is_rolled_back)

        assert answer.status_code == 504
        assert answer.json()["code"] == "TIMEOUT"
        assert accounts == 0

    async def test_too_slow_a_body_is_a_408(self, build_app: AppFactory) -> None:
        async def incomplete_body() -> AsyncIterator[bytes]:
            yield b'{"title": '
            await asyncio.Event().wait()

        async with build_app() as setup_app, client_of(setup_app) as client:
            ada = await sign_up(client)
        async with (
            build_app(request_timeout_seconds=2) as app,
            client_of(app) as client,
        ):
            answer = await client.post(
                "/api/v1/specimens",
                content=incomplete_body(),
                headers=ada.headers | {"Content-Type": "application/json"},
            )

        assert answer.status_code == 408
        assert answer.json()["code"] == "REQUEST_TIMEOUT"

    @pytest.mark.usefixtures("limits_of_production")
    async def test_a_lock_that_is_not_released_is_a_503(
        self, build_app: AppFactory, dsn: str
    ) -> None:
        async with build_app() as app, client_of(app) as client:
            ada = await sign_up(client)
            specimen = await client.post(
                "/api/v1/specimens", json={"title": "a"}, headers=ada.headers
            )
            holder = await connect(dsn)
            await holder.execute("BEGIN; SELECT FROM specimens.specimen FOR UPDATE")

            answer = await client.patch(
                specimen.headers["location"], json={"title": "b"}, headers=ada.headers
            )
            await holder.close()

        assert answer.status_code == 503

    async def test_the_outcome_of_an_interrupted_commit_is_unknown(
        self,
        build_app: AppFactory,
        own_dsn: str,
        monkeypatch: pytest.MonkeyPatch,
        let_deadline_pass: Callable[[], None],
    ) -> None:
        monkeypatch.setitem(SERVER_SETTINGS, "statement_timeout", "10min")
        await execute(
            own_dsn,
            """
            CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep(600); RETURN NULL; END'
            """,
        )
        await execute(
            own_dsn,
            """
            CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON auth.account
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.dawdle()
            """,
        )
        async with build_app(database_url=own_dsn) as app, client_of(app) as client:
            registering = asyncio.create_task(client.post("/api/v1/auth/register", json=BODY))
            await until_asleep(own_dsn)
            let_deadline_pass()
            answer = await registering

        assert answer.status_code == 503
        assert answer.json()["code"] == "OUTCOME_UNKNOWN"


class TestSubscribers:
    async def test_a_failing_subscriber_in_the_transaction_rolls_it_back(
        self, build_app: AppFactory
    ) -> None:
        received: list[UserRegistered] = []

        def prepare(container: Container) -> None:
            async def fail(_: UserRegistered) -> None:
                raise ValueError("boom")

            async def receive(event: UserRegistered) -> None:
                received.append(event)

            container.events().subscribe(UserRegistered, fail, Delivery.IN_TRANSACTION)
            container.events().subscribe(UserRegistered, receive)

        async with build_app(prepare) as app, client_of(app) as client:
            failed = await client.post("/api/v1/auth/register", json=BODY)
            login = await client.post(
                "/api/v1/auth/login", json={"email": BODY["email"], "password": PASSWORD}
            )

        assert failed.status_code == 500
        assert failed.json()["code"] == "INTERNAL_ERROR"
        assert "boom" not in failed.text
        assert login.status_code == 401
        assert received == []
