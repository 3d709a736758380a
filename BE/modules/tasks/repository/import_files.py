from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database

_PIECE = 1024 * 1024


class ImportFileRepository:
    """The files of imports that wait for their job, in pieces of 1 MiB."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def store_file(self, user_id: UUID, import_id: UUID, file: bytes) -> None:
        view = memoryview(file)
        for number, start in enumerate(range(0, len(file), _PIECE)):
            await self._db.execute(
                """
                INSERT INTO tasks.import_piece (import_id, number, user_id, content)
                VALUES ($1, $2, $3, $4)
                """,
                import_id,
                number,
                user_id,
                view[start : start + _PIECE],
            )

    async def read_file(self, user_id: UUID, import_id: UUID) -> bytearray:
        """The whole file, which is in memory once; empty if there is none."""
        file = bytearray()
        while piece := await self._db.fetchval(
            """
            SELECT content
            FROM tasks.import_piece
            WHERE import_id = $1 AND number = $2 AND user_id = $3
            """,
            import_id,
            len(file) // _PIECE,
            user_id,
        ):
            file += piece
            if len(piece) < _PIECE:
                break
        return file

    async def remove_file(self, user_id: UUID, import_id: UUID) -> None:
        await self._db.execute(
            "DELETE FROM tasks.import_piece WHERE import_id = $1 AND user_id = $2",
            import_id,
            user_id,
        )

    async def remove_files(self, user_id: UUID) -> None:
        await self._db.execute("DELETE FROM tasks.import_piece WHERE user_id = $1", user_id)

    async def stored_files(self) -> Sequence[tuple[UUID, UUID]]:
        """The user and the import of each."""
        rows = await self._db.fetch(
            "SELECT user_id, import_id FROM tasks.import_piece WHERE number = 0"
        )
        return [(user_id, import_id) for user_id, import_id in rows]
