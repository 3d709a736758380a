import asyncio
import sys
from asyncio.subprocess import PIPE
from typing import Any

import pytest

from BE.core.database.connections import connect
from migrations.revisions import RevisionChain, UnknownRevision
from migrations.runner import NotMigrated, Schema
from tests.support.postgres import execute
from tests.support.processes.server import ROOT

SHAPE = """
    SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'public')
    ORDER BY 1, 2, 3
"""


async def shape(dsn: str) -> list[tuple[object, ...]]:
    connection = await connect(dsn)
    rows = [tuple(row) for row in await connection.fetch(SHAPE)]
    await connection.close()
    return rows


async def test_downgrading_reverts_upgrading(empty_dsn: str) -> None:
    schema = Schema(empty_dsn)

    await schema.migrate()
    first = await shape(empty_dsn)
    await schema.migrate("base")
    empty = await shape(empty_dsn)
    await schema.migrate()

    assert first
    assert empty == []
    assert await shape(empty_dsn) == first


async def test_every_revision_can_be_applied_and_reverted(empty_dsn: str) -> None:
    schema = Schema(empty_dsn)
    shapes = []
    all_revisions = RevisionChain.read().plan({}, "head").revisions
    revisions = ["base", *(revision.id for revision in all_revisions)]
    for revision in revisions:
        await schema.migrate(revision)
        shapes.append(await shape(empty_dsn))

    for revision, expected in zip(revisions[-2::-1], shapes[-2::-1], strict=True):
        await schema.migrate(revision)
        assert await shape(empty_dsn) == expected


async def test_a_check_that_is_cancelled_closes_its_connection(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = asyncio.get_running_loop().create_future()

    async def wait_for_ever(connection: Any) -> None:
        opened.set_result(connection)
        await asyncio.Event().wait()

    monkeypatch.setattr("migrations.runner.is_pooled", wait_for_ever)
    checking = asyncio.create_task(Schema(server).require_current())
    connection = await opened
    checking.cancel()
    await asyncio.wait([checking])

    assert connection.is_closed()


async def test_concurrent_migrations_succeed(empty_dsn: str) -> None:
    await asyncio.gather(*(Schema(empty_dsn).migrate() for _ in range(4)))

    await Schema(empty_dsn).require_current()


@pytest.mark.parametrize("call", ["migrate", "plan", "require_current"])
async def test_a_start_with_nothing_to_apply_does_not_import_alembic(
    own_dsn: str, call: str
) -> None:
    code = (
        "import asyncio, sys; from migrations.runner import Schema;"
        f"asyncio.run(Schema({own_dsn!r}).{call}());"
        "print(*{'alembic', 'sqlalchemy'} & set(sys.modules))"
    )

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, stdout=PIPE
    )
    loaded, _ = await process.communicate()

    assert (process.returncode, loaded.split()) == (0, [])


async def test_an_unknown_revision_changes_nothing(empty_dsn: str) -> None:
    schema = Schema(empty_dsn)
    await schema.migrate()

    with pytest.raises(UnknownRevision):
        await schema.migrate("9999")

    await schema.require_current()


async def test_older_code_accepts_a_newer_schema(empty_dsn: str) -> None:
    schema = Schema(empty_dsn)
    await schema.migrate()

    await execute(empty_dsn, "UPDATE alembic_version SET version_num = '9999'")

    await schema.require_current()


async def test_an_older_schema_is_not_current(empty_dsn: str) -> None:
    schema = Schema(empty_dsn)
    with pytest.raises(NotMigrated):
        await schema.require_current()

    await schema.migrate("0002")

    with pytest.raises(NotMigrated):
        await schema.require_current()
