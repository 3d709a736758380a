from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.modules.auth.models.places import MOST_PLACES


class PlaceRepository:
    """Where accounts are used. A row without a place shows that an account was used at all."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def note_place(self, account_id: UUID, place: bytes) -> bool:
        """Record where an account is used; return whether it has been used before, but never there.

        If there are too many places, the least recently seen are deleted.
        """
        is_new: bool = await self._db.fetchval(
            """
            WITH known AS (
                SELECT place FROM auth.sign_in_place WHERE account_id = $1
            ), noted AS (
                INSERT INTO auth.sign_in_place AS p (account_id, place)
                VALUES ($1, ''), ($1, $2)
                ON CONFLICT (account_id, place) DO UPDATE
                SET seen_at = now()
                WHERE p.seen_at < now() - interval '1 day'
            ), forgotten AS (
                DELETE FROM auth.sign_in_place
                WHERE account_id = $1 AND place IN (
                    SELECT place
                    FROM auth.sign_in_place
                    WHERE account_id = $1 AND place NOT IN ('', $2)
                    ORDER BY seen_at DESC, place
                    OFFSET $3::int - 1
                    LIMIT 1000
                    FOR UPDATE SKIP LOCKED
                )
            )
            SELECT EXISTS (SELECT FROM known) AND NOT EXISTS (
                SELECT FROM known WHERE place = $2
            )
            """,
            account_id,
            place,
            MOST_PLACES,
        )
        return is_new

    async def delete_past_places(self, unseen: timedelta, *, limit: int) -> int:
        """Delete up to ``limit`` places that have been ``unseen`` for this long."""
        deleted: int = await self._db.fetchval(
            """
            WITH deleted AS (
                DELETE FROM auth.sign_in_place
                WHERE (account_id, place) IN (
                    SELECT account_id, place
                    FROM auth.sign_in_place
                    WHERE seen_at < now() - $1::interval AND place <> ''
                    ORDER BY seen_at
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                )
                RETURNING place
            )
            SELECT count(*) FROM deleted
            """,
            unseen,
            limit,
        )
        return deleted

    async def drop_addresses(self, kept: timedelta, *, limit: int) -> int:
        """Drop the addresses of up to ``limit`` sessions that are older than ``kept``."""
        dropped: int = await self._db.fetchval(
            """
            WITH dropped AS (
                UPDATE auth.session
                SET ip = NULL
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM auth.session
                    WHERE created_at < now() - $1::interval AND ip IS NOT NULL
                    ORDER BY created_at
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id
            )
            SELECT count(*) FROM dropped
            """,
            kept,
            limit,
        )
        return dropped
