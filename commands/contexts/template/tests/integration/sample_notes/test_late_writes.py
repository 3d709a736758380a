"""Late writes of a request that was admitted before its user was deleted."""

from uuid import UUID

from fastapi import FastAPI

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import client_of, delete_account, sign_up
from tests.support.events import eventually
from tests.support.sample_notes.api import DRAFT


async def test_late_writes_are_deleted_after_such_requests_have_ended(
    build_app: AppFactory, own_dsn: str
) -> None:
    async with build_app(database_url=own_dsn) as app, client_of(app) as client:
        ada = await sign_up(client)
        assert (await delete_account(client, ada)).status_code == 204
        await app.state.container.sample_note_service().add(UUID(ada.id), DRAFT)

        await settle_deletions(app)

        await eventually(lambda: is_empty(app.state.container.database()))


async def settle_deletions(app: FastAPI) -> None:
    """Make due what waits until such requests have ended."""
    container = app.state.container
    await container.database().execute(
        """
        UPDATE events.delivery AS d
        SET due_at = now()
        FROM events.event AS e
        WHERE e.id = d.event_id AND e.name = 'user.deletion_settled' AND d.state = 'pending'
        """
    )
    container.outbox().filled.set()


async def is_empty(database: Database) -> bool:
    found: bool = await database.fetchval(
        "SELECT NOT EXISTS (SELECT FROM sample_notes.sample_note)"
    )
    return found
