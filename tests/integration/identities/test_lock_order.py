"""A sign-in with a provider while its link is removed: both lock the account, then the identity."""

import asyncio

from BE.core.database.connections import connect
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up
from tests.support.events import eventually
from tests.support.identities.provider import FakeProvider
from tests.support.identities.travels import PROVIDERS, return_from_provider, settings_of
from tests.support.processes.gates import exists, gate, none_exists

WAYS = "/api/v1/auth/identities"
WAITING = "pg_locks WHERE locktype = 'transactionid' AND NOT granted"
OTHERS = """
    pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'
"""


async def test_a_sign_in_and_the_removal_of_its_link_wait_and_do_not_deadlock(
    build_app: AppFactory, provider: FakeProvider, own_dsn: str
) -> None:
    connection = await connect(own_dsn)
    settings = settings_of(provider)
    async with (
        build_app(database_url=own_dsn, oidc_providers=settings) as app,
        client_of(app) as client,
    ):
        ada = await sign_up(client)
        begun = await client.post(f"{PROVIDERS}/onyx/link", json={}, headers=ada.headers)
        await return_from_provider(client, provider, begun.json()["url"])
        [_, linked] = (await client.get(WAYS, headers=ada.headers)).json()["items"]
        begun = await client.get(f"{PROVIDERS}/onyx/start")

        async with gate(connection, "UPDATE ON identities.identity") as is_held:
            address = begun.headers["location"]
            arriving = asyncio.create_task(return_from_provider(client, provider, address))
            await is_held()
            path = f"{WAYS}/{linked['id']}"
            removing = asyncio.create_task(client.delete(path, headers=ada.headers))
            await eventually(lambda: exists(connection, WAITING))

        assert (await arriving).headers["location"] == "/"
        assert (await removing).status_code == 204

    # a backend has counted its deadlocks by the time it ends
    await eventually(lambda: none_exists(connection, OTHERS))
    counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    deadlocks = await connection.fetchval(counted)
    await connection.close()
    assert deadlocks == 0
