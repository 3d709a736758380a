from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.security.scopes import Scope
from BE.modules.auth.models import ApiKey, ApiKeyText, UsedApiKey
from BE.modules.auth.security.revocations import CHANNEL

API_KEY = "id, name, starts_with, scopes, created_at, expires_at, last_used_at"


class ApiKeyRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add_api_key(
        self,
        key_id: UUID,
        account_id: UUID,
        key: ApiKeyText,
        *,
        name: str,
        scopes: Collection[Scope],
        expires_at: datetime,
        most: int,
    ) -> ApiKey | None:
        """Store the digest of ``key``; ``None`` if the account has ``most`` keys already."""
        row = await self._db.fetchrow(
            f"""
            INSERT INTO auth.api_key (
                id, account_id, name, starts_with, digest, scopes, expires_at
            )
            SELECT $1, $2, $3, $4, $5, $6::text[], $7
            WHERE (SELECT count(*) FROM auth.api_key WHERE account_id = $2) < $8
            RETURNING {API_KEY}
            """,
            key_id,
            account_id,
            name,
            key.starts_with,
            key.digest,
            list(scopes),
            expires_at,
            most,
        )
        return ApiKey(*row) if row else None

    async def api_keys(self, account_id: UUID, *, before: UUID, limit: int) -> list[ApiKey]:
        """Up to ``limit`` keys of the account, older than ``before``, newest first."""
        rows = await self._db.fetch(
            f"""
            SELECT {API_KEY}
            FROM auth.api_key
            WHERE account_id = $1 AND id < $2
            ORDER BY id DESC
            LIMIT $3
            """,
            account_id,
            before,
            limit,
        )
        return [ApiKey(*row) for row in rows]

    async def use_api_key(self, digest: bytes) -> UsedApiKey | None:
        """The key of an active account, even an expired one; records the hour of its use.

        It is written once an hour, however often the key is used.
        """
        row = await self._db.fetchrow(
            """
            WITH found AS (
                SELECT k.id, k.account_id, a.role, k.scopes, k.expires_at
                FROM auth.api_key AS k
                JOIN auth.account AS a ON a.id = k.account_id
                WHERE k.digest = $1 AND a.is_active
            ), used AS (
                UPDATE auth.api_key AS k
                SET last_used_at = date_trunc('hour', now(), 'UTC')
                FROM found
                WHERE k.id = found.id AND found.expires_at > now()
                    AND coalesce(k.last_used_at, '-infinity') < date_trunc('hour', now(), 'UTC')
            )
            SELECT id, account_id, role, scopes, expires_at, now()
            FROM found
            """,
            digest,
        )
        return UsedApiKey(*row) if row else None

    async def end_api_keys(
        self, account_id: UUID, *, only: UUID | None = None, remembered: timedelta
    ) -> list[UUID]:
        """Delete the account's keys, or ``only`` one, and notify every process.

        ``remembered`` is how long a process may treat a key as valid without a query.
        """
        rows = await self._db.fetch(
            """
            WITH ended AS (
                DELETE FROM auth.api_key
                WHERE account_id = $1 AND ($2::uuid IS NULL OR id = $2)
                RETURNING id
            ), revoked AS (
                INSERT INTO auth.revocation (session_id, expires_at)
                SELECT id, clock_timestamp() + $3::interval FROM ended
            )
            SELECT id, pg_notify($4, id::text) FROM ended
            """,
            account_id,
            only,
            remembered,
            CHANNEL,
        )
        return [row["id"] for row in rows]

    async def delete_expired_api_keys(self, shown_for: timedelta, *, limit: int) -> int:
        """Delete up to ``limit`` keys that expired over ``shown_for`` ago; return how many."""
        deleted: int = await self._db.fetchval(
            """
            WITH deleted AS (
                DELETE FROM auth.api_key
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM auth.api_key
                    WHERE expires_at < now() - $1::interval
                    ORDER BY expires_at
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id
            )
            SELECT count(*) FROM deleted
            """,
            shown_for,
            limit,
        )
        return deleted
