"""Migrations of a database that is in use."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from asyncpg import UniqueViolationError

from BE.core.database.connections import connected
from migrations.refusals import MigrationRefused
from migrations.runner import Schema
from tests.support.events import eventually
from tests.support.postgres import execute
from tests.support.versions import Versions

CONCURRENTLY = """
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY {if_not_exists} of_a_test ON users.profile (full_name)")
"""
ADD_COLUMN = 'op.execute("ALTER TABLE users.profile ADD COLUMN of_a_test integer")'


async def is_valid(dsn: str) -> bool | None:
    async with connected(dsn) as connection:
        found: bool | None = await connection.fetchval(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('users.of_a_test')"
        )
        return found


async def has_column(dsn: str) -> bool:
    async with connected(dsn) as connection:
        found: bool = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM information_schema.columns WHERE column_name = 'of_a_test')"
        )
        return found


@pytest.fixture(autouse=True)
def short_lock_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrations.applying._RETRY_DELAYS", (0.01, 0.02))
    monkeypatch.setattr("migrations.applying._LOCK_TIMEOUT", "50ms")


async def test_concurrent_migrations_build_an_index(own_dsn: str, versions: Versions) -> None:
    versions.add("9001", CONCURRENTLY.format(if_not_exists=""))

    await asyncio.gather(*(Schema(own_dsn, versions.home).migrate() for _ in range(3)))

    assert await is_valid(own_dsn)


@pytest.mark.parametrize("if_not_exists", ["", "IF NOT EXISTS"], ids=["plain", "if not exists"])
async def test_an_index_left_invalid_by_a_kill_is_rebuilt(
    own_dsn: str, versions: Versions, if_not_exists: str
) -> None:
    await leave_invalid(own_dsn)
    versions.add("9001", CONCURRENTLY.format(if_not_exists=if_not_exists))

    await Schema(own_dsn, versions.home).migrate()

    assert await is_valid(own_dsn)


async def test_an_invalid_index_of_an_applied_revision_is_rebuilt(own_dsn: str) -> None:
    await leave_invalid(own_dsn)

    await Schema(own_dsn).migrate()

    assert await is_valid(own_dsn)


async def test_an_invalid_index_is_rebuilt_after_a_revision_failed(
    own_dsn: str, versions: Versions
) -> None:
    await leave_invalid(own_dsn)
    versions.add("9001", 'op.execute("SELECT 1 / 0")')

    with pytest.raises(MigrationRefused, match="division by zero"):
        await Schema(own_dsn, versions.home).migrate()
    await Schema(own_dsn).migrate()

    assert await is_valid(own_dsn)


async def test_an_invalid_index_is_rebuilt_after_its_rebuild_was_killed(
    own_dsn: str,
) -> None:
    await leave_invalid(own_dsn)

    await kill_build(own_dsn, Schema(own_dsn).migrate())
    await Schema(own_dsn).migrate()

    assert await is_valid(own_dsn)
    async with connected(own_dsn) as connection:
        left = "SELECT count(*) FROM pg_class WHERE relname LIKE 'of_a_test_%'"
        assert await connection.fetchval(left) == 0


async def test_an_index_that_the_rows_violate_is_named(own_dsn: str) -> None:
    await execute(
        own_dsn,
        "INSERT INTO users.profile (id, email, full_name, role)"
        " SELECT gen_random_uuid(), n || '@example.com', 'Twin', 'user'"
        " FROM generate_series(1, 2) AS n",
    )
    async with connected(own_dsn) as connection:
        with pytest.raises(UniqueViolationError):
            await connection.execute(
                "CREATE UNIQUE INDEX CONCURRENTLY of_a_test ON users.profile (full_name)"
            )

    with pytest.raises(MigrationRefused, match=r"An index is invalid .*of_a_test.*, or drop"):
        await Schema(own_dsn).migrate()


async def test_a_migration_waits_for_a_lock_with_short_attempts(
    own_dsn: str, versions: Versions
) -> None:
    versions.add("9001", ADD_COLUMN)
    async with connected(own_dsn) as request, connected(own_dsn) as other:
        holding = request.transaction()
        await holding.start()
        await request.execute("SELECT FROM users.profile")
        migrating = asyncio.create_task(Schema(own_dsn, versions.home).migrate())
        await wait_until_lock_awaited(own_dsn)

        await other.execute("SELECT FROM users.profile")  # requests are not blocked meanwhile

        assert not migrating.done()
        await holding.rollback()
        await migrating

    assert await has_column(own_dsn)


async def test_a_lock_that_is_never_released_is_reported_and_earlier_revisions_stay_applied(
    own_dsn: str, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migrations.applying._ATTEMPTS", 2)
    versions.add("9001", 'op.execute("CREATE TABLE users.of_a_test (id integer PRIMARY KEY)")')
    versions.add("9002", ADD_COLUMN)
    schema = Schema(own_dsn, versions.home)
    async with connected(own_dsn) as request:
        holding = request.transaction()
        await holding.start()
        await request.execute("SELECT FROM users.profile")

        with pytest.raises(MigrationRefused, match="Revision 9002 found no moment"):
            await schema.migrate()

        await holding.rollback()

    assert [revision.id for revision in (await schema.plan()).revisions] == ["9002"]
    await schema.migrate()
    assert await has_column(own_dsn)


async def test_a_failed_revision_is_rolled_back_and_named(own_dsn: str, versions: Versions) -> None:
    versions.add("9001", f'{ADD_COLUMN}\nop.execute("SELECT 1 / 0")')

    with pytest.raises(MigrationRefused, match=r"Revision 9001 failed \(division by zero\)"):
        await Schema(own_dsn, versions.home).migrate()

    assert not await has_column(own_dsn)


async def test_a_plan_shows_non_transactional_revisions_and_applies_nothing(
    own_dsn: str, versions: Versions
) -> None:
    versions.add("9001", CONCURRENTLY.format(if_not_exists=""))
    versions.add("9002", ADD_COLUMN)

    plan = await Schema(own_dsn, versions.home).plan()

    assert [(revision.id, revision.is_transactional) for revision in plan.revisions] == [
        ("9001", False),
        ("9002", True),
    ]
    assert await is_valid(own_dsn) is None


async def leave_invalid(dsn: str) -> None:
    """Leave an invalid index by killing its build."""
    async with connected(dsn) as builder:
        statement = "CREATE INDEX CONCURRENTLY of_a_test ON users.profile (full_name)"
        await kill_build(dsn, builder.execute(statement))
    assert await is_valid(dsn) is False


async def kill_build(dsn: str, build: Coroutine[Any, Any, Any]) -> None:
    """Terminate the build of an index while it waits for writers of the table."""
    async with connected(dsn) as writer, connected(dsn) as watcher:
        writing = writer.transaction()
        await writing.start()
        await writer.execute("LOCK TABLE users.profile IN ROW EXCLUSIVE MODE")
        building = asyncio.create_task(build)

        async def is_terminated() -> bool:
            found: bool | None = await watcher.fetchval(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index"
                " WHERE datname = current_database() AND phase LIKE 'waiting for writers%'"
            )
            return bool(found)

        await eventually(is_terminated)
        await asyncio.wait([building])
        await writing.rollback()
    assert building.exception() is not None


async def wait_until_lock_awaited(dsn: str) -> None:
    async with connected(dsn) as connection:

        async def is_waiting() -> bool:
            found: bool = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database()))"
            )
            return found

        await eventually(is_waiting)
