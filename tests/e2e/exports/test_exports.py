"""An export whose process is killed half way."""

import asyncio
import os
import signal

from BE.core.database.database import Database
from BE.modules.exports.repository import ExportRepository
from config import Settings, load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.client import client_of, running, sign_in, sign_up, until_ready
from tests.support.exports.api import contents, download, request
from tests.support.job_nodes import end_job_leases
from tests.support.processes.killed import until_killed

EMAIL = "ada@example.com"


class KillingRepository(ExportRepository):
    """Kills the process once all pieces of a file are written, before the job is finished."""

    async def add(self, *_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


async def request_and_die() -> None:
    container = Container(load_settings(_env_file=None))
    container.export_repository.override(KillingRepository(container.database()))
    async with running(create_app(container)) as app, client_of(app) as client:
        await until_ready(client)
        ada = await sign_up(client, email=EMAIL, full_name="Outlive a kill")
        await request(client, ada)
        await asyncio.Event().wait()


async def test_the_next_process_makes_the_export_once(
    empty_dsn: str, base_settings: Settings
) -> None:
    await Schema(empty_dsn).migrate()
    await until_killed(request_and_die, DATABASE_URL=empty_dsn)

    settings = base_settings.model_copy(update={"database_url": empty_dsn})
    async with running(create_app(Container(settings))) as app, client_of(app) as client:
        await until_ready(client)
        ada = await sign_in(client, EMAIL)
        database: Database = app.state.container.database()
        before = await database.fetchrow("SELECT id, state FROM jobs.job")
        await end_job_leases(database)
        found = contents((await download(client, ada, str(before["id"]))).content)
        after = await database.fetchrow(
            """
            SELECT (SELECT attempts FROM jobs.job),
                (SELECT count(*) FROM exports.piece),
                (SELECT count(*) FROM events.event WHERE name = 'export.completed')
            """
        )

    assert before["state"] in {"running", "done"}
    assert [profile["full_name"] for profile in found["profile"]] == ["Outlive a kill"]
    assert tuple(after) == (2, 1, 1)
