"""An import whose process is killed halfway."""

import asyncio
import os
import signal
from typing import Any

from BE.core.database.database import Database
from BE.modules.tasks.repository import TaskRepository
from config import Settings, load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.client import client_of, running, sign_in, sign_up, until_ready
from tests.support.job_nodes import end_job_leases
from tests.support.processes.killed import until_killed
from tests.support.tasks.large_imports import finished_job, start_import, stored_counts

EMAIL = "ada@example.com"


class KillingRepository(TaskRepository):
    """Kills the process once it has inserted the first of several batches."""

    async def add(self, *arguments: Any, **options: Any) -> Any:
        await super().add(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)


async def import_and_die() -> None:
    container = Container(load_settings(_env_file=None))
    container.task_repository.override(KillingRepository(container.database()))
    async with running(create_app(container)) as app, client_of(app) as client:
        await until_ready(client)
        await start_import(client, await sign_up(client, email=EMAIL))
        await asyncio.Event().wait()


async def test_the_next_process_imports_every_task_once(
    empty_dsn: str, base_settings: Settings
) -> None:
    await Schema(empty_dsn).migrate()
    await until_killed(import_and_die, DATABASE_URL=empty_dsn)

    settings = base_settings.model_copy(update={"database_url": empty_dsn})
    async with running(create_app(Container(settings))) as app, client_of(app) as client:
        await until_ready(client)
        ada = await sign_in(client, EMAIL)
        database: Database = app.state.container.database()
        before = await stored_counts(database)
        await end_job_leases(database)
        job = await finished_job(
            client, ada, str(await database.fetchval("SELECT id FROM jobs.job"))
        )
        after = await stored_counts(database)
        attempts = await database.fetchval("SELECT attempts FROM jobs.job")

    assert before == (0, 1)
    assert job["result"] == {"rows": 1200, "imported": 1200}
    assert after == (1200, 0)
    assert attempts == 2
