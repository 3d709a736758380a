"""The ambient transaction: which tasks share it, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import pytest

from BE.core.context import RequestContext, enter_request
from BE.core.database.connections import connect_arguments, is_lost
from BE.core.database.database import Database
from BE.core.exceptions import (
    InvalidInputError,
    OutcomeUnknownError,
    TransactionConflictError,
    UnavailableError,
    UniqueViolationError,
)
from commands.capacity import TooFewConnections, require_room
from tests.support.events import eventually
from tests.support.postgres import execute, until_asleep


@pytest.fixture
async def db(empty_dsn: str) -> AsyncIterator[Database]:
    await execute(empty_dsn, "CREATE TABLE note (id int PRIMARY KEY, body text)")
    async with Database(
        empty_dsn, pool_size=1, max_overflow=1, acquire_timeout=60, idle_lifetime=300
    ) as db:
        yield db


async def add(db: Database, note: int) -> None:
    await db.execute("INSERT INTO note (id) VALUES ($1)", note)


async def notes(db: Database) -> list[int]:
    return [row["id"] for row in await db.fetch("SELECT id FROM note ORDER BY id")]


async def test_statements_of_a_block_are_committed_together(db: Database) -> None:
    async with db.transaction():
        await add(db, 1)
        await add(db, 2)
        assert db.in_transaction

    assert not db.in_transaction
    assert await notes(db) == [1, 2]


async def test_a_failing_block_leaves_nothing(db: Database) -> None:
    with pytest.raises(ValueError, match="boom"):
        async with db.transaction():
            await add(db, 1)
            raise ValueError("boom")

    assert await notes(db) == []


async def test_a_statement_that_never_ends_times_out(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.core.database.connections._COMMAND_TIMEOUT", 3)
    async with Database(
        empty_dsn, pool_size=1, max_overflow=0, acquire_timeout=60, idle_lifetime=300
    ) as db:
        with pytest.raises(UnavailableError):
            async with db.transaction():
                await db.execute("SET LOCAL statement_timeout = 0")
                await db.execute("SELECT pg_sleep(600)")

        assert await db.fetchval("SELECT 1") == 1


async def test_no_statement_is_compiled_at_each_execution(db: Database) -> None:
    """A server that can compile statements would take longer for it than for running ours."""
    assert await db.fetchval("SHOW jit") == "off"
    async with db.transaction():
        assert await db.fetchval("SHOW jit") == "off"


async def test_a_nested_block_is_rolled_back_alone(db: Database) -> None:
    async with db.transaction():
        await add(db, 1)
        with pytest.raises(ValueError, match="boom"):
            async with db.transaction():
                await add(db, 2)
                raise ValueError("boom")
        async with db.transaction():
            await add(db, 3)
            async with db.transaction():
                await add(db, 4)

    assert await notes(db) == [1, 3, 4]


async def test_a_snapshot_reads_one_moment_and_commits_its_writes(
    db: Database, empty_dsn: str
) -> None:
    async with db.snapshot():
        assert await notes(db) == []
        await execute(empty_dsn, "INSERT INTO note (id) VALUES (1)")
        await add(db, 2)
        assert await notes(db) == [2]

    assert await notes(db) == [1, 2]


async def test_a_snapshot_does_not_overwrite_a_later_change(db: Database, empty_dsn: str) -> None:
    await add(db, 1)
    with pytest.raises(TransactionConflictError):
        async with db.snapshot():
            assert await notes(db) == [1]
            await execute(empty_dsn, "UPDATE note SET body = 'theirs'")
            await db.execute("UPDATE note SET body = 'ours'")

    assert await db.fetchval("SELECT body FROM note") == "theirs"


async def test_a_snapshot_does_not_begin_inside_a_transaction(db: Database) -> None:
    async with db.transaction():
        with pytest.raises(RuntimeError, match="open already"):
            async with db.snapshot():
                pass


async def test_another_task_may_not_join_a_transaction(db: Database) -> None:
    async with db.transaction():
        with pytest.raises(RuntimeError, match="one task"):
            await asyncio.gather(add(db, 1), add(db, 2))

    assert await notes(db) == []


async def test_a_task_that_outlives_the_block_uses_the_pool(db: Database) -> None:
    ended = asyncio.Event()

    async def later() -> None:
        await ended.wait()
        await add(db, 2)

    async with db.transaction():
        await add(db, 1)
        task = asyncio.create_task(later())
    ended.set()
    await task

    assert await notes(db) == [1, 2]


async def test_a_swallowed_error_prevents_the_commit(db: Database) -> None:
    await add(db, 1)

    with pytest.raises(RuntimeError, match="swallowed"):
        async with db.transaction():
            await add(db, 2)
            with pytest.raises(UniqueViolationError):
                await add(db, 1)

    assert await notes(db) == [1]


async def test_callbacks_wait_for_the_commit(db: Database) -> None:
    called: list[str] = []

    async with db.transaction():
        db.after_commit(lambda: called.append("outer"))
        with pytest.raises(ValueError, match="boom"):
            async with db.transaction():
                db.after_commit(lambda: called.append("rolled back"))
                raise ValueError("boom")
        assert called == []
    db.after_commit(lambda: called.append("at once"))

    assert called == ["outer", "at once"]


async def test_callbacks_of_a_rolled_back_block_are_discarded(db: Database) -> None:
    called: list[str] = []

    with pytest.raises(ValueError, match="boom"):
        async with db.transaction():
            db.after_commit(lambda: called.append("never"))
            raise ValueError("boom")

    assert called == []


async def test_a_cancelled_block_is_rolled_back(db: Database, empty_dsn: str) -> None:
    async def add_and_sleep() -> None:
        async with db.transaction():
            await add(db, 1)
            await db.execute("SELECT pg_sleep(5)")

    await cancel_while_asleep(add_and_sleep(), empty_dsn)

    assert await notes(db) == []


async def test_a_connection_lost_before_the_commit_rolls_back(db: Database) -> None:
    with pytest.raises(UnavailableError) as lost:
        async with db.transaction():
            await add(db, 1)
            await terminate_own_backend(db)

    assert not isinstance(lost.value, OutcomeUnknownError)
    assert await notes(db) == []


async def test_a_connection_lost_while_committing_leaves_the_outcome_unknown(
    db: Database,
) -> None:
    await db.execute("""
        CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'
    """)
    await db.execute("""
        CREATE CONSTRAINT TRIGGER die AFTER INSERT ON note
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()
    """)

    with pytest.raises(OutcomeUnknownError):
        async with db.transaction():
            await add(db, 1)

    assert await notes(db) == []


async def test_a_constraint_that_fails_at_the_commit_is_translated(db: Database) -> None:
    await db.execute("ALTER TABLE note ADD UNIQUE (body) DEFERRABLE INITIALLY DEFERRED")
    insert = "INSERT INTO note (id, body) VALUES ($1, 'same')"

    with pytest.raises(UniqueViolationError) as taken:
        async with db.transaction():
            await db.execute(insert, 1)
            await db.execute(insert, 2)

    assert taken.value.constraint == "note_body_key"
    assert await notes(db) == []


async def test_a_request_records_that_it_has_committed(db: Database) -> None:
    rolled_back, committed, alone = [
        RequestContext(name) for name in ("rolled back", "committed", "alone")
    ]
    enter_request(rolled_back)
    with pytest.raises(ValueError, match="boom"):
        async with db.transaction():
            await add(db, 1)
            raise ValueError("boom")
    enter_request(committed)
    async with db.transaction():
        await add(db, 1)
        assert not committed.has_committed
    enter_request(alone)
    await add(db, 2)

    assert [request.has_committed for request in (rolled_back, committed, alone)] == [
        False,
        True,
        True,
    ]


async def test_values_that_the_driver_refuses_are_invalid(db: Database) -> None:
    for note in (2**31, "one"):
        with pytest.raises(InvalidInputError):
            await db.execute("INSERT INTO note (id) VALUES ($1)", note)
    with pytest.raises(InvalidInputError):
        await db.execute("INSERT INTO note (id, body) VALUES (1, $1)", "a\x00b")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "DO $$ BEGIN RAISE deadlock_detected; END $$",
        "DO $$ BEGIN RAISE serialization_failure; END $$",
        "DO $$ BEGIN RAISE too_many_connections; END $$",
        "DO $$ BEGIN RAISE lock_not_available; END $$",
        "DO $$ BEGIN RAISE query_canceled; END $$",
        "DO $$ BEGIN RAISE read_only_sql_transaction; END $$",
    ],
)
async def test_transient_errors_are_unavailable(db: Database, sql: str) -> None:
    with pytest.raises(UnavailableError):
        await db.execute(sql)

    assert await notes(db) == []


@pytest.mark.usefixtures("limits_of_production")
async def test_the_server_limits_every_wait(db: Database) -> None:
    settings = {
        name: await db.fetchval(f"SHOW {name}")
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    }

    assert settings == {
        "lock_timeout": "2s",
        "statement_timeout": "5s",
        "idle_in_transaction_session_timeout": "10s",
    }


@pytest.mark.usefixtures("limits_of_production")
async def test_behind_a_pooler_the_waits_are_limited_in_each_transaction(db: Database) -> None:
    db._connector.is_behind_pooler = True

    async with db.transaction():
        await db.fetchval("SELECT 1")
        assert await db.fetchval("SHOW statement_timeout") == "5s"


async def test_connections_are_reused(db: Database) -> None:
    first = await db.fetchval("SELECT pg_backend_pid()")
    async with db.transaction():
        second = await db.fetchval("SELECT pg_backend_pid()")

    assert await db.fetchval("SELECT pg_backend_pid()") == second == first
    assert db.pool.in_use == 0


async def test_a_waiting_caller_gets_a_released_connection(db: Database) -> None:
    async def hold() -> None:
        async with db.transaction():
            await db.execute("SELECT pg_sleep(0.2)")

    await asyncio.gather(*(hold() for _ in range(6)))

    assert (db.pool.size, db.pool.in_use) == (2, 0)


async def acquire_all(db: Database, exits: AsyncExitStack) -> None:
    for _ in range(2):
        connection = await db._pool.acquire()
        exits.push_async_callback(db._pool.release, connection)


async def test_the_longest_waiting_caller_is_served_first(db: Database) -> None:
    served = []

    async def acquire(number: int) -> None:
        connection = await db._pool.acquire()
        served.append(number)
        await db._pool.release(connection)

    async with AsyncExitStack() as connections:
        await acquire_all(db, connections)
        callers = []
        for number in range(4):
            callers.append(asyncio.create_task(acquire(number)))
            await wait_until(lambda waiting=number + 1: len(db._pool._waiters) == waiting)  # type: ignore[misc]
        await connections.aclose()
    await asyncio.gather(*callers)

    assert served == [0, 1, 2, 3]


async def test_a_cancelled_waiter_holds_no_connection(db: Database) -> None:
    async with AsyncExitStack() as connections:
        await acquire_all(db, connections)
        early, late = (asyncio.create_task(db.fetchval("SELECT 1")) for _ in range(2))
        await wait_until(lambda: len(db._pool._waiters) == 2)
        early.cancel()
        await asyncio.wait([early])
        await connections.aclose()
        late.cancel()  # it was handed a connection, but has not run since
    await asyncio.wait([late])

    assert (early.cancelled(), late.cancelled()) == (True, True)
    assert db.pool.in_use == 0
    assert await asyncio.gather(*(db.fetchval("SELECT 1") for _ in range(3))) == [1, 1, 1]


async def test_a_broken_connection_makes_room_for_a_waiter(db: Database) -> None:
    async def break_one() -> None:
        with pytest.raises(UnavailableError):
            await db.execute("SELECT pg_sleep(0.2), pg_terminate_backend(pg_backend_pid())")

    async with AsyncExitStack() as connections:
        connections.push_async_callback(db._pool.release, await db._pool.acquire())
        breaking = asyncio.create_task(break_one())
        await wait_until(lambda: db.pool.in_use == 2)

        assert await db.fetchval("SELECT 1") == 1
        await breaking


async def test_waiting_for_a_connection_times_out(empty_dsn: str) -> None:
    async with Database(
        empty_dsn, pool_size=1, max_overflow=0, acquire_timeout=3, idle_lifetime=300
    ) as db:
        connection = await db._pool.acquire()
        with pytest.raises(UnavailableError):
            await db.fetchval("SELECT 1")
        await db._pool.release(connection)

        assert await db.fetchval("SELECT 1") == 1


async def test_a_connection_that_died_while_idle_is_replaced(db: Database, empty_dsn: str) -> None:
    dead = await db.fetchval("SELECT pg_backend_pid()")
    await execute(empty_dsn, f"SELECT pg_terminate_backend({dead})")
    await wait_until(lambda: is_lost(db._pool._free[0]))

    assert await db.fetchval("SELECT pg_backend_pid()") != dead


async def test_a_connection_released_while_closing_does_not_delay_it(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.core.database.pool._CLOSE_TIMEOUT", 60)
    db = Database(empty_dsn, pool_size=1, max_overflow=0, acquire_timeout=60, idle_lifetime=300)
    await db.__aenter__()
    query = asyncio.create_task(db.execute("SELECT pg_sleep(0.3)"))
    await wait_until(lambda: db.pool.in_use > 0)

    await db.__aexit__()

    await query
    assert db._pool._pool.get_size() == 0
    assert db._pool._free == []


async def test_a_cancelled_query_leaves_a_usable_connection(db: Database, empty_dsn: str) -> None:
    await cancel_while_asleep(db.execute("SELECT pg_sleep(5)"), empty_dsn)

    assert await asyncio.gather(*(db.fetchval("SELECT 1") for _ in range(4))) == [1, 1, 1, 1]


async def test_closing_does_not_wait_forever(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.core.database.pool._CLOSE_TIMEOUT", 0.1)
    database = Database(
        empty_dsn, pool_size=1, max_overflow=0, acquire_timeout=60, idle_lifetime=300
    )
    async with database:
        sleeping = asyncio.create_task(database.execute("SELECT pg_sleep(30)"))
        await wait_until(lambda: database.pool.in_use > 0)

    with pytest.raises(UnavailableError):
        await sleeping


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@h:1/d", "postgresql://u:p@h:1/d"),
        ("postgresql+asyncpg://u@h/d", "postgresql://u@h/d"),
        (
            "postgresql://u:p@ep-x-pooler.eu.example.com/d?sslmode=require&channel_binding=require",
            "postgresql://u:p@ep-x-pooler.eu.example.com/d?sslmode=require",
        ),
        ("postgres://u@h/d?connect_timeout=10&pgbouncer=true", "postgres://u@h/d"),
    ],
)
def test_addresses_of_other_tools_are_accepted(given: str, used: str) -> None:
    assert connect_arguments(given) == {"dsn": used}


async def wait_until(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    await eventually(holds)


async def cancel_while_asleep(work: Coroutine[Any, Any, None], dsn: str) -> None:
    """Cancel ``work`` while its statement sleeps in the database."""
    working = asyncio.create_task(work)
    await until_asleep(dsn)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def terminate_own_backend(db: Database) -> None:
    with pytest.raises(UnavailableError):
        await db.execute("SELECT pg_terminate_backend(pg_backend_pid())")


class TestCapacity:
    async def test_more_processes_than_the_server_has_room_for_are_refused(self, dsn: str) -> None:
        with pytest.raises(TooFewConnections, match=r"need 2400, but PostgreSQL allows \d+:"):
            await require_room(dsn, processes=100, pool=21)

    async def test_processes_that_fit_may_start(self, dsn: str) -> None:
        await require_room(dsn, processes=4, pool=10)

    async def test_an_unreachable_server_is_not_a_configuration_error(self) -> None:
        await require_room("postgresql://a@127.0.0.1:1/b", processes=100, pool=100)
