from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import Rows
from tests.support.specimen.models import Specimen, SpecimenChanges, SpecimenDraft

_COLUMNS = "id, owner_id, collection, title, description, kind, found_at, tags, version"


class SpecimenRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, specimen_id: UUID, owner_id: UUID, collection: str, draft: SpecimenDraft
    ) -> Specimen:
        row = await self._db.fetchrow(
            f"""
            INSERT INTO specimens.specimen
                (id, owner_id, collection, title, description, kind, found_at, tags)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            RETURNING {_COLUMNS}
            """,
            specimen_id,
            owner_id,
            collection,
            *draft.values(),
        )
        return Specimen(*row)

    async def get(self, owner_id: UUID, specimen_id: UUID) -> Specimen | None:
        row = await self._db.fetchrow(
            f"SELECT {_COLUMNS} FROM specimens.specimen WHERE id = $1 AND owner_id = $2",
            specimen_id,
            owner_id,
        )
        return Specimen(*row) if row else None

    async def page(self, owner_id: UUID, *, before: UUID, limit: int) -> list[Specimen]:
        rows = await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM specimens.specimen
            WHERE owner_id = $1 AND id < $2
            ORDER BY id DESC
            LIMIT $3
            """,
            owner_id,
            before,
            limit,
        )
        return [Specimen(*row) for row in rows]

    async def change(
        self,
        owner_id: UUID,
        specimen_id: UUID,
        changes: SpecimenChanges,
        versions: Sequence[int] | None,
    ) -> Specimen | None:
        """``None`` when there is no such specimen in one of ``versions``."""
        row = await self._db.fetchrow(
            f"""
            UPDATE specimens.specimen
            SET title = CASE WHEN 'title' = ANY($4::text[]) THEN $5 ELSE title END,
                description = CASE WHEN 'description' = ANY($4) THEN $6 ELSE description END,
                version = version + 1
            WHERE id = $1 AND owner_id = $2 AND ($3::int[] IS NULL OR version = ANY($3))
            RETURNING {_COLUMNS}
            """,
            specimen_id,
            owner_id,
            versions,
            [*changes],
            changes.get("title"),
            changes.get("description"),
        )
        return Specimen(*row) if row else None

    async def lock(self, specimen_id: UUID) -> None:
        await self._db.execute(
            "SELECT FROM specimens.specimen WHERE id = $1 FOR UPDATE", specimen_id
        )

    async def remove(
        self, owner_id: UUID, specimen_id: UUID, versions: Sequence[int] | None
    ) -> bool:
        removed = await self._db.fetchval(
            """
            DELETE FROM specimens.specimen
            WHERE id = $1 AND owner_id = $2 AND ($3::int[] IS NULL OR version = ANY($3))
            RETURNING true
            """,
            specimen_id,
            owner_id,
            versions,
        )
        return bool(removed)

    async def label(self, specimen_id: UUID) -> None:
        await self._db.execute(
            "INSERT INTO specimens.label (specimen_id) VALUES ($1) ON CONFLICT DO NOTHING",
            specimen_id,
        )

    async def has_any(self, owner_id: UUID) -> bool:
        found: bool = await self._db.fetchval(
            "SELECT EXISTS (SELECT FROM specimens.specimen WHERE owner_id = $1)", owner_id
        )
        return found

    async def remove_all(self, owner_id: UUID) -> None:
        await self._db.execute("DELETE FROM specimens.specimen WHERE owner_id = $1", owner_id)

    async def held(self, owner_id: UUID) -> Rows:
        yield await self._db.fetch(
            f"SELECT {_COLUMNS} FROM specimens.specimen WHERE owner_id = $1 ORDER BY id", owner_id
        )
