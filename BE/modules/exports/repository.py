from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.modules.exports.models import Export

_EXPORT = "id, state, size, error, created_at, started_at, ended_at, expires_at"


class ExportRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, export_id: UUID, user_id: UUID) -> Export | None:
        """Queue an export; ``None`` if one of the user is queued or running."""
        row = await self._db.fetchrow(
            f"""
            INSERT INTO exports.export (id, user_id)
            VALUES ($1, $2)
            ON CONFLICT (user_id) WHERE state IN ('queued', 'running') DO NOTHING
            RETURNING {_EXPORT}
            """,
            export_id,
            user_id,
        )
        return Export(*row) if row else None

    async def recent(self, user_id: UUID) -> list[Export]:
        """Those of the user that have not expired, the newest first."""
        rows = await self._db.fetch(
            f"""
            SELECT {_EXPORT}
            FROM exports.export
            WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
            ORDER BY created_at DESC, id DESC
            LIMIT 100
            """,
            user_id,
        )
        return [Export(*row) for row in rows]

    async def get(self, user_id: UUID, export_id: UUID) -> Export | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {_EXPORT}
            FROM exports.export
            WHERE id = $1 AND user_id = $2 AND (expires_at IS NULL OR expires_at > now())
            """,
            export_id,
            user_id,
        )
        return Export(*row) if row else None

    async def start(self, export_id: UUID) -> int | None:
        """Begin an attempt and return its number; ``None`` if nothing is to be made."""
        attempt: int | None = await self._db.fetchval(
            """
            UPDATE exports.export
            SET state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now())
            WHERE id = $1 AND state IN ('queued', 'running')
            RETURNING attempts
            """,
            export_id,
        )
        return attempt

    async def add_piece(self, export_id: UUID, number: int, content: bytes) -> None:
        await self._db.execute(
            "INSERT INTO exports.piece (export_id, number, content) VALUES ($1, $2, $3)",
            export_id,
            number,
            content,
        )

    async def finish(self, export_id: UUID, *, size: int, kept: timedelta) -> bool:
        """``False`` if it has ended, or is gone.

        Raises :class:`TransactionConflictError` if that, or another attempt, began since the
        snapshot.
        """
        finished = await self._db.fetchval(
            """
            UPDATE exports.export
            SET state = 'done', size = $2, ended_at = clock_timestamp(),
                expires_at = clock_timestamp() + $3::interval
            WHERE id = $1 AND state = 'running'
            RETURNING true
            """,
            export_id,
            size,
            kept,
        )
        return bool(finished)

    async def give_up(self, export_id: UUID, error: str, *, kept: timedelta) -> bool:
        """``False`` if it has ended, or is gone."""
        given_up = await self._db.fetchval(
            """
            UPDATE exports.export
            SET state = 'failed', error = $2, ended_at = now(), expires_at = now() + $3::interval
            WHERE id = $1 AND state IN ('queued', 'running')
            RETURNING true
            """,
            export_id,
            error,
            kept,
        )
        return bool(given_up)

    async def stuck(self, age: timedelta) -> list[tuple[UUID, UUID]]:
        """Exports that are queued or running after ``age``, and whose they are."""
        rows = await self._db.fetch(
            """
            SELECT id, user_id
            FROM exports.export
            WHERE state IN ('queued', 'running') AND created_at < now() - $1::interval
            LIMIT 1000
            """,
            age,
        )
        return [(row[0], row[1]) for row in rows]

    async def pieces(self, user_id: UUID, export_id: UUID) -> AsyncIterator[bytes]:
        """The file, piece by piece; no connection is held between two."""
        number = 0
        while piece := await self._db.fetchval(
            """
            SELECT content
            FROM exports.piece
            WHERE export_id = $1 AND number = $2
                AND EXISTS (SELECT FROM exports.export WHERE id = $1 AND user_id = $3)
            """,
            export_id,
            number,
            user_id,
        ):
            yield piece
            number += 1

    async def remove_expired(self, *, limit: int) -> int:
        """Delete up to ``limit`` exports whose time is over, with their files; how many."""
        removed: int = await self._db.fetchval(
            """
            WITH expired AS (
                DELETE FROM exports.export
                WHERE id IN (
                    SELECT id
                    FROM exports.export
                    WHERE expires_at <= now()
                    LIMIT $1
                    FOR UPDATE SKIP LOCKED
                )
                RETURNING id
            ), emptied AS (
                DELETE FROM exports.piece WHERE export_id IN (SELECT id FROM expired)
            )
            SELECT count(*) FROM expired
            """,
            limit,
        )
        return removed

    async def remove_all(self, user_id: UUID) -> None:
        """In two statements: the second one sees the pieces that the first one waited for."""
        rows = await self._db.fetch(
            "DELETE FROM exports.export WHERE user_id = $1 RETURNING id", user_id
        )
        await self._db.execute(
            "DELETE FROM exports.piece WHERE export_id = ANY($1::uuid[])", [row[0] for row in rows]
        )
