"""Migrations of a database that is in use."""

import asyncio

import pytest

from BE.core.database.connections import connected
from migrations.runner import MigrationRefused, Schema
from tests.support.events import eventually
from tests.support.postgres import execute
from tests.support.versions import Versions

CONCURRENTLY = """
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY {if_not_exists} of_a_test ON users.profile (full_name)")
"""
BUSY = 'op.execute("ALTER TABLE users.profile ADD COLUMN of_a_test integer")'


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
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrations.runner._RETRY_DELAYS", (0.01, 0.02))
    monkeypatch.setattr("migrations.runner._LOCK_TIMEOUT", "50ms")


async def test_an_index_is_built_while_others_wait_to_migrate(
    own_dsn: str, versions: Versions
) -> None:
    versions.add("9001", CONCURRENTLY.format(if_not_exists=""))

    await asyncio.gather(*(Schema(own_dsn, versions.directory).migrate() for _ in range(3)))

    assert await is_valid(own_dsn)


@pytest.mark.parametrize("if_not_exists", ["", "IF NOT EXISTS"], ids=["plain", "if not exists"])
async def test_an_index_that_a_kill_left_invalid_is_built_anew(
    own_dsn: str, versions: Versions, if_not_exists: str
) -> None:
    await leave_invalid(own_dsn)
    versions.add("9001", CONCURRENTLY.format(if_not_exists=if_not_exists))

    await Schema(own_dsn, versions.directory).migrate()

    assert await is_valid(own_dsn)


async def test_an_invalid_index_of_an_applied_revision_is_built_anew(own_dsn: str) -> None:
    await leave_invalid(own_dsn)

    await Schema(own_dsn).migrate()

    assert await is_valid(own_dsn)


async def test_a_lock_of_a_request_is_waited_for_in_short_turns(
    own_dsn: str, versions: Versions
) -> None:
    versions.add("9001", BUSY)
    async with connected(own_dsn) as request, connected(own_dsn) as other:
        holding = request.transaction()
        await holding.start()
        await request.execute("SELECT FROM users.profile")
        migrating = asyncio.create_task(Schema(own_dsn, versions.directory).migrate())
        await until_waiting(own_dsn)

        await other.execute("SELECT FROM users.profile")  # nobody is held up until the end

        assert not migrating.done()
        await holding.rollback()
        await migrating

    assert await has_column(own_dsn)


async def test_a_lock_that_is_never_released_is_reported_and_earlier_revisions_stay(
    own_dsn: str, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migrations.runner._ATTEMPTS", 2)
    versions.add("9001", 'op.execute("CREATE TABLE users.of_a_test (id integer PRIMARY KEY)")')
    versions.add("9002", BUSY)
    schema = Schema(own_dsn, versions.directory)
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


async def test_a_revision_that_fails_is_undone_and_named(own_dsn: str, versions: Versions) -> None:
    versions.add("9001", f'{BUSY}\nop.execute("SELECT 1 / 0")')

    with pytest.raises(MigrationRefused, match=r"Revision 9001 failed \(division by zero\)"):
        await Schema(own_dsn, versions.directory).migrate()

    assert not await has_column(own_dsn)


async def test_a_plan_says_what_runs_without_a_transaction_and_applies_nothing(
    own_dsn: str, versions: Versions
) -> None:
    versions.add("9001", CONCURRENTLY.format(if_not_exists=""))
    versions.add("9002", BUSY)

    plan = await Schema(own_dsn, versions.directory).plan()

    assert [(revision.id, revision.is_transactional) for revision in plan.revisions] == [
        ("9001", False),
        ("9002", True),
    ]
    assert await is_valid(own_dsn) is None


async def leave_invalid(dsn: str) -> None:
    await execute(dsn, "CREATE INDEX of_a_test ON users.profile (full_name)")
    await execute(
        dsn,
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users.of_a_test'::regclass",
    )


async def until_waiting(dsn: str) -> None:
    async with connected(dsn) as connection:

        async def is_waiting() -> bool:
            found: bool = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database()))"
            )
            return found

        await eventually(is_waiting)
