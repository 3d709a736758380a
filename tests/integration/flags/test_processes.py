"""A change in one process reaches the others: two applications on one database."""

from uuid import UUID

import httpx
from fastapi import FastAPI

from BE.core.server.protocol import StrictProtocol
from BE.modules.flags.models import Setting, id_of
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, sign_up, until_ready
from tests.support.events import eventually
from tests.support.flags.api import ON, put, setting, value
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer
from tests.support.serving import port_of, serving_running
from tests.support.specimen.wiring import TRIAL
from tests.support.streams.readers import reading


async def is_on(app: FastAPI) -> bool:
    """Read the value from memory, without a query."""
    return bool(app.state.container.flags().value(TRIAL, UUID(int=0)))


async def test_another_process_is_notified_of_a_change(
    app: FastAPI, client: httpx.AsyncClient, root: Person, build_app: AppFactory
) -> None:
    async with build_app() as other:
        await put(client, root, TRIAL, setting(ON))

        await eventually(lambda: is_on(other))


@needs_pgbouncer
async def test_another_process_behind_a_pooler_is_notified_too(
    client: httpx.AsyncClient, root: Person, build_app: AppFactory, dsn: str
) -> None:
    with pgbouncer(dsn) as pooled:
        async with build_app(database_url=pooled) as other, client_of(other) as other_client:
            await until_ready(other_client)
            await put(client, root, TRIAL, setting(ON))

            await eventually(lambda: is_on(other))


async def test_a_caller_that_knows_of_a_change_gets_no_older_value(
    app: FastAPI, client: httpx.AsyncClient, root: Person, ada: Person, build_app: AppFactory
) -> None:
    async with build_app() as other, client_of(other) as other_client:
        snapshots = other.state.container.flag_snapshots()
        before = snapshots.current
        changed = await put(client, root, TRIAL, setting(ON))
        snapshots._current = before  # as if the notification were still on its way

        assert await value(other_client, ada, TRIAL, since=changed["version"]) is True


async def test_every_user_receives_a_change_on_their_stream(build_app: AppFactory) -> None:
    async with build_app() as app, serving_running(app, StrictProtocol) as server:
        base_url = f"http://127.0.0.1:{port_of(server)}"
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
            try:
                ada, bob = await sign_up(client), await sign_up(client)
                async with (
                    reading(client, ada.headers) as ada_stream,
                    reading(client, bob.headers) as bob_stream,
                ):
                    await ada_stream.next()
                    await bob_stream.next()
                    service = app.state.container.flag_service()
                    flag = await service.change(
                        UUID(ada.id), TRIAL.name, Setting((), otherwise=True), None
                    )
                    seen = [await ada_stream.next(), await bob_stream.next()]
            finally:
                app.state.container.live_streams().leave()

    for event in seen:
        assert event.event == "flag.changed"
        assert event.data["id"] == str(id_of(TRIAL.name))
        assert (event.data["version"], event.data["team_id"]) == (flag.version, None)
