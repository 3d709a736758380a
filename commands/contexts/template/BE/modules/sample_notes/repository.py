from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.database.named_columns import NamedColumns
from BE.core.personal_data import BATCH, Rows
from BE.modules.sample_notes.models import SampleNote, SampleNoteChanges, SampleNoteDraft

# in the order of the model's fields: rows become models by position
_COLUMNS = "id, owner_id, title, description, version, created_at, updated_at"
_CHANGEABLE = NamedColumns("title", "description", first=4)


class SampleNoteRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, sample_note_id: UUID, owner_id: UUID, draft: SampleNoteDraft
    ) -> SampleNote:
        row = await self._db.fetchrow(
            f"""
            INSERT INTO sample_notes.sample_note
                (id, owner_id, title, description)
            VALUES ($1, $2, $3, $4)
            RETURNING {_COLUMNS}
            """,
            sample_note_id,
            owner_id,
            draft["title"],
            draft["description"],
        )
        return SampleNote(*row)

    async def count(self, owner_id: UUID) -> int:
        counted: int = await self._db.fetchval(
            """
            SELECT count(*)
            FROM sample_notes.sample_note
            WHERE owner_id = $1
            """,
            owner_id,
        )
        return counted

    async def get(self, owner_id: UUID, sample_note_id: UUID) -> SampleNote | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {_COLUMNS}
            FROM sample_notes.sample_note
            WHERE id = $1 AND owner_id = $2
            """,
            sample_note_id,
            owner_id,
        )
        return SampleNote(*row) if row else None

    async def page(self, owner_id: UUID, *, before: UUID, limit: int) -> list[SampleNote]:
        """Up to ``limit``, the newest first: ids are ordered by time."""
        rows = await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM sample_notes.sample_note
            WHERE owner_id = $1 AND id < $2
            ORDER BY id DESC
            LIMIT $3
            """,
            owner_id,
            before,
            limit,
        )
        return [SampleNote(*row) for row in rows]

    async def change(
        self,
        owner_id: UUID,
        sample_note_id: UUID,
        changes: SampleNoteChanges,
        versions: Sequence[int] | None,
    ) -> SampleNote | None:
        """Change a row in one of ``versions`` (``None``: any); ``None`` if it is not found."""
        row = await self._db.fetchrow(
            f"""
            UPDATE sample_notes.sample_note
            SET {_CHANGEABLE.assignments}
            WHERE id = $1 AND owner_id = $2 AND ($3::int[] IS NULL OR version = ANY($3))
            RETURNING {_COLUMNS}
            """,
            sample_note_id,
            owner_id,
            versions,
            *_CHANGEABLE.arguments(changes),
        )
        return SampleNote(*row) if row else None

    async def remove(
        self, owner_id: UUID, sample_note_id: UUID, versions: Sequence[int] | None
    ) -> bool:
        """Delete a row in one of ``versions`` (``None``: any); ``False`` if it is not found."""
        removed = await self._db.fetchval(
            """
            DELETE FROM sample_notes.sample_note
            WHERE id = $1 AND owner_id = $2 AND ($3::int[] IS NULL OR version = ANY($3))
            RETURNING true
            """,
            sample_note_id,
            owner_id,
            versions,
        )
        return bool(removed)

    async def remove_all(self, owner_id: UUID) -> None:
        await self._db.execute(
            "DELETE FROM sample_notes.sample_note WHERE owner_id = $1", owner_id
        )

    async def held(self, owner_id: UUID) -> Rows:
        """All rows of an owner, the oldest first."""
        after = UUID(int=0)
        while rows := await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM sample_notes.sample_note
            WHERE owner_id = $1 AND id > $2
            ORDER BY id
            LIMIT $3
            """,
            owner_id,
            after,
            BATCH,
        ):
            yield rows
            after = rows[-1]["id"]
