from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database


class ExportRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, export_id: UUID, user_id: UUID, *, size: int, kept: timedelta) -> None:
        """Add the file whose pieces are stored, for the time that it is ``kept``.

        It belongs to no export until it is published.
        """
        await self._db.execute(
            """
            INSERT INTO exports.export (id, user_id, state, size, ended_at, expires_at)
            VALUES (
                $1, $2, 'done', $3, clock_timestamp(), clock_timestamp() + $4::interval
            )
            """,
            export_id,
            user_id,
            size,
            kept,
        )

    async def publish(self, user_id: UUID, file_id: UUID, *, as_export: UUID) -> None:
        """Make a file the export of this id."""
        await self._db.execute(
            "UPDATE exports.export SET id = $3 WHERE id = $1 AND user_id = $2",
            file_id,
            user_id,
            as_export,
        )
        await self._db.execute(
            "UPDATE exports.piece SET export_id = $2 WHERE export_id = $1", file_id, as_export
        )

    async def add_piece(self, export_id: UUID, number: int, content: bytes) -> None:
        await self._db.execute(
            "INSERT INTO exports.piece (export_id, number, content) VALUES ($1, $2, $3)",
            export_id,
            number,
            content,
        )

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
        """Delete up to ``limit`` expired exports, with their files; return how many."""
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

    async def remove(self, user_id: UUID, export_id: UUID) -> None:
        """Remove a file, in two statements like :meth:`remove_all`."""
        await self._db.execute(
            "DELETE FROM exports.export WHERE id = $1 AND user_id = $2", export_id, user_id
        )
        await self._db.execute("DELETE FROM exports.piece WHERE export_id = $1", export_id)

    async def remove_all(self, user_id: UUID) -> None:
        """In two statements: the second one sees pieces that the first one had to wait for."""
        rows = await self._db.fetch(
            "DELETE FROM exports.export WHERE user_id = $1 RETURNING id", user_id
        )
        await self._db.execute(
            "DELETE FROM exports.piece WHERE export_id = ANY($1::uuid[])", [row[0] for row in rows]
        )
