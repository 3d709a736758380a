"""A message whose sender is killed after its attempt, before it is recorded."""

import asyncio
import os
import signal

from BE.modules.webhooks.repository import MessageRepository
from config import Settings, load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.client import client_of, running, sign_up, until_ready
from tests.support.events import eventually
from tests.support.job_nodes import end_job_leases
from tests.support.processes.killed import SECRET, until_killed
from tests.support.tasks import api as tasks
from tests.support.webhooks.api import create
from tests.support.webhooks.receiver import receiving


class KillingRepository(MessageRepository):
    """Kills the process once the receiver has answered, before the attempt is recorded."""

    async def record(self, *_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


async def send_and_die(url: str) -> None:
    container = Container(load_settings(_env_file=None))
    container.webhook_messages.override(KillingRepository(container.database()))
    async with running(create_app(container)) as app, client_of(app) as client:
        await until_ready(client)
        ada = await sign_up(client)
        await create(client, ada, url)
        await tasks.create(client, ada)
        await asyncio.Event().wait()


async def test_the_next_process_resends_the_message_under_its_id(
    empty_dsn: str, base_settings: Settings
) -> None:
    await Schema(empty_dsn).migrate()
    async with receiving() as receiver:
        await until_killed(
            send_and_die,
            receiver.url,
            DATABASE_URL=empty_dsn,
            WEBHOOK_ALLOW_PRIVATE_ADDRESSES="true",
        )

        changes = {
            "database_url": empty_dsn,
            "webhook_allow_private_addresses": True,
            "jwt_secret": SECRET,
        }
        settings = base_settings.model_copy(update=changes)
        async with running(create_app(Container(settings))) as app, client_of(app) as client:
            await until_ready(client)
            database = app.state.container.database()
            await end_job_leases(database)

            async def is_recorded() -> bool:
                return bool(await database.fetchval("SELECT count(*) FROM webhooks.attempt") == 1)

            await eventually(is_recorded)
            due = await database.fetchval("SELECT count(due_at) FROM webhooks.message")

    assert len(receiver.deliveries) == 2
    assert len({delivery.id for delivery in receiver.deliveries}) == 1
    assert due == 0
