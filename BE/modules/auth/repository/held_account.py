from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import Rows


class HeldAccountRepository:
    """The data about the holder of an account, without secrets and their digests."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def held_account(self, account_id: UUID) -> Rows:
        yield await self._db.fetch(
            """
            SELECT id, email::text, role, is_active, password_hash IS NOT NULL AS has_password,
                email_verified_at, created_at
            FROM auth.account
            WHERE id = $1
            """,
            account_id,
        )

    async def held_sessions(self, account_id: UUID) -> Rows:
        """So few ended ones are kept that all fit into one batch."""
        yield await self._db.fetch(
            """
            SELECT id, created_at, rotated_at AS last_used_at, ended_at, user_agent, ip AS address
            FROM auth.session
            WHERE account_id = $1
            ORDER BY created_at, id
            """,
            account_id,
        )

    async def held_api_keys(self, account_id: UUID) -> Rows:
        yield await self._db.fetch(
            """
            SELECT id, name, starts_with, scopes, created_at, expires_at, last_used_at
            FROM auth.api_key
            WHERE account_id = $1
            ORDER BY created_at, id
            """,
            account_id,
        )

    async def held_passkeys(self, account_id: UUID) -> Rows:
        yield await self._db.fetch(
            """
            SELECT id, name, is_synced, transports, sign_count, created_at, last_used_at
            FROM auth.passkey
            WHERE account_id = $1
            ORDER BY id
            """,
            account_id,
        )

    async def held_email_changes(self, account_id: UUID) -> Rows:
        """The pending one, and those that can be reverted: they fit into one batch."""
        yield await self._db.fetch(
            """
            SELECT email, requested_at, confirmed_at, old_email
            FROM auth.email_change
            WHERE account_id = $1
            ORDER BY requested_at
            """,
            account_id,
        )
